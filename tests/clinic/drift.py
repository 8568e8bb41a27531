"""Checks that find what a test wants, for the tests of drift alarms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.learning_checks.actions import ask_learning_check, keep_learning_check
from holdfast.clinic.learning_checks.alarms import closed_at
from holdfast.clinic.learning_checks.gathered import BEFORE, Gathered
from holdfast.clinic.learning_checks.models import DriftAlarm, LearningCheck
from holdfast.clinic.programmes.models import Programme

QUESTIONS = ("above the median", "inside the middle 50 %", "inside the middle 80 %")


def found_of(*, evidence: float, raised_at: int | None) -> dict[str, Any]:
    """What `holdfast cohort check` finds of a scale, without what a page draws."""
    drift = {
        "evidence": evidence, "most": evidence, "raised_at": raised_at, "raised": raised_at is not None,
        "by_question": dict.fromkeys(QUESTIONS, evidence), "alarm": 0.05, "n": 30,
    }  # fmt: skip
    return {"n": 0, "drift": drift}


def checked(
    programme: Programme, *, at: dt.datetime, evidence: float, raised_at: int | None, scale: str = "madrs",
    asked: Gathered | None = None,
) -> LearningCheck:  # fmt: skip
    """A check that was kept with this evidence; `asked` where it was gathered earlier."""
    asked = asked or Gathered(drift_since=closed_at(programme))
    request = ask_learning_check(actor=CommandLine(), programme=programme, now=at)
    row = keep_learning_check(
        actor=CommandLine(), request=request, asked=asked, took_ms=1, now=at,
        found={BEFORE: {scale: found_of(evidence=evidence, raised_at=raised_at)}},
    )  # fmt: skip
    assert row is not None
    return row


def drifted(programme: Programme, *, at: dt.datetime, scale: str = "madrs") -> DriftAlarm:
    """An alarm that a check raised."""
    return checked(programme, at=at, evidence=34.0, raised_at=12, scale=scale).alarms.get()
