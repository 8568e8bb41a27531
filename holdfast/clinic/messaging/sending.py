"""The run of a sender. Safe every minute, and twice at once.

Each attempt is taken in a transaction of its own before the message leaves, and its outcome is written after it left:
no lock is held while a mail server is slow, and no message is sent twice by two senders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.messaging.actions import Handed, Outcome, end_sending
from holdfast.clinic.messaging.gateways import NotSentError, gateway_for
from holdfast.clinic.messaging.models import Message
from holdfast.clinic.programmes.models import ProgrammeKind

M = TypeVar("M", bound=Message)

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def send_each(
    waiting: Iterable[M],
    *,
    actor: Actor,
    begin: Callable[[M], Handed[M] | None],
    subject: str,
    text: Callable[[Handed[M]], str],
    clock: Callable[[], dt.datetime],
) -> tuple[int, int]:
    """Send what waits, one after the other: how many were sent, and how many failed. `begin` takes an attempt."""
    outcomes = []
    for message in waiting:
        handed = begin(message)
        if handed is None:
            continue
        outcome = outcome_of(partial(_hand_over, handed, subject, text))
        end_sending(actor=actor, handed=handed, outcome=outcome, now=clock())
        outcomes.append(outcome)
    failed = sum(bool(outcome.failed) for outcome in outcomes)
    return len(outcomes) - failed, failed


def _hand_over(handed: Handed[M], subject: str, text: Callable[[Handed[M]], str]) -> bool:
    programme = handed.message.programme
    if programme.kind == ProgrammeKind.LIVE and opens_here_alone():
        raise NotSentError("no-public-address")
    gateway = gateway_for(handed.channel, programme.kind)
    return gateway.send(to=handed.address, subject=subject, text=text(handed))


def opens_here_alone() -> bool:
    """Would a link lead to this machine? It opens on no telephone."""
    return urlsplit(settings.PUBLIC_URL).hostname in THIS_MACHINE


def outcome_of(send: Callable[[], bool]) -> Outcome:
    """What became of a message that `send` hands to its way; `send` says whether delivery is confirmed."""
    try:
        return Outcome(delivered=send())
    except NotSentError as error:
        return Outcome(failed=error.reason, permanent=error.permanent)
    except Exception as error:  # a gateway of another service may fail in ways of its own; its text is shown nowhere
        return Outcome(failed=f"error-{type(error).__name__}"[:40])
