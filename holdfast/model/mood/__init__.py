"""Mood: from what drives it to the score, by named rival hypotheses.

Read in this order: `occupancy` (what drives).
"""
