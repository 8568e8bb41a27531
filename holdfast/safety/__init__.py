"""Safety over the course: cumulative exposure, due checks, triggers, and the crisis path."""
