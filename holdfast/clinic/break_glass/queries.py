"""Questions about broken glass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from holdfast.clinic.accounts.models import Actor, CommandLine, User
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.break_glass.models import BreakGlass
from holdfast.clinic.programmes.models import Programme, ProgrammeKind


def going_on(user: User, public_ids: Iterable[str], now: dt.datetime) -> list[BreakGlass]:
    """Those of the ids that still let this person read: theirs, in time, not reviewed."""
    if not may(user, "break_glass.open"):
        return []
    rows = BreakGlass.objects.select_related("patient__programme").filter(public_id__in=list(public_ids), by=user)
    return list(rows.filter(until__gt=now, review__isnull=True))


def listed(*, actor: Actor, waiting: bool) -> QuerySet[BreakGlass]:
    """Broken glass of the actor's programmes: that which waits for review, or that which was reviewed."""
    require(actor, "break_glass.view")
    rows = BreakGlass.objects.select_related("patient__programme", "by", "review__by")
    if not isinstance(actor, CommandLine):
        rows = rows.filter(patient__programme__in=actor.programme_ids())
    return rows.filter(review__isnull=waiting)


def waiting_count(user: User) -> int:
    """How many wait for review in the person's programmes; 0 for whoever does not see them. One query, or none."""
    return listed(actor=user, waiting=True).count() if may(user, "break_glass.view") else 0


def programmes_of_others(actor: User) -> list[Programme]:
    """Programmes the person does not belong to and where a patient could need them."""
    require(actor, "break_glass.open")
    return list(Programme.objects.exclude(pk__in=actor.programme_ids()).exclude(kind=ProgrammeKind.DEIDENTIFIED))
