"""The clinic: Django apps, one per noun. Care rules live outside, in plain Python; records change in actions.py."""
