"""Every plan of a course, with what each changed."""

from __future__ import annotations

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.plans.models import TreatmentPlan
from holdfast.clinic.plans.standing import changes_from, plan_held, plan_words

__all__ = ["changes_from", "plan_held", "plan_words", "plans_of"]


def plans_of(*, actor: Actor, course: Course) -> list[TreatmentPlan]:
    """Every plan of a course, newest first."""
    require(actor, "plan.view", course)
    return list(course.plans.select_related("by").order_by("-pk"))
