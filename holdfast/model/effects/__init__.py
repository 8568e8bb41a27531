"""Acute effects of a dose: dissociation, blood pressure, heart rate, sedation.

Read in this order: `drive` (what effects see: S-equivalents at the effect site).
"""
