"""The only writer of safety checks, and of adverse events outside a treatment session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.plain_text import plain_text, required_text
from holdfast.clinic.possible import require_day_so_far, require_possible_study_day
from holdfast.clinic.safety.models import AdverseEventRecord, SafetyCheck
from holdfast.errors import InputError, UnknownNameError
from holdfast.safety.due_checks import CHECKS
from holdfast.treatment_sessions.entries import Kind, plain_given, read_given


@transaction.atomic
def record_safety_check(
    *,
    actor: Actor,
    course: Course,
    check_key: str,
    outcome: str,
    now: dt.datetime,
    done_on: dt.date | None = None,
    study_day: int | None = None,
    note: str = "",
    supersedes: SafetyCheck | None = None,
) -> SafetyCheck:
    """A check that was done (or could not be). `supersedes` names the entry it corrects; the note then says why."""
    require(actor, "safety_check.record", course)
    if check_key not in CHECKS:
        raise UnknownNameError("safety check", check_key, sorted(CHECKS))
    if outcome not in SafetyCheck.Outcome.values:
        raise InputError(f"outcome {outcome!r} is not known; write one of {', '.join(SafetyCheck.Outcome.values)}")
    _time_fits(course, done_on, study_day, now)
    _may_supersede(course, supersedes, note)
    check = SafetyCheck(
        course=course,
        check_key=check_key,
        outcome=outcome,
        done_on=done_on,
        study_day=study_day,
        note=plain_text("note", note),
        supersedes=supersedes,
        by=person(actor),
        entered_at=now,
    )
    check.save()
    audit.record(actor, "safety_check.record", check, at=now, details={"check": check_key})
    return check


def _time_fits(course: Course, done_on: dt.date | None, study_day: int | None, now: dt.datetime) -> None:
    by_day = course.time_basis == TimeBasis.STUDY_DAY
    if by_day and (study_day is None or done_on is not None):
        raise InputError("study_day: this course counts study days; give the day, and no date")
    if not by_day and (done_on is None or study_day is not None):
        raise InputError("done_on: give the date of the check")
    require_day_so_far("done_on", done_on, course.programme, now)
    require_possible_study_day("study_day", study_day)


def _may_supersede(course: Course, supersedes: SafetyCheck | None, note: str) -> None:
    if supersedes is None:
        return
    if supersedes.course_id != course.pk:
        raise InputError("the check to be corrected belongs to another course")
    SafetyCheck.objects.select_for_update(no_key=True).get(pk=supersedes.pk)  # of two who correct it the second is told
    if SafetyCheck.objects.filter(supersedes=supersedes).exists():
        raise InputError("this check was already corrected; correct the newest entry")
    if not note.strip():
        raise InputError("note: a correction needs its reason")


@transaction.atomic
def record_adverse_event(
    *, actor: Actor, course: Course, given: Mapping[str, Any], now: dt.datetime, withdraw: bool = False, why: str = "",
    supersedes: AdverseEventRecord | None = None,
) -> AdverseEventRecord:  # fmt: skip
    """An adverse event that came or was told between treatment sessions, also after the course ended.

    `supersedes` names the entry it corrects; `why` then says why, and `withdraw` that there was no such event.
    """
    require(actor, "adverse_event.record", course)
    if course.time_basis == TimeBasis.STUDY_DAY:
        raise InputError("onset_at: this course counts study days, and an adverse event needs its time")
    texts = {name: plain_text(name, str(given.get(name, ""))) for name in ("term", "note")}
    event = read_given(Kind.ADVERSE_EVENT, {**given, **texts})
    require_day_so_far("onset_at", course.programme.day_of(event.onset_at), course.programme, now)
    if event.onset_at > now:
        raise InputError("onset_at: lies ahead; check date and time")
    if supersedes is not None:
        _may_supersede_event(course, supersedes)
        why = required_text("why", why, "a correction needs its reason")
    elif withdraw:
        raise InputError("withdraw: nothing is on record that could be withdrawn")
    row = AdverseEventRecord(
        course=course, given=plain_given(event), withdrawn=withdraw, why=plain_text("why", why), by=person(actor),
        entered_at=now, supersedes=supersedes,
    )  # fmt: skip
    row.save()
    audit.record(actor, "adverse_event.record", row, at=now, details={"serious": event.serious})
    return row


def _may_supersede_event(course: Course, supersedes: AdverseEventRecord) -> None:
    if supersedes.course_id != course.pk:
        raise InputError("the adverse event to be corrected belongs to another course")
    locked = AdverseEventRecord.objects.select_for_update(no_key=True)
    locked.get(pk=supersedes.pk)  # of two who correct it the second is told
    if AdverseEventRecord.objects.filter(supersedes=supersedes).exists():
        raise InputError("this adverse event was already corrected; correct the newest entry")
