"""Ratings that were due in a clinic and that nobody obtained, as rows with an empty total.

Two things make a rating due here. A check-in that asked for a scale and was missed, or closed before that scale was
whole, owes it on its day. And the clinic asks for a rating after each treatment session (`courses.due`): of those
between two treatment sessions, up to the day of the next, one is due, on whichever scale; so is one between the last
and the end of a course that ended. It stands on the scale the course stands by. What is still open is not
due, and before a course was kept here nobody knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from holdfast.clinic.checkins.models import CheckInEvent, CheckInRating, Kind
from holdfast.clinic.courses.standing import HEADLINE_ORDER
from holdfast.safety.check_in_questions import instruments

Row = dict[str, Any]
Missed = Mapping[int, Sequence[tuple[Any, str]]]  # course → day and scale of each


def missed_by_check_in(course_ids: Iterable[int]) -> Missed:
    """By course, day and scale of every check-in that closed without it."""
    ids, scales = list(course_ids), {key: one.scale for key, one in instruments().items()}
    obtained = set(CheckInRating.objects.filter(check_in__course__in=ids).values_list("check_in", "scale"))
    found: dict[int, list[tuple[Any, str]]] = defaultdict(list)
    rows = CheckInEvent.objects.filter(check_in__course__in=ids, kind=Kind.MISSED).order_by("pk")
    for check_in, course, on, asked in rows.values_list(
        "check_in", "check_in__course", "check_in__on", "check_in__agreement__instruments"
    ):
        found[course] += [
            (on, scale) for key in asked if (scale := scales.get(key)) and (check_in, scale) not in obtained
        ]
    return found


def due_rows(
    course: str, obtained: Sequence[Row], *, by_check_in: Iterable[tuple[int, str]], given: Sequence[int],
    ended: int | None, since: int,
) -> list[Row]:  # fmt: skip
    """Rows of one course beside those `obtained`. Days: `given` of treatment sessions, `ended`, `since` it is kept."""
    due = {(scale, day): "self" for day, scale in by_check_in if day >= since}
    if (scale := _judged_on(obtained)) is not None:
        rated = {row["day"] for row in obtained if row["scale"] in HEADLINE_ORDER}
        due |= {(scale, day): "unknown" for day in _after_sessions(rated, given, ended, since)}
    there = {(row["scale"], row["day"]) for row in obtained}
    return [
        {"course": course, "scale": scale, "day": day, "total": None, "rated_by": rated_by, "baseline": False}
        for (scale, day), rated_by in sorted(due.items())
        if (scale, day) not in there
    ]


def _judged_on(obtained: Sequence[Row]) -> str | None:
    """The scale the course stands by on its page (`courses.standing`): of those with a baseline the one rated last."""
    based = {row["scale"] for row in obtained if row["baseline"]} & set(HEADLINE_ORDER)
    last = {row["scale"]: row["day"] for row in sorted(obtained, key=lambda row: row["day"]) if row["scale"] in based}
    return max(last, key=lambda scale: (last[scale], -HEADLINE_ORDER.index(scale)), default=None)


def _after_sessions(rated: set[int], given: Sequence[int], ended: int | None, since: int) -> Iterable[int]:
    """The last day on which each rating that was due could be obtained, of those nobody obtained.

    One on the day of a treatment session was made before its dose; after the last one it does for either.
    """
    for day, following in pairwise(given):
        if day >= since and not any(day < one <= following for one in rated):
            yield following
    if given and ended is not None and since <= given[-1] < ended and not any(given[-1] <= one for one in rated):
        yield ended
