"""The work of a call: one message by mail or SMS, its outcome on record before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.duty_calls import actions, queries
from holdfast.clinic.duty_calls.models import DutyCall
from holdfast.clinic.jobs.kinds import JobFailedError
from holdfast.clinic.messaging.gateways import NO_MAIL, REACHES_NOBODY, gateway_for
from holdfast.clinic.messaging.models import Channel
from holdfast.clinic.messaging.sending import opens_here_alone, outcome_of
from holdfast.clinic.programmes.models import Programme, ProgrammeKind

# Nobody's name, no answer, no score, not even of which kind: a message lies on a lock screen and on others' servers.
SUBJECT = "An alert waits"
TEXT = "An alert waits in Holdfast. Sign in and take it{link}. Messages to this sender are not read."
AGAIN = "An alert still waits in Holdfast: nobody took it. Sign in and take it{link}. This sender reads no messages."
DRILL = "A drill: an alert waits in Holdfast. Sign in and acknowledge it{link}. Messages to this sender are not read."


def send_call(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """The job: send one call. Raises `JobFailedError`."""
    actor = CommandLine()
    call = queries.call_by_id(actor=actor, public_id=subject)
    if call is None:
        raise JobFailedError("no-such-call", permanent=True)
    handed = actions.begin_call(actor=actor, call=call, now=clock())
    if handed is None:
        return
    outcome = outcome_of(lambda: _hand_over(call))
    actions.end_call(actor=actor, handed=handed, outcome=outcome, now=clock())
    if outcome.failed:
        raise JobFailedError(outcome.failed, permanent=outcome.permanent)


def _hand_over(call: DutyCall) -> bool:
    gateway = gateway_for(call.channel, call.programme.kind)
    return gateway.send(to=call.address, subject=SUBJECT, text=message_text(call))


def message_text(call: DutyCall) -> str:
    """The words of a message: that an alert waits and, where the clinic has an address of its own, where."""
    link = "" if opens_here_alone() else f": {settings.PUBLIC_URL}{reverse('alert-list')}"
    return (DRILL if call.alert.drill else AGAIN if call.round > 1 else TEXT).format(link=link)


def not_set_up(programme: Programme) -> dict[str, str]:
    """Channels of a live programme by which no message reaches anybody, and the setting that is missing."""
    if programme.kind != ProgrammeKind.LIVE:
        return {}
    missing = {}
    if settings.EMAIL_BACKEND == NO_MAIL:
        missing[Channel.EMAIL.value] = "HOLDFAST_SMTP_URL"
    if settings.CHECK_IN_SMS_GATEWAY in REACHES_NOBODY:
        missing[Channel.SMS.value] = "HOLDFAST_SMS_GATEWAY"
    return missing
