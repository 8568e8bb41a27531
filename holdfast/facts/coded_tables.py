"""Coded answers of a course: why it was stopped, why a referral was declined, why the plan was changed, and the like.

Counted later, so they are words of a list and never free text, which stands beside them.
"""

from __future__ import annotations

from holdfast.facts.schema import PROVENANCE, Column, Table

CODED_QUESTIONS = ("referrer", "referral_reason", "plan_reason", "stop_reason", "follow_up")

CODED_ANSWERS = Table(
    name="coded_answers",
    path="coded_answers.csv",
    doc="Coded answers of a course. The lists are Holdfast's own: a key stays, its words may be made better.",
    columns=(
        Column("id", "Name of the fact, unique over all tables"),
        Column("question", "What it answers", choices=CODED_QUESTIONS),
        Column("key", "The word that is kept"),
        Column("text", "What the page says"),
        Column("holds_for", "Where it may be chosen; empty = always", "words", required=False),
        *PROVENANCE,
    ),
)  # fmt: skip

CODED_TABLES = (CODED_ANSWERS,)
