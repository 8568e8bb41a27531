"""A referral: where it waits and for how long, and whether it may be decided so. Plain functions over values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from holdfast.decision import Decision, Reason, Weight, decide

RULE = "clinic.referral"  # the clinic's own workflow, not a care rule of the tables


class Step(StrEnum):
    """What happened to a referral after it was received."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    MORE_INFORMATION = "more_information"  # asked of the referrer
    RECEIVED = "received"  # what was asked for has come


class WaitsFor(StrEnum):
    """Whose turn it is."""

    CLINIC = "clinic"
    REFERRER = "referrer"
    NOBODY = "nobody"


DECIDED = frozenset({Step.ACCEPTED, Step.DECLINED})
NEEDS_REASONS = frozenset({Step.DECLINED, Step.MORE_INFORMATION})


@dataclass(frozen=True)
class StepTaken:
    """One step and its day."""

    step: Step
    on: date


@dataclass(frozen=True)
class Waiting:
    """Whose turn it is since when. `age_d` counts from the day it was received, `waits_d` from the last step."""

    waits_for: WaitsFor
    since: date
    age_d: int
    waits_d: int


def waiting(received_on: date, steps: Sequence[StepTaken], today: date) -> Waiting:
    """Where the referral stands today. `steps` in the order they were taken."""
    last = steps[-1] if steps else None
    since = last.on if last else received_on
    if last is not None and last.step in DECIDED:
        turn = WaitsFor.NOBODY
    elif last is not None and last.step is Step.MORE_INFORMATION:
        turn = WaitsFor.REFERRER
    else:
        turn = WaitsFor.CLINIC
    return Waiting(turn, since, max((today - received_on).days, 0), max((today - since).days, 0))


def may_step(
    step: Step,
    *,
    before: Waiting,
    on: date,
    reasons: Sequence[str],
    has_course: bool,
    evaluation_allows: bool | None,
) -> Decision:
    """May this step be taken? Nobody is accepted without an evaluation that lets treatment go on.

    `evaluation_allows` is the newest evaluation after its overrides; None = never evaluated.
    """
    found: list[Reason] = []
    if before.waits_for is WaitsFor.NOBODY:
        found.append(_stop("decided", "The referral was decided; a new letter is a new referral."))
    if step is Step.RECEIVED and before.waits_for is WaitsFor.CLINIC:
        found.append(_stop("not-asked", "Nothing was asked of the referrer."))
    if on < before.since:
        found.append(_stop("before-last-step", f"The day lies before the last step, {before.since:%d %b %Y}."))
    if step in NEEDS_REASONS and not reasons:
        found.append(_stop("no-reason", "Choose at least one reason; the referrer is told it."))
    if step is Step.ACCEPTED and not has_course:
        found.append(_stop("no-course", "Open a course for the referral first; acceptance rests on its evaluation."))
    if step is Step.ACCEPTED and has_course and evaluation_allows is None:
        found.append(_stop("not-evaluated", "No evaluation is recorded for this course.", missing=True))
    if step is Step.ACCEPTED and evaluation_allows is False:
        found.append(_stop("evaluation-against", "The evaluation has a stop that was not overridden."))
    return decide(found)


def _stop(code: str, text: str, *, missing: bool = False) -> Reason:
    return Reason(code, text, RULE, Weight.HARD_STOP, missing)
