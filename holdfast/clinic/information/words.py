"""Headings of the information for patients, and its words beside the crisis lines."""

from __future__ import annotations

HEADINGS = {
    "what": "What the treatment is",
    "forms": "Which forms there are, and where they are approved",
    "who": "Who it is for, and who should not have it",
    "day": "What a treatment day is like",
    "effects": "Side effects",
    "speed": "How fast it works, and for how many",
    "duration": "How long it lasts",
    "repeat": "Having it again",
    "driving": "Driving",
    "dependence": "Misuse and craving",
    "long-term": "What is not known about the long term",
    "cost": "What it costs in visits and hours",
    "help": "This treatment and suicide",
}

ASKED = "Do you think of death, or of harming yourself? Many people with depression do. You can talk about it."
NOT_A_SERVICE = "This page is no emergency service. No one sees that you read it."
COUNTRIES = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada",
    "DE": "Germany", "FR": "France", "IE": "Ireland", "UK": "United Kingdom", "US": "United States",
}  # fmt: skip
