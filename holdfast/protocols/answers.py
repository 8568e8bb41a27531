"""What has happened so far in a course, as the plan needs it: treatment sessions, chosen intervals, reviews."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible_day


class Outcome(StrEnum):
    """What became of a planned treatment session."""

    GIVEN = "given"
    MISSED = "missed"


class Response(StrEnum):
    """A clinician's judgement at a review, by the programme's definition. Unknown is None, not a member."""

    RESPONSE = "response"
    PARTIAL = "partial"
    NONE = "none"


class Continuation(StrEnum):
    """What was decided at a review."""

    CONTINUE = "continue"
    TAPER = "taper"
    STOP = "stop"


@dataclass(frozen=True)
class SessionAnswer:
    """One treatment session of the past: the day, whether it was given, and the dose in the protocol's unit."""

    on: date
    outcome: Outcome = Outcome.GIVEN
    dose: float | None = None


@dataclass(frozen=True)
class ChosenInterval:
    """An interval the clinician chose on a day; it holds for every gap that has not ended by then."""

    chosen_on: date
    interval_d: int


@dataclass(frozen=True)
class ReviewAnswer:
    """A review that was held: which one (key, and which time it came round), the judgement, the decision."""

    key: str
    on: date
    response: Response | None
    decision: Continuation
    round: int = 1


def in_order(sessions: Iterable[SessionAnswer]) -> tuple[SessionAnswer, ...]:
    """The sessions by day. Raises `InputError` where two lie on one day: one of them is a slip."""
    ordered = tuple(sorted(sessions, key=lambda answer: plausible_day(answer.on, "on")))
    for earlier, later in pairwise(ordered):
        if earlier.on == later.on:
            raise InputError(f"sessions: two treatment sessions on {later.on}; one day holds one")
    return ordered


def given_days(sessions: Iterable[SessionAnswer]) -> tuple[date, ...]:
    """Days on which a dose was given, in order."""
    return tuple(answer.on for answer in in_order(sessions) if answer.outcome is Outcome.GIVEN)
