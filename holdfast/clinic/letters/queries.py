"""Letters that were issued, without their files."""

from __future__ import annotations

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.models import Course
from holdfast.clinic.letters.models import Letter


def letters_of(*, actor: Actor, course: Course) -> list[Letter]:
    """Letters about a course, newest first."""
    require(actor, "letter.view", course)
    return list(
        course.letters.select_related("by", "corrects", "corrected_by").defer("file", "drafted").order_by("-pk")
    )
