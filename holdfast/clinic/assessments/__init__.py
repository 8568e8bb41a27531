"""Ratings on scales: append-only, corrected by a newer version."""
