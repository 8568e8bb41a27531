"""Questions about alerts and duty."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from holdfast.clinic.accounts.models import Actor, CommandLine, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.alerts.models import CrisisAlert, DutyTurn
from holdfast.clinic.alerts.standing import DutySetting, duty_setting, stands
from holdfast.clinic.programmes.models import Programme
from holdfast.safety.escalation import Escalation


@dataclass(frozen=True)
class AlertView:
    """One alert as it stands. `calls` is true where it asks the reader: told, or nobody else is left."""

    alert: CrisisAlert
    escalation: Escalation
    next_person: User | None
    calls: bool


def alerts(*, actor: Actor, taken: bool) -> QuerySet[CrisisAlert]:
    """Alerts of the actor's programmes, newest first."""
    require(actor, "alert.view")
    rows = CrisisAlert.objects.select_related("programme", "course__patient", "assessment", "taken__by")
    if not isinstance(actor, CommandLine):
        rows = rows.filter(programme__in=actor.programme_ids())
    return rows.filter(taken__isnull=not taken).prefetch_related("told__person")


def open_alerts(*, actor: User, now: dt.datetime) -> list[AlertView]:
    """Every alert nobody took, oldest first, with who was told and who is next. One query where there is none."""
    settings: dict[int, DutySetting] = {}
    found = []
    for alert in alerts(actor=actor, taken=False).order_by("pk"):
        if alert.programme_id not in settings:
            settings[alert.programme_id] = duty_setting(alert.programme)
        setting = settings[alert.programme_id]
        where = stands(alert, setting, now)
        told = {person.person_id for person in alert.told.all()} | {setting.people[ref].pk for ref in where.told}
        found.append(
            AlertView(
                alert=alert,
                escalation=where,
                next_person=setting.people.get(where.next_person or ""),
                calls=actor.pk in told or where.state == "exhausted",
            )
        )
    return found


def calling(actor: User, now: dt.datetime) -> list[AlertView]:
    """Those that ask this person; none for whoever takes no alert."""
    if not may(actor, "alert.take"):
        return []
    return [view for view in open_alerts(actor=actor, now=now) if view.calls]


def alert_by_id(*, actor: User, public_id: UUID) -> CrisisAlert | None:
    """One alert of the actor's programmes."""
    require(actor, "alert.view")
    rows = CrisisAlert.objects.select_related("programme").filter(programme__in=actor.programme_ids())
    return rows.filter(public_id=public_id).first()


def turn_by_id(*, actor: User, programme: Programme, public_id: UUID) -> DutyTurn | None:
    """One turn of the rota of a programme."""
    require(actor, "alert.view", programme)
    return DutyTurn.objects.filter(programme=programme, public_id=public_id).first()


def may_be_called(programme: Programme) -> list[User]:
    """Who can take an alert of the programme."""
    people = programme.people.filter(is_active=True).order_by("first_name", "last_name", "username")
    return [person for person in people if may(person, "alert.take")]
