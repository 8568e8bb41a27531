"""One run of the sender: ask what is due, tell what was missed, send what waits. Safe every minute, and twice at once.

Each attempt is taken in a transaction of its own before the message leaves, and its outcome is written after it left:
no lock is held while a mail server is slow, and no message is sent twice by two senders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.checkins import actions, queries
from holdfast.clinic.checkins.actions import Handed
from holdfast.clinic.checkins.gateways import NotSentError, gateway_for
from holdfast.clinic.programmes.models import ProgrammeKind

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
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
    sent = failed = 0
    for check_in in queries.waiting_to_be_sent(actor=actor, now=clock()):
        handed = actions.begin_sending(actor=actor, check_in=check_in, now=clock())
        if handed is None:
            continue
        if _send(actor, handed, clock):
            sent += 1
        else:
            failed += 1
    return Run(asked, missed, sent, failed)


def as_a_job(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """One run, as the background job that the server runs every minute."""
    send_check_ins(actor=CommandLine(), clock=clock)


def _send(actor: Actor, handed: Handed, clock: Callable[[], dt.datetime]) -> bool:
    failed, permanent, delivered = "", False, False
    try:
        delivered = _hand_over(handed)
    except NotSentError as error:
        failed, permanent = error.reason, error.permanent
    except Exception as error:  # a gateway of another service may fail in ways of its own; its text is shown nowhere
        failed = f"error-{type(error).__name__}"[:40]
    actions.end_sending(
        actor=actor, check_in=handed.check_in, attempt=handed.attempt, now=clock(), failed=failed, permanent=permanent,
        delivered=delivered,
    )  # fmt: skip
    return not failed


def _hand_over(handed: Handed) -> bool:
    programme = handed.check_in.programme
    if programme.kind == ProgrammeKind.LIVE and urlsplit(settings.PUBLIC_URL).hostname in THIS_MACHINE:
        raise NotSentError("no-public-address")  # a link to this machine opens on no telephone
    return gateway_for(handed.channel, programme.kind).send(
        to=handed.address, subject=SUBJECT, text=message_text(handed)
    )


def message_text(handed: Handed) -> str:
    """The words of a message: a link and until when it opens."""
    link = settings.PUBLIC_URL + reverse("check-in", args=[handed.token])
    local = handed.check_in.closes_at.astimezone(ZoneInfo(handed.check_in.programme.time_zone))
    return (REMINDER if handed.reminder else TEXT).format(link=link, until=date_format(local, "D j M, H:i"))
