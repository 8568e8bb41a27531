"""Courses: treatment sessions, ratings and decisions over weeks, for one virtual patient or a million."""
