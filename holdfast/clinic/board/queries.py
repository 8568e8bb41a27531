"""Questions about boards and chairs."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.board.day import Board, DayReader
from holdfast.clinic.board.models import BoardNames, Chair, Seating, Shown
from holdfast.clinic.programmes.models import Programme, ProgrammeKind
from holdfast.clinic.programmes.queries import programmes
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.chairside import WATCHED


def board(*, actor: Actor, programme: Programme, now: dt.datetime) -> Board:
    """The day of a programme."""
    require(actor, "board.view", programme)
    return DayReader(programme.pk).board(now)


def sees_clinical(actor: Actor, programme: Programme) -> bool:
    """Does the actor's board show how people are, or only when they come and go?"""
    return may(actor, "flow_sheet.view", programme)


def programmes_with_a_day(*, actor: Actor) -> list[Programme]:
    """The actor's programmes that treat today; imported ones count study days and have no today."""
    require(actor, "board.view")
    return list(programmes(actor=actor).exclude(kind=ProgrammeKind.DEIDENTIFIED))


def chairs(*, actor: Actor, programme: Programme) -> list[Chair]:
    """Chairs and rooms in use, in the order of the board."""
    require(actor, "board.view", programme)
    return list(Chair.objects.filter(programme=programme, ended__isnull=True))


def chair_by_id(*, actor: Actor, programme: Programme, public_id: UUID) -> Chair | None:
    """One chair of the programme, in use or not."""
    require(actor, "board.view", programme)
    return Chair.objects.filter(programme=programme, public_id=public_id).first()


def chair_of(*, actor: Actor, treatment_session: TreatmentSession) -> Chair | None:
    """Where the treatment session takes place; None = no chair."""
    require(actor, "board.view", treatment_session)
    return _newest(treatment_session.course_id, treatment_session.number)


def chairs_taken(*, actor: Actor, programme: Programme) -> frozenset[UUID]:
    """Chairs in which somebody is treated now."""
    require(actor, "board.view", programme)
    rows = TreatmentSession.objects.current().filter(course__patient__programme=programme)
    rows = rows.filter(state__in=[s.value for s in WATCHED])
    found = (_newest(course, number) for course, number in rows.values_list("course_id", "number"))
    return frozenset(chair.public_id for chair in found if chair is not None)


def names_shown(*, actor: Actor, programme: Programme) -> Shown:
    """How the boards of the programme name people."""
    require(actor, "board.view", programme)
    chosen = BoardNames.objects.filter(programme=programme).order_by("-pk").first()
    return Shown(chosen.shown) if chosen else Shown.INITIALS


def _newest(course_pk: int, number: int) -> Chair | None:
    asked = Seating.objects.select_related("chair").filter(treatment_session__course=course_pk)
    seating = asked.filter(treatment_session__number=number).order_by("-pk").first()
    return seating.chair if seating else None
