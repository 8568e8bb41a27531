"""Evaluations: the rules' answer, as it was stored, and whether it still stands in the way after overrides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast import eligibility
from holdfast.clinic.courses.models import Course, Evaluation, Override
from holdfast.decision import Decision
from holdfast.errors import InputError
from holdfast.facts import RuleSet

PARTS = frozenset({"evaluation", "trials", "about"})


@dataclass(frozen=True)
class EvaluationView:
    """The newest evaluation: the rules' answer as stored that day, the stagings, the overrides."""

    public_id: UUID
    at: dt.datetime
    by: str
    decision: dict
    staging: dict
    facts_digest: str
    overrides: tuple[Override, ...]
    allows: bool


def answer_of(given: Mapping[str, Any], rules: RuleSet, *, today: dt.date) -> tuple[Decision, dict[str, Any]]:
    """The decision of `holdfast.eligibility` and the three stagings side by side. Raises `InputError`."""
    if unknown := sorted(set(given) - PARTS):
        raise InputError(f"{unknown[0]} is not a part of an evaluation; parts are {', '.join(sorted(PARTS))}")
    evaluation = eligibility.read_evaluation(given.get("evaluation"), given.get("trials"))
    decision = eligibility.assess(evaluation, rules, today=today)
    stagings = eligibility.stage_all(evaluation.history())
    return decision, {staging.rule: staging.as_dict() for staging in stagings}


def evaluation_allows(course: Course) -> bool | None:
    """Does the newest evaluation, after its overrides, let the course go on? None = never evaluated."""
    newest = course.evaluations.prefetch_related("overrides").first()
    return None if newest is None else allows(newest)


def evaluations_allow(courses: Sequence[Course], now: dt.datetime) -> dict[int, bool]:
    """The same of many courses of one programme, of the evaluations of that day or earlier. Two queries.

    Without those never evaluated. By the day, as consent is: where the server was away, evaluation and dose are both
    written down afterwards, and neither must keep the other from the record.
    """
    until = courses[0].programme.end_of_day(now) if courses else now
    rows = Evaluation.objects.filter(course__in=[course.pk for course in courses], at__lt=until)
    rows = rows.prefetch_related("overrides").order_by("pk")
    return {course: allows(newest) for course, newest in {row.course_id: row for row in rows}.items()}


def allows(evaluation: Evaluation) -> bool:
    """No hard stop, and every other stop overridden."""
    overridden = (override.rule_id for override in evaluation.overrides.all())
    return Decision.from_dict(evaluation.decision).allowed_after(overridden)


def evaluation_view(row: Evaluation) -> EvaluationView:
    """A stored evaluation as a value."""
    return EvaluationView(
        public_id=row.public_id,
        at=row.at,
        by=str(row.by) if row.by else "command line",
        decision=row.decision,
        staging=row.staging,
        facts_digest=row.facts_digest,
        overrides=tuple(row.overrides.all()),
        allows=allows(row),
    )
