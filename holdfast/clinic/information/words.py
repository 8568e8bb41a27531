"""Headings of the information for patients, the questions to ask a team, and its words beside the crisis lines."""

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

# Asked of a team where no claim of that part is public: a question states nothing, so it needs no signature.
QUESTIONS = {
    "what": "What is the drug, and how would I get it?",
    "forms": "Is it approved for me in this country? If not, why is it the choice for me?",
    "who": "Is it right for me? What in my health speaks against it?",
    "day": "What will the day be like, and how long do I stay?",
    "effects": "What bad effects may I feel? How many people feel them?",
    "speed": "How soon may I feel better? How many people do, and how many do not?",
    "duration": "How long may it last?",
    "repeat": "How often would I have it? When do we stop?",
    "driving": "When may I drive or use machines again?",
    "dependence": "Could I come to crave it?",
    "long-term": "What is not known yet about years of use?",
    "cost": "How many visits and hours does it take, and what do I pay?",
    "help": "Whom do I call if I feel worse, by day and by night?",
}

ASKED = "Do you think of death, or of harming yourself? Many people with depression do. You can talk about it."
NOT_A_SERVICE = "This page is no emergency service. No one sees that you read it."
COUNTRIES = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada",
    "DE": "Germany", "FR": "France", "IE": "Ireland", "UK": "United Kingdom", "US": "United States",
}  # fmt: skip
