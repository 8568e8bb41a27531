"""Is there an answer about suicide that nobody has followed up? A plain function over ratings."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.clinic.assessments.crisis import SCREENER
from holdfast.clinic.assessments.queries import Rated
from holdfast.scales import Level

SETTLED = frozenset({Level.NONE.value, Level.LOW.value})


def open_alert(ratings: Iterable[Rated]) -> Rated | None:
    """The rating of the oldest unanswered alert; None where there is none. `ratings` are in order of time.

    A positive item of a questionnaire stays open until a C-SSRS screener is recorded: a later questionnaire with the
    item at zero does not close it, a person has to have asked (rule sui.phq9.q9). A screener closes it at none or
    low, and keeps or opens it at moderate, high, or where an open question could still raise the level.
    """
    since: Rated | None = None
    for rating in ratings:
        if rating.at is None:
            continue
        if rating.scale == SCREENER:
            since = None if rating.level in SETTLED else since or rating
        elif rating.alert:
            since = since or rating
    return since
