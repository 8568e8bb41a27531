"""The only writer of addresses for duty and of calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.alerts.models import AlertTaken, CrisisAlert
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.duty_calls.models import DutyAddress, DutyCall, DutyCallEvent, Kind
from holdfast.clinic.duty_calls.standing import JOB, addresses
from holdfast.clinic.jobs.actions import add_job
from holdfast.clinic.messaging.actions import Outcome
from holdfast.clinic.messaging.addresses import checked_address
from holdfast.clinic.messaging.models import Channel
from holdfast.errors import InputError


@dataclass(frozen=True)
class Handed:
    """One message to send now."""

    call: DutyCall
    attempt: int


@transaction.atomic
def set_addresses(*, actor: Actor, email: str, sms: str, now: dt.datetime) -> None:
    """Where the person who acts is reached on duty; an empty one takes it back. Raises `InputError`."""
    require(actor, "duty_call.set_address")
    assert isinstance(actor, User)
    standing = addresses(actor)
    for channel, given in ((Channel.EMAIL, email.strip()), (Channel.SMS, sms.strip())):
        kept = _checked(channel, given) if given else ""
        if kept == standing.get(channel, ""):
            continue
        row = DutyAddress(person=actor, channel=channel, address=kept, at=now)
        row.save()
        audit.record(
            actor, "duty_call.set_address", row, at=now, details={"channel": channel.value, "removed": not kept}
        )


@transaction.atomic
def call_person(*, actor: Actor, alert: CrisisAlert, person: User, now: dt.datetime, round_: int = 1) -> int:
    """Ask for a message by each address the person gave; how many. Part of telling them, in its transaction."""
    given = addresses(person)
    for channel, address in given.items():
        call = DutyCall(alert=alert, person=person, channel=channel, address=address, round=round_, at=now)
        call.save()
        add_job(JOB, subject=str(call.public_id), now=now)
        audit.record(actor, "duty_call.ask", call, at=now, details={"channel": channel, "who": str(person.public_id)})
    return len(given)


@transaction.atomic
def begin_call(*, actor: Actor, call: DutyCall, now: dt.datetime) -> Handed | None:
    """Take the next attempt; None where somebody took the alert meanwhile, or the message went out already."""
    require(actor, "duty_call.send", call)
    row = DutyCall.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    kinds = list(row.events.values_list("kind", flat=True))
    if {Kind.SENT, Kind.DELIVERED, Kind.NOT_NEEDED} & set(kinds):
        return None
    attempt = kinds.count(Kind.SENDING) + 1
    if AlertTaken.objects.filter(alert=row.alert_id).exists():
        DutyCallEvent(call=row, kind=Kind.NOT_NEEDED, attempt=attempt, at=now).save()
        audit.record(actor, "duty_call.send", call, at=now, details={"number": attempt, "not_needed": True})
        return None
    DutyCallEvent(call=row, kind=Kind.SENDING, attempt=attempt, at=now).save()
    audit.record(actor, "duty_call.begin", call, at=now, details={"number": attempt})
    return Handed(call, attempt)


@transaction.atomic
def end_call(*, actor: Actor, handed: Handed, outcome: Outcome, now: dt.datetime) -> None:
    """Put the outcome of an attempt on record."""
    require(actor, "duty_call.send", handed.call)
    failed = outcome.failed
    kinds = [Kind.FAILED] if failed else [Kind.SENT, Kind.DELIVERED] if outcome.delivered else [Kind.SENT]
    for kind in kinds:
        DutyCallEvent(
            call=handed.call, kind=kind, attempt=handed.attempt, reason=failed, permanent=outcome.permanent, at=now
        ).save()
    audit.record(
        actor, "duty_call.send", handed.call, at=now, details={"number": handed.attempt, "failed": failed or None}
    )


def _checked(channel: Channel, given: str) -> str:
    """The address as it is kept. What is wrong is said of the field it was typed in."""
    try:
        return checked_address(channel, given, advice="look at it again")
    except InputError as error:
        raise InputError(f"{channel.value}: {str(error).partition(': ')[2]}") from None
