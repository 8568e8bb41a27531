"""The only writer of reminders: agreeing, planning, sending, opening."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.messaging.actions import Handed
from holdfast.clinic.messaging.addresses import checked_address
from holdfast.clinic.messaging.retries import may_try
from holdfast.clinic.messaging.standing import attempts_of, require_takes_messages
from holdfast.clinic.messaging.tokens import digest_of, new_token
from holdfast.clinic.plain_text import required_text
from holdfast.clinic.possible import require_possible_day
from holdfast.clinic.reminders.models import Kind, Reminder, ReminderAgreement, ReminderOf
from holdfast.clinic.reminders.standing import OVER, planned_days, reminds, still_planned
from holdfast.errors import InputError
from holdfast.protocols.reminders import ReminderTime


@transaction.atomic
def agree_reminders(
    *,
    actor: Actor,
    course: Course,
    now: dt.datetime,
    days_before: int,
    at_local: dt.time,
    channel: str,
    address: str,
    prepare: str,
    agreed: bool,
) -> ReminderAgreement:
    """Reminders the patient agreed to; they take the place of those before. `prepare` is read behind the link alone.

    Raises `InputError` where the time or the address cannot be, nothing is written, or the patient did not agree.
    """
    require(actor, "reminder.agree", course)
    course = course.locked()
    require_takes_messages(course, what="reminders")
    if not agreed:
        raise InputError("agreed: reminders are agreed with the patient; talk it over first")
    zone = course.programme.time_zone
    ReminderTime(days_before, at_local, zone)
    agreement = ReminderAgreement(
        course=course, version=ReminderAgreement.next_version(course), state=ReminderAgreement.State.ACTIVE,
        days_before=days_before, at_local=at_local, zone=zone,
        channel=channel, address=checked_address(channel, address),
        prepare=required_text("prepare", prepare, "write what the patient should know before coming"),
        by=person(actor), at=now,
    )  # fmt: skip
    agreement.save()
    audit.record(actor, "reminder.agree", agreement, at=now, details={"version": agreement.version})
    return agreement


@transaction.atomic
def stop_reminders(*, actor: Actor, course: Course, why: str, now: dt.datetime) -> ReminderAgreement:
    """A newer version that sends nothing, with the reason. Raises `InputError` where none goes out."""
    require(actor, "reminder.agree", course)
    course = course.locked()
    newest = ReminderAgreement.newest(course)
    if newest is None or not newest.active:
        raise InputError("no reminders go out for this course; there is nothing to stop")
    why = required_text("why", why, "say why the reminders are stopped")
    state = ReminderAgreement.State.STOPPED
    stopped = newest.followed_by(course=course, state=state, why=why, by=person(actor), at=now)
    stopped.save()
    audit.record(actor, "reminder.stop", stopped, at=now, details={"version": stopped.version})
    return stopped


@transaction.atomic
def remind_of_evaluation(*, actor: Actor, course: Course, on: dt.date, now: dt.datetime) -> Reminder:
    """Remind of an evaluation on that day, by what is agreed; twice is once. Raises `InputError`."""
    require(actor, "reminder.agree", course)
    course = course.locked()
    agreement = _in_force(course)
    if agreement is None:
        raise InputError("no reminders are agreed for this course; agree them first")
    require_possible_day("on", on, now, ahead=True)
    if agreement.time.of(on).until <= now:
        raise InputError("on: a reminder goes out before the day; give a later day")
    known = course.reminders.filter(of=ReminderOf.EVALUATION, on=on).first()
    if known is None:
        return _planned(actor, agreement, ReminderOf.EVALUATION, on, now)
    if known.events.filter(kind=Kind.DROPPED).exists():
        raise InputError("on: the reminder of that day was taken back; tell the patient yourself, or give another day")
    return known


@transaction.atomic
def drop_reminder(*, actor: Actor, reminder: Reminder, now: dt.datetime) -> None:
    """Take a reminder back: nothing goes out any more, and the link of an evaluation says that it is not planned."""
    require(actor, "reminder.agree", reminder)
    row = reminder.locked()
    if not row.events.filter(kind=Kind.DROPPED).exists():
        row.events.create(kind=Kind.DROPPED, by=person(actor), at=now)
        audit.record(actor, "reminder.drop", row, at=now)


@transaction.atomic
def plan_reminders(*, actor: Actor, course: Course, now: dt.datetime) -> int:
    """Put down a reminder of each planned treatment session whose time has come; how many."""
    require(actor, "reminder.send", course)
    course = course.locked()
    agreement = _in_force(course)
    if agreement is None:
        return 0
    known = set(course.reminders.filter(of=ReminderOf.TREATMENT_SESSION).values_list("on", flat=True))
    due = [day for day in sorted(planned_days(course) - known) if agreement.time.of(day).is_due(now)]
    for day in due:
        _planned(actor, agreement, ReminderOf.TREATMENT_SESSION, day, now)
    return len(due)


@transaction.atomic
def begin_sending(*, actor: Actor, reminder: Reminder, now: dt.datetime) -> Handed[Reminder] | None:
    """Take the next attempt to send and make its link; None where none is due. Two senders never take the same.

    A treatment session that is no longer planned for that day is reminded of no more, and the ledger says so.
    """
    require(actor, "reminder.send", reminder)
    row = reminder.locked()
    events = list(row.events.order_by("pk"))
    attempts = attempts_of(events)
    agreement = _in_force(row.course)
    if agreement is None or {event.kind for event in events} & {*OVER} or not row.may_go_out(now):
        return None
    if not still_planned(row):
        row.events.create(kind=Kind.DROPPED, at=now)
        audit.record(actor, "reminder.drop", row, at=now)
        return None
    if not may_try(attempts, now):
        return None
    attempt, token = len(attempts) + 1, new_token()
    row.events.create(kind=Kind.SENDING, attempt=attempt, at=now)
    row.links.create(attempt=attempt, digest=digest_of(token), made_at=now)
    audit.record(actor, "reminder.make_link", row, at=now, details={"number": attempt})
    return Handed(row, attempt, agreement.channel, agreement.address, token)


@transaction.atomic
def open_reminder(*, actor: Actor, reminder: Reminder, now: dt.datetime) -> None:
    """The link was opened, by the patient or by a mail filter that looks at links."""
    require(actor, "reminder.read", reminder)
    if not reminder.events.filter(kind=Kind.OPENED).exists():
        row = reminder.locked()
        if not row.events.filter(kind=Kind.OPENED).exists():
            row.events.create(kind=Kind.OPENED, at=now)
            audit.record(actor, "reminder.open", row, at=now)


def _in_force(course: Course) -> ReminderAgreement | None:
    """The agreement by which reminders go out now; None where none do: stopped, ended, or switched off."""
    agreement = ReminderAgreement.newest(course)
    if agreement is None or not agreement.active or Phase(course.phase) in ENDED or not reminds(course.programme):
        return None
    return agreement


def _planned(actor: Actor, agreement: ReminderAgreement, of: ReminderOf, on: dt.date, now: dt.datetime) -> Reminder:
    window = agreement.time.of_as_known(on, now)
    reminder = Reminder(
        course=agreement.course, agreement=agreement, of=of, on=on, due_at=window.due_at, until=window.until,
        over_at=window.over_at,
    )  # fmt: skip
    reminder.save()
    reminder.events.create(kind=Kind.SCHEDULED, at=now)
    audit.record(actor, "reminder.plan", reminder, at=now)
    return reminder
