"""Fits that can be repeated: each script states its objective and its rows, and checks the committed table."""
