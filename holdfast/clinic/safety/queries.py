"""Safety checks done, as values, those due by the rules, and adverse events outside a treatment session."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import TREATED
from holdfast.clinic.safety.models import AdverseEventRecord, SafetyCheck
from holdfast.facts import RuleSet
from holdfast.safety.due_checks import BLOOD_PRESSURE, CheckDone, DueCheck, due_checks
from holdfast.treatment_sessions.adverse_events import AdverseEvent
from holdfast.treatment_sessions.entries import Kind, read_given

_STANDING = {"superseded_by__isnull": True, "withdrawn": False}
NOT_DONE = SafetyCheck.Outcome.NOT_DONE


@dataclass(frozen=True)
class Check:
    """One check as it stands."""

    public_id: UUID
    key: str
    done_on: dt.date | None
    study_day: int | None
    outcome: str
    note: str


def check_versions(*, actor: Actor, course: Course) -> list[SafetyCheck]:
    """Every entry of a course, corrected ones too, for its history."""
    require(actor, "safety_check.view", course)
    return list(course.safety_checks.select_related("by", "superseded_by").order_by("pk"))


def checks_by_course(course_ids: Iterable[int]) -> dict[int, list[Check]]:
    """Newest entries of each course, earliest first. One query; the caller has asked for permission."""
    found: dict[int, list[Check]] = defaultdict(list)
    rows = SafetyCheck.objects.filter(course__in=list(course_ids), superseded_by__isnull=True)
    columns = ("course_id", "public_id", "check_key", "done_on", "study_day", "outcome", "note")
    for course, *values in rows.order_by("done_on", "study_day", "pk").values_list(*columns):
        found[course].append(Check(*values))
    return dict(found)


def last_done(checks: Iterable[Check], key: str) -> dt.date | None:
    """The last day a check was done. One that could not be done tells nothing, and settles nothing."""
    return max((c.done_on for c in checks if c.key == key and c.done_on and c.outcome != NOT_DONE), default=None)


def checks_asked(
    course: Course,
    checks: Sequence[Check],
    *,
    rules: RuleSet,
    maintenance_since: dt.date | None,
    today: dt.date,
) -> tuple[DueCheck, ...]:
    """What the rules ask of a treated course, unsigned rules told as inactive. Blood pressure at each treatment
    session is left to the flow-sheet, which holds the measurements."""
    if course.started_on is None or course.phase not in TREATED:
        return ()
    done = [CheckDone(c.key, c.done_on) for c in checks if c.done_on and c.done_on <= today and c.outcome != NOT_DONE]
    asked = due_checks(
        course_started_on=course.started_on,
        today=today,
        drug=course.drug,
        done=done,
        phase=course.phase,
        rules=rules,
        phase_started_on=maintenance_since,
    )
    return tuple(check for check in asked if check.check != BLOOD_PRESSURE)


def as_due(asked: Iterable[DueCheck]) -> tuple[Due, ...]:
    """Those that are due or overdue, for the list of what to do."""
    return tuple(
        Due(f"check:{check.check}", check.text, check.due_on, overdue=check.state == "overdue", rule=check.rule)
        for check in asked
        if check.state in ("due", "overdue")
    )


def event_of(row: AdverseEventRecord) -> AdverseEvent:
    """What an entry holds."""
    found: AdverseEvent = read_given(Kind.ADVERSE_EVENT, row.given)
    return found


def event_versions(*, actor: Actor, course: Course) -> list[AdverseEventRecord]:
    """Every adverse event of a course outside its treatment sessions, corrected ones too, for its history."""
    require(actor, "adverse_event.view", course)
    return list(course.adverse_events.select_related("by", "superseded_by").order_by("pk"))


def events_by_course(course_ids: Iterable[int]) -> dict[int, list[AdverseEvent]]:
    """Adverse events outside treatment sessions as they stand. One query; the caller has asked for permission."""
    found: dict[int, list[AdverseEvent]] = defaultdict(list)
    for row in AdverseEventRecord.objects.filter(course__in=list(course_ids), **_STANDING).order_by("pk"):
        found[row.course_id].append(event_of(row))
    return dict(found)


def standing_events(programme_id: int) -> list[AdverseEventRecord]:
    """The same of a programme, with course, patient and who entered them. The caller has asked for permission."""
    rows = AdverseEventRecord.objects.filter(course__patient__programme=programme_id, **_STANDING)
    return list(rows.select_related("course__patient__programme", "by").order_by("pk"))
