"""The only writer of endings."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses import actions as courses
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import Phase
from holdfast.clinic.endings.models import CourseEnding, FollowUpDone
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.possible import require_possible_day
from holdfast.clinic.treatment_sessions import actions as treatment_sessions
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.coded import coded_text, require_coded
from holdfast.treatment_sessions.states import State

WAYS = (Phase.STOPPED, Phase.COMPLETED)


@transaction.atomic
def end_course(
    *,
    actor: Actor,
    course: Course,
    way: str,
    reason: str,
    follow_up: str,
    now: dt.datetime,
    on: dt.date | None = None,
    follow_up_on: dt.date | None = None,
    note: str = "",
) -> CourseEnding:
    """Stop or complete a course: coded reason, words aside, what follows. What is still planned is cancelled.

    What was under way that day must have ended. A new treatment is a new course, which knows of this one. Raises
    `InputError`, `RefusedError`, and `RefusedByRuleError` where the course cannot end so.
    """
    require(actor, "course.end", course)
    if way not in WAYS:
        raise InputError(f"way: {way!r} is not one of {', '.join(WAYS)}")
    note = plain_text("note", note)
    (coded,) = require_coded("reason", "stop_reason", [reason], holds_for=way, note=note)
    (after,) = require_coded("follow_up", "follow_up", [follow_up])
    day = on or course.programme.day_of(now)
    _later(follow_up_on, day, now)
    course = course.locked()
    _cancel_planned(actor, course, coded, now)
    courses.change_phase(
        actor=actor, course=course, to_phase=way, stop_reason=coded if way == Phase.STOPPED else "", why=note, on=day,
        now=now,
    )  # fmt: skip
    row = CourseEnding(
        course=course, reason=coded, note=note, follow_up=after, follow_up_on=follow_up_on, on=day, by=person(actor),
        at=now,
    )  # fmt: skip
    row.save()
    audit.record(actor, "course.end", row, at=now, details={"way": way, "reason": coded, "follow_up": after})
    return row


@transaction.atomic
def record_follow_up(*, actor: Actor, course: Course, now: dt.datetime) -> FollowUpDone:
    """What was agreed at the end of the course has been done; done twice is done once. Raises `InputError`."""
    require(actor, "follow_up.record", course)
    ending = CourseEnding.objects.filter(course=course.locked(), follow_up_on__isnull=False).first()
    if ending is None:
        raise InputError("no follow-up with a day was agreed for this course")
    done = FollowUpDone.objects.filter(ending=ending).first()
    if done is None:
        done = FollowUpDone(ending=ending, by=person(actor), at=now)
        done.save()
        audit.record(actor, "follow_up.record", done, at=now)
    return done


def _later(follow_up_on: dt.date | None, day: dt.date, now: dt.datetime) -> None:
    require_possible_day("follow_up_on", follow_up_on, now, ahead=True)
    if follow_up_on is not None and follow_up_on < day:
        raise InputError("follow_up_on: lies before the end of the course; check the date")


def _cancel_planned(actor: Actor, course: Course, reason: str, now: dt.datetime) -> None:
    rows = list(course.treatment_sessions.current())
    if any(row.state not in (State.PLANNED, State.DISCHARGED, State.CANCELLED) for row in rows):
        raise RefusedError("A treatment session is under way; end the course when the patient has left")
    for row in rows:
        if row.state == State.PLANNED:
            treatment_sessions.cancel_treatment_session(
                actor=actor, treatment_session=row, why=f"The course ended: {coded_text('stop_reason', reason)}",
                now=now,
            )  # fmt: skip
