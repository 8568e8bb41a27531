"""The work of a call: one message by mail or SMS, its outcome on record before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.checkins.gateways import NO_MAIL, REACHES_NOBODY, NotSentError, gateway_for
from holdfast.clinic.checkins.models import Channel
from holdfast.clinic.checkins.sending import THIS_MACHINE
from holdfast.clinic.duty_calls import actions, queries
from holdfast.clinic.duty_calls.models import DutyCall
from holdfast.clinic.jobs.kinds import JobFailedError
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
    try:
        gateway = gateway_for(call.channel, call.programme.kind)
        delivered = gateway.send(to=call.address, subject=SUBJECT, text=message_text(call))
    except NotSentError as error:
        actions.end_call(actor=actor, handed=handed, now=clock(), failed=error.reason, permanent=error.permanent)
        raise JobFailedError(error.reason, permanent=error.permanent) from None
    except Exception as error:  # a gateway of another service may fail in ways of its own; its text is shown nowhere
        reason = f"error-{type(error).__name__}"[:40]
        actions.end_call(actor=actor, handed=handed, now=clock(), failed=reason)
        raise JobFailedError(reason) from None
    actions.end_call(actor=actor, handed=handed, now=clock(), delivered=delivered)


def message_text(call: DutyCall) -> str:
    """The words of a message: that an alert waits and, where the clinic has an address of its own, where."""
    here = urlsplit(settings.PUBLIC_URL).hostname in THIS_MACHINE  # which opens on no telephone
    link = "" if here else f": {settings.PUBLIC_URL}{reverse('alert-list')}"
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
