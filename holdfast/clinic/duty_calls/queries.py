"""Questions about calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.alerts.models import CrisisAlert
from holdfast.clinic.duty_calls.models import DutyCall
from holdfast.clinic.duty_calls.standing import Stands, addresses, call_stands


@dataclass(frozen=True)
class CallView:
    """One call of an alert as its record shows it."""

    call: DutyCall
    stands: Stands


def call_by_id(*, actor: Actor, public_id: str) -> DutyCall | None:
    """One call, with its alert."""
    require(actor, "duty_call.send")
    return DutyCall.objects.select_related("alert__programme", "person").filter(public_id=public_id).first()


def calls_by_alert(*, actor: Actor, alerts: Iterable[CrisisAlert], now: dt.datetime) -> dict[int, list[CallView]]:
    """Every call of each alert, in order, by key of the alert. Two queries."""
    require(actor, "alert.view")
    rows = DutyCall.objects.filter(alert__in=[alert.pk for alert in alerts]).select_related("person")
    found: dict[int, list[CallView]] = {}
    for call in rows.prefetch_related("events").order_by("pk"):
        found.setdefault(call.alert_id, []).append(CallView(call, call_stands(call.events.all(), now)))
    return found


def own_addresses(actor: User) -> dict[str, str]:
    """Where the person is reached on duty."""
    require(actor, "duty_call.set_address")
    return addresses(actor)
