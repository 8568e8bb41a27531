"""One run of the sender of reminders: put down what is due, send what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.messaging.actions import Handed
from holdfast.clinic.messaging.sending import send_each
from holdfast.clinic.reminders import actions, queries
from holdfast.clinic.reminders.models import Reminder

SUBJECT = "Your appointment"
# A day and a link; nothing of the clinic, the person or the treatment: it lies on a lock screen.
TEXT = (
    "A reminder: you have an appointment on {day}. How to prepare:\n{link}\n"
    "Messages to this sender are not read; if you cannot come, call."
)


@dataclass(frozen=True)
class Run:
    """What one run did, as counts."""

    planned: int
    sent: int
    failed: int

    def as_dict(self) -> dict[str, int]:
        """Plain values for JSON."""
        return dict(vars(self))


def send_reminders(*, actor: Actor, clock: Callable[[], dt.datetime]) -> Run:
    """One run. `clock` tells the time at each step: a run with many messages takes minutes."""
    planned = sum(
        actions.plan_reminders(actor=actor, course=course, now=clock())
        for course in queries.courses_to_remind(actor=actor, now=clock())
    )
    sent, failed = send_each(
        queries.waiting_to_be_sent(actor=actor, now=clock()),
        actor=actor,
        begin=lambda reminder: actions.begin_sending(actor=actor, reminder=reminder, now=clock()),
        subject=SUBJECT,
        text=message_text,
        clock=clock,
    )
    return Run(planned, sent, failed)


def as_a_job(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """One run, as the background job that the server runs every minute."""
    send_reminders(actor=CommandLine(), clock=clock)


def message_text(handed: Handed[Reminder]) -> str:
    """The words of a message: the day, and a link to how to prepare."""
    link = settings.PUBLIC_URL + reverse("reminder", args=[handed.token])
    return TEXT.format(day=date_format(handed.message.on, "D j M"), link=link)
