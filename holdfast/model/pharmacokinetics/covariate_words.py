"""The words that covariates are told in, and the typical person. Plain Python: the command line reads it first."""

from __future__ import annotations

ANCESTRIES = ("other", "asian", "japanese")
SEXES = ("female", "male")
CYP2B6 = ("11", "16", "66")  # *1/*1, *1/*6, *6/*6
WEIGHT_CHOICES = ("by-route", "on", "off")
SITES = ("venous", "arterial")  # of sampling
# the person every table of the pharmacology review speaks of
TYPICAL_WEIGHT_KG, TYPICAL_AGE_Y, TYPICAL_ANCESTRY = 70.0, 45.0, ANCESTRIES[0]
