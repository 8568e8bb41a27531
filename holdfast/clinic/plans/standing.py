"""The plan in force, and plans in words: what actions and pages both ask for."""

from __future__ import annotations

import datetime as dt

from holdfast.clinic.courses.models import Course
from holdfast.clinic.plans.models import TreatmentPlan
from holdfast.protocols.plan_in_force import PlanOf, plan_in_force


def plan_value(row: TreatmentPlan) -> PlanOf:
    """A plan as the rules know it."""
    return PlanOf(
        from_on=row.from_on,
        phase=row.phase,
        intervals_d=tuple(row.intervals_d),
        dose_mg=None if row.dose_mg is None else float(row.dose_mg),
        dose_mg_per_kg=None if row.dose_mg_per_kg is None else float(row.dose_mg_per_kg),
    )


def plan_held(course: Course, today: dt.date) -> TreatmentPlan | None:
    """The plan in force today; None where none was made or none has begun. The caller has asked for permission."""
    rows = list(course.plans.select_related("by").order_by("pk"))
    held = plan_in_force([plan_value(row) for row in rows], today)
    return None if held is None else next(row for row in reversed(rows) if plan_value(row) == held)


def dose_words(row: TreatmentPlan) -> str:
    """The dose as it is read: `0.5 mg/kg`, `56 mg`."""
    plan = plan_value(row)
    return f"{plan.dose_mg:g} mg" if plan.dose_mg is not None else f"{plan.dose_mg_per_kg:g} mg/kg"


def interval_words(intervals_d: list[int]) -> str:
    """The rhythm as it is read: `every 14 days`, `every 3 and 4 days in turn`."""
    if len(intervals_d) == 1:
        return "every day" if intervals_d[0] == 1 else f"every {intervals_d[0]} days"
    return f"every {' and '.join(map(str, intervals_d))} days in turn"


def plan_words(row: TreatmentPlan) -> str:
    """The plan in a line."""
    return f"{row.phase}, {dose_words(row)} {row.drug} ({row.route}), {interval_words(row.intervals_d)}"


def changes_from(before: TreatmentPlan | None, row: TreatmentPlan) -> list[str]:
    """What a plan changed of the one before it, each in words; empty for the first."""
    if before is None:
        return []
    pairs = (
        ("phase", before.phase, row.phase),
        ("dose", dose_words(before), dose_words(row)),
        ("interval", interval_words(before.intervals_d), interval_words(row.intervals_d)),
        ("route", before.route, row.route),
    )
    return [f"{what}: {old} → {new}" for what, old, new in pairs if old != new]
