"""Questions about alerts and duty."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from holdfast.clinic.accounts.models import Actor, CommandLine, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.alerts.models import CrisisAlert, DutyTurn
from holdfast.clinic.alerts.standing import DutySetting, duty_setting, stands
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.programmes.models import Programme
from holdfast.safety.escalation import Escalation


@dataclass(frozen=True)
class AlertView:
    """One alert as it stands. `calls` is true where it asks the reader: told, or nobody else is left.

    `told_nobody`: nobody is on duty, so that it stands before everybody of the programme and no single person.
    """

    alert: CrisisAlert
    escalation: Escalation
    next_person: User | None
    calls: bool
    again_at: dt.datetime | None  # when everybody on duty is called again; None = not yet, or not any more
    told_nobody: bool


def alerts(*, actor: Actor, taken: bool) -> QuerySet[CrisisAlert]:
    """Alerts of the actor's programmes, newest first."""
    require(actor, "alert.view")
    rows = CrisisAlert.objects.select_related("programme", "course__patient", "assessment", "taken__by")
    if not isinstance(actor, CommandLine):
        rows = rows.filter(programme__in=actor.programme_ids())
    newer = Assessment.objects.filter(supersedes=OuterRef("assessment"))
    rows = rows.annotate(answer_changed=Exists(newer))
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
        again = setting.next_round(alert, where, now)
        told = {person.person_id for person in alert.told.all()} | {setting.people[ref].pk for ref in where.told}
        found.append(
            AlertView(
                alert=alert,
                escalation=where,
                next_person=setting.people.get(where.next_person or ""),
                calls=actor.pk in told or where.state == "exhausted",
                again_at=again.at if again else None,
                told_nobody=where.state == "exhausted" and not told,
            )
        )
    return found


@dataclass(frozen=True)
class Banner:
    """What every page shows a person of alerts: those that ask them, and how many wait for somebody else."""

    calling: tuple[AlertView, ...] = ()
    with_others: int = 0
    version: str = ""  # changes when any of it does; says nothing of it

    @property
    def shown(self) -> bool:
        """Is there anything to show?"""
        return bool(self.calling or self.with_others)


def banner_for(actor: User, now: dt.datetime) -> Banner:
    """The banner of whoever may see alerts; an empty one without a version for everybody else."""
    if not may(actor, "alert.view"):
        return Banner()
    found = open_alerts(actor=actor, now=now)
    called = tuple(view for view in found if view.calls) if may(actor, "alert.take") else ()
    stands_so = [(str(v.alert.public_id), v in called, v.escalation.state, v.told_nobody) for v in found]
    version = hashlib.sha256(json.dumps([str(actor.public_id), stands_so]).encode()).hexdigest()[:16]
    return Banner(called, len(found) - len(called), version)


def calling(actor: User, now: dt.datetime) -> list[AlertView]:
    """Those that ask this person; none for whoever takes no alert."""
    return list(banner_for(actor, now).calling)


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
