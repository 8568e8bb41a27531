"""Protocols: what is given when, how much, and when benefit is judged."""
