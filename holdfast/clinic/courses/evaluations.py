"""Evaluations: the rules' answer, and whether it still stands in the way after overrides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from holdfast import eligibility
from holdfast.clinic.courses.models import Course, Evaluation
from holdfast.decision import Decision
from holdfast.errors import InputError
from holdfast.facts import RuleSet

PARTS = frozenset({"evaluation", "trials", "about"})


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


def allows(evaluation: Evaluation) -> bool:
    """No hard stop, and every other stop overridden."""
    overridden = {override.rule_id for override in evaluation.overrides.all()}
    stops = {reason["rule"] for reason in evaluation.decision["stops_a_physician_may_override"]}
    return not evaluation.decision["hard_stops"] and stops <= overridden
