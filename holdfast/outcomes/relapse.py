"""Relapse and recurrence: the illness coming back after it had gone.

Relapse is the criterion (rule out.relapse) met after a response or remission; recurrence (rule out.recurrence) is
the same after a stated time in remission. Both wait for a physician's signature: the first is a recollection of a
protocol, the second a house definition.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.outcomes.definitions import OutcomeDefinition
from holdfast.outcomes.ratings import CourseEvent, Rating


@dataclass(frozen=True)
class Return:
    """The day the criterion was first met, by confirmed ratings or by an event, and how."""

    on: datetime.date
    by: str


def relapse(
    ratings: Sequence[Rating], events: Sequence[CourseEvent], definition: OutcomeDefinition, since: datetime.date
) -> Return | None:
    """The first day after `since` (the day of response or remission) on which the criterion is met, or None.

    `ratings` are of one scale, by day. It is met on the day of the confirming rating: at least `repeat` obtained
    ratings in a row meet the comparison and the first and the confirming one are `repeat_min_d` to `repeat_max_d`
    days apart, both included. An event counts on its own day.
    """
    if definition.outcome not in ("relapse", "recurrence"):
        raise InputError(f"{definition.name} defines {definition.outcome}, not relapse")
    later = [r for r in ratings if r.on > since and r.total is not None]
    found = [Return(e.on, e.kind) for e in events if e.on > since]
    confirmed = next((i for i in range(len(later)) if _confirms(later, i, definition)), None)
    if confirmed is not None:
        found.append(Return(later[confirmed].on, "ratings"))
    return min(found, key=lambda r: r.on, default=None)


def recurrence(
    ratings: Sequence[Rating],
    events: Sequence[CourseEvent],
    definition: OutcomeDefinition,
    remissions: Sequence[tuple[datetime.date, bool]],
) -> Return | None:
    """The first return of the criterion after `after_remission_d` days or more in remission, or None.

    `remissions` says for each obtained rating, by day, whether it was in remission. Time in remission runs from the
    first to the last obtained rating of an unbroken row of them: a gap at its end is not counted as remission.
    """
    if definition.after_remission_d is None:
        raise InputError(f"{definition.name} states no time in remission and so defines no recurrence")
    for start, end in _spells(remissions):
        if (end - start).days >= definition.after_remission_d:
            return relapse(ratings, events, definition, end)
    return None


def awaits_confirmation(ratings: Sequence[Rating], definition: OutcomeDefinition, since: datetime.date) -> bool:
    """Does the last obtained rating meet the comparison without being confirmed yet?"""
    later = [r for r in ratings if r.on > since and r.total is not None]
    return bool(later) and _meets(later[-1], definition) and not _confirms(later, len(later) - 1, definition)


def _confirms(later: Sequence[Rating], last: int, definition: OutcomeDefinition) -> bool:
    """Is the rating at `last` the confirming one of a row of ratings that all meet the comparison?"""
    low, high = definition.repeat_min_d or 0, definition.repeat_max_d
    for first in range(last, -1, -1):
        if not _meets(later[first], definition):
            return False
        apart_d = (later[last].on - later[first].on).days
        if last - first + 1 >= definition.repeat and low <= apart_d and (high is None or apart_d <= high):
            return True
    return False


def _meets(rating: Rating, definition: OutcomeDefinition) -> bool:
    return rating.total is not None and definition.met_by(rating.total)


def _spells(remissions: Sequence[tuple[datetime.date, bool]]) -> list[tuple[datetime.date, datetime.date]]:
    spells: list[tuple[datetime.date, datetime.date]] = []
    before = False
    for on, in_remission in remissions:
        if in_remission:
            spells = [*spells[:-1], (spells[-1][0], on)] if before else [*spells, (on, on)]
        before = in_remission
    return spells
