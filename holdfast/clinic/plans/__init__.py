"""The plan of a course: each change is an addition, the newest holds."""
