"""Reminders as values: what is agreed, the ledger staff read, what waits, and what the holder of a link sees."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.messaging.queries import link_among
from holdfast.clinic.reminders.models import (
    Kind,
    Reminder,
    ReminderAgreement,
    ReminderEvent,
    ReminderLink,
)
from holdfast.clinic.reminders.standing import OVER, planned_days, reminds, still_planned
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.facts import load
from holdfast.protocols.reminders import DAYS_BEFORE
from holdfast.treatment_sessions.states import State

UNSENT_TASK = "reminder:unsent"
LEDGER_SHOWN = 60


@dataclass(frozen=True)
class LedgerRow:
    """One reminder with everything that happened to it, in order."""

    reminder: Reminder
    events: tuple[ReminderEvent, ...]
    may_be_dropped: bool

    @property
    def state(self) -> str:
        """The last thing that counts, in a word."""
        kinds = [event.kind for event in self.events]
        order = (Kind.DROPPED, Kind.OPENED, Kind.DELIVERED, Kind.SENT, Kind.FAILED)
        return next((kind.label for kind in order if kind in kinds), Kind.SCHEDULED.label)


@dataclass(frozen=True)
class Shown:
    """What the holder of a link reads: the day, whether it is still planned, and how to prepare."""

    on: dt.date
    planned: bool
    prepare: str


def agreements(*, actor: Actor, course: Course) -> list[ReminderAgreement]:
    """Every version, newest first."""
    require(actor, "reminder.view", course)
    return list(course.reminder_agreements.select_related("by").order_by("-version"))


def ledger(*, actor: Actor, course: Course, now: dt.datetime) -> list[LedgerRow]:
    """The reminders of a course, newest day first, each with its events."""
    require(actor, "reminder.view", course)
    rows = course.reminders.order_by("-on", "-pk").prefetch_related("events__by")
    return [_ledger_row(row, now) for row in rows[:LEDGER_SHOWN]]


def _ledger_row(row: Reminder, now: dt.datetime) -> LedgerRow:
    events = tuple(sorted(row.events.all(), key=lambda event: event.pk))
    dropped = any(event.kind == Kind.DROPPED for event in events)
    return LedgerRow(row, events, not dropped and now < row.over_at)


def next_reminder(course: Course, agreement: ReminderAgreement | None, now: dt.datetime) -> dt.datetime | None:
    """When the next one goes out by what is planned now; None where none will."""
    if agreement is None or not agreement.active or not reminds(course.programme):
        return None
    windows = [agreement.time.of(day) for day in planned_days(course)]
    return min((window.due_at for window in windows if window.due_at > now), default=None)


def reminder_by_id(*, actor: Actor, courses: QuerySet[Course], public_id: UUID) -> Reminder | None:
    """One reminder of these courses."""
    require(actor, "reminder.view")
    rows = Reminder.objects.select_related("course__patient__programme")
    return rows.filter(public_id=public_id, course__in=courses).first()


def courses_to_remind(*, actor: Actor, now: dt.datetime) -> list[Course]:
    """Courses with an agreement and a treatment session planned for days that a reminder can be due of now.

    Whether one is due is the writer's question. A day more on both sides: zones differ.
    """
    require(actor, "reminder.send")
    days = (now.date(), now.date() + dt.timedelta(days=int(load().row(f"plausible.{DAYS_BEFORE}")["max"]) + 1))
    planned = TreatmentSession.objects.current().filter(state=State.PLANNED.value, planned_on__range=days)
    agreed = Course.objects.filter(pk__in=ReminderAgreement.objects.values("course")).filter(
        pk__in=planned.values("course")
    )
    return list(agreed.select_related("patient__programme").order_by("pk"))


def waiting_to_be_sent(*, actor: Actor, now: dt.datetime) -> list[Reminder]:
    """Reminders whose time has come and that were not sent yet, earliest first."""
    require(actor, "reminder.send")
    rows = Reminder.objects.filter(due_at__lte=now, until__gt=now).exclude(events__kind__in=OVER)
    return list(rows.select_related("course__patient__programme").order_by("pk"))


def link_of(token: str) -> ReminderLink | None:
    """The link whose token this is; None where there is none. Says nothing of whether it still opens."""
    return link_among(ReminderLink.objects.select_related("reminder__course__patient__programme"), token)


def shown_by_link(*, actor: Actor, reminder: Reminder) -> Shown:
    """What is read behind the link: the newest words on how to prepare, and whether the day still stands."""
    require(actor, "reminder.read", reminder)
    newest = ReminderAgreement.newest(reminder.course)
    return Shown(reminder.on, still_planned(reminder), newest.prepare if newest else "")


def unsent_by_course(course_ids: Sequence[int]) -> dict[int, tuple[dt.date, dt.datetime]]:
    """Of each course the last reminder that could not be sent: its day, and until when that matters. One query."""
    found: dict[int, tuple[dt.date, dt.datetime]] = {}
    kinds = (Kind.FAILED, *OVER)
    rows = ReminderEvent.objects.filter(reminder__course__in=course_ids, kind__in=kinds).order_by("pk")
    failed: dict[int, dict[int, tuple[dt.date, dt.datetime]]] = defaultdict(dict)
    for course, pk, on, until, kind in rows.values_list(
        "reminder__course", "reminder", "reminder__on", "reminder__until", "kind"
    ):
        if kind == Kind.FAILED:
            failed[course][pk] = (on, until)
        else:
            failed[course].pop(pk, None)
    for course, open_ in failed.items():
        if open_:
            found[course] = max(open_.values())
    return found


def reminders_due(course: Course, unsent: tuple[dt.date, dt.datetime] | None, *, now: dt.datetime) -> tuple[Due, ...]:
    """What reminders of a course ask of the staff: one that could not be sent, until its day begins."""
    if unsent is None or Phase(course.phase) in ENDED or unsent[1] <= now:
        return ()
    text = f"Reminder of {unsent[0].isoformat()} not sent; see its ledger"
    return (Due(UNSENT_TASK, text, unsent[0], overdue=True),)
