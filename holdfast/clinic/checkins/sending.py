"""One run of the sender of check-ins: ask what is due, tell what was missed, send what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.checkins import actions, queries
from holdfast.clinic.checkins.models import CheckIn
from holdfast.clinic.messaging.actions import Handed
from holdfast.clinic.messaging.sending import send_each

SUBJECT = "Your check-in"
# Nothing of the clinic, the person or the treatment: a message lies on a lock screen and in other people's servers.
TEXT = (
    "Your check-in is ready. It takes a few minutes:\n{link}\nOpen until {until}. Messages to this sender are not read."
)
REMINDER = (
    "A reminder: your check-in is still open. It takes a few minutes:\n{link}\nOpen until {until}. "
    "Messages to this sender are not read."
)


@dataclass(frozen=True)
class Run:
    """What one run did, as counts."""

    asked: int
    missed: int
    sent: int
    failed: int

    def as_dict(self) -> dict[str, int]:
        """Plain values for JSON."""
        return dict(vars(self))


def send_check_ins(*, actor: Actor, clock: Callable[[], dt.datetime]) -> Run:
    """One run. `clock` tells the time at each step: a run with many messages takes minutes."""
    asked = missed = 0
    for course in queries.courses_to_ask(actor=actor, now=clock()):
        new, gone = actions.ask_check_ins(actor=actor, course=course, now=clock())
        asked, missed = asked + new, missed + gone
    sent, failed = send_each(
        queries.waiting_to_be_sent(actor=actor, now=clock()),
        actor=actor,
        begin=lambda check_in: actions.begin_sending(actor=actor, check_in=check_in, now=clock()),
        subject=SUBJECT,
        text=message_text,
        clock=clock,
    )
    return Run(asked, missed, sent, failed)


def as_a_job(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """One run, as the background job that the server runs every minute."""
    send_check_ins(actor=CommandLine(), clock=clock)


def message_text(handed: Handed[CheckIn]) -> str:
    """The words of a message: a link and until when it opens."""
    link = settings.PUBLIC_URL + reverse("check-in", args=[handed.token])
    local = handed.message.closes_at.astimezone(ZoneInfo(handed.message.programme.time_zone))
    return (REMINDER if handed.second else TEXT).format(link=link, until=date_format(local, "D j M, H:i"))
