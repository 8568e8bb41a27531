"""Safety of a registry set: adverse events, what a dose did within hours, how much was given, checks, signals.

Counts first, which add up over parts of a set; what is told is worked out from their sum.
"""
