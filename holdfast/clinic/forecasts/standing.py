"""Chance of relapse as forecasts told it, for lists: one query for many courses, and at most one line a course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.forecasts.models import Forecast, Why
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.decision import Weight
from holdfast.facts import RuleSet
from holdfast.outcomes.relapse_risk import ChanceTold, relapse_risk

KIND = "forecast"


def chances_by_course(courses: Iterable[Course]) -> dict[int, list[ChanceTold]]:
    """What forecasts told, oldest first, of courses whose programme shows them. One query.

    Those that look back are left out. Where the newest forecast told no chance there is nothing to say, whatever
    earlier ones told: the list is empty.
    """
    shown = {course.pk: course for course in courses if is_shown(course.programme)}
    rows = Forecast.objects.filter(course__in=shown).exclude(request__why=Why.LOOKING_BACK).order_by("pk")
    found: dict[int, list[ChanceTold]] = defaultdict(list)
    for pk, at, chance, low, high in rows.values_list(
        "course_id", "made_at", "relapse_chance", "relapse_low", "relapse_high"
    ):
        if chance is None or low is None or high is None:
            found[pk].clear()
        else:
            found[pk].append(ChanceTold(shown[pk].programme.day_of(at), chance, low, high))
    return {pk: told for pk, told in found.items() if told}


def relapse_due(told: Sequence[ChanceTold], *, rules: RuleSet) -> tuple[Due, ...]:
    """At most one: information for whoever sees forecasts, and nothing that is overdue."""
    found = relapse_risk(told, rules=rules)
    if found is None:
        return ()
    return (
        Due(
            KIND, "Chance of relapse, by the forecast", found.since, why=found.reason.text, rule=found.reason.rule,
            unsigned=found.reason.weight is Weight.INACTIVE, needs="forecast.view",
        ),
    )  # fmt: skip
