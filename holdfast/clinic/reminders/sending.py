"""One run of the sender of reminders: put down what is due, send what waits. Safe every minute, and twice at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.checkins.gateways import NotSentError, gateway_for
from holdfast.clinic.checkins.sending import THIS_MACHINE
from holdfast.clinic.programmes.models import ProgrammeKind
from holdfast.clinic.reminders import actions, queries
from holdfast.clinic.reminders.actions import Handed

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
    sent = failed = 0
    for reminder in queries.waiting_to_be_sent(actor=actor, now=clock()):
        handed = actions.begin_sending(actor=actor, reminder=reminder, now=clock())
        if handed is None:
            continue
        if _send(actor, handed, clock):
            sent += 1
        else:
            failed += 1
    return Run(planned, sent, failed)


def as_a_job(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """One run, as the background job that the server runs every minute."""
    send_reminders(actor=CommandLine(), clock=clock)


def _send(actor: Actor, handed: Handed, clock: Callable[[], dt.datetime]) -> bool:
    failed, permanent, delivered = "", False, False
    try:
        delivered = _hand_over(handed)
    except NotSentError as error:
        failed, permanent = error.reason, error.permanent
    except Exception as error:  # a gateway of another service may fail in ways of its own; its text is shown nowhere
        failed = f"error-{type(error).__name__}"[:40]
    actions.end_sending(
        actor=actor, reminder=handed.reminder, attempt=handed.attempt, now=clock(), failed=failed, permanent=permanent,
        delivered=delivered,
    )  # fmt: skip
    return not failed


def _hand_over(handed: Handed) -> bool:
    programme = handed.reminder.programme
    if programme.kind == ProgrammeKind.LIVE and urlsplit(settings.PUBLIC_URL).hostname in THIS_MACHINE:
        raise NotSentError("no-public-address")  # a link to this machine opens on no telephone
    return gateway_for(handed.channel, programme.kind).send(
        to=handed.address, subject=SUBJECT, text=message_text(handed)
    )


def message_text(handed: Handed) -> str:
    """The words of a message: the day, and a link to how to prepare."""
    link = settings.PUBLIC_URL + reverse("reminder", args=[handed.token])
    return TEXT.format(day=date_format(handed.reminder.on, "D j M"), link=link)
