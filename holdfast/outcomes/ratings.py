"""Ratings of one person over time: what is compared, what counts as baseline, what is a gap."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import Document
from holdfast.facts.scale_names import scale_document, whole_total

# "Hospitalisation, attempt or the like" (rule out.relapse): the last is the clinician's judgement, on record.
RELAPSE_EVENTS = ("hospitalisation", "suicide-attempt", "judged-relapse")


@dataclass(frozen=True)
class Rating:
    """A total on a scale on a day. `total` None: the rating was due and was not obtained."""

    scale: str
    on: datetime.date
    total: float | None


@dataclass(frozen=True)
class CourseEvent:
    """Something that counts as a relapse without a rating. `kind` is one of `RELAPSE_EVENTS`."""

    kind: str
    on: datetime.date


@dataclass(frozen=True)
class Baseline:
    """What the course is judged against, fixed when it starts. `age_d` is its age on the first treatment day."""

    scale: str
    on: datetime.date
    total: float
    age_d: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"scale": self.scale, "on": self.on.isoformat(), "total": self.total, "age_d": self.age_d}


def ratings_of(scale: Document, ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    """Ratings of this scale only, by day. Raises `InputError` on an impossible total or two ratings on one day."""
    own = sorted((r for r in ratings if scale_document(r.scale).id == scale.id), key=lambda r: r.on)
    for earlier, later in pairwise(own):
        if earlier.on == later.on:
            raise InputError(f"two ratings of {scale.id} on {later.on}; say which one counts")
    for rating in own:
        if rating.total is not None:
            whole_total(scale, rating.total)
    return tuple(own)


def baseline(scale: str, ratings: Iterable[Rating], first_session_on: datetime.date) -> Baseline | None:
    """The last total on or before the day of the first treatment session; None where there is none.

    A rating on that day is taken as made before the dose. Call it once, when the course starts, and keep the
    answer: a rating entered later does not move a baseline that was fixed (`course_outcomes` takes it back in).
    """
    document = scale_document(scale)
    before = [r for r in ratings_of(document, ratings) if r.on <= first_session_on and r.total is not None]
    if not before:
        return None
    last = before[-1]
    assert last.total is not None
    return Baseline(document.id, last.on, last.total, (first_session_on - last.on).days)


def check_events(events: Iterable[CourseEvent]) -> tuple[CourseEvent, ...]:
    """Events by day. Raises `InputError` on a kind that is no relapse event."""
    found = tuple(sorted(events, key=lambda e: e.on))
    for event in found:
        if event.kind not in RELAPSE_EVENTS:
            raise InputError(f"event {event.kind!r} is not known; known: {', '.join(RELAPSE_EVENTS)}")
    return found
