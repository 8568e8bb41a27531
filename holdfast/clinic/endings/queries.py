"""How courses ended, as values for pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.endings.models import CourseEnding
from holdfast.protocols.coded import coded_text


@dataclass(frozen=True)
class EndingView:
    """The ending in words. `row` is None for a course that ended before endings were kept."""

    course: Course
    reason: str
    follow_up: str
    row: CourseEnding | None


def ending_of(course: Course) -> EndingView | None:
    """How a course ended; None where it goes on. The caller has asked for permission."""
    if not course.ended_on and course.phase not in ("completed", "stopped", "declined"):
        return None
    row = CourseEnding.objects.select_related("by").filter(course=course).first()
    key = row.reason if row else course.stop_reason
    reason = coded_text("stop_reason", key) if key else ""
    return EndingView(course, reason, coded_text("follow_up", row.follow_up) if row else "", row)


def follow_ups_by_course(course_ids: Iterable[int]) -> dict[int, Due]:
    """What was agreed for a day after the end of each course and is not done yet. One query."""
    rows = CourseEnding.objects.filter(course__in=list(course_ids), follow_up_on__isnull=False)
    return {
        row.course_id: Due("follow_up", f"Follow-up after the course: {coded_text('follow_up', row.follow_up)}",
                           row.follow_up_on)
        for row in rows.filter(follow_up_done__isnull=True)
    }  # fmt: skip


def former_of(course: Course) -> EndingView | None:
    """How the course before this one ended; None where there is none."""
    return ending_of(course.follows) if course.follows is not None else None
