"""The only writer of chairs, of who sits where, and of how boards name people."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.board.models import BoardNames, Chair, ChairEnd, Seating, Shown
from holdfast.clinic.courses.models import TimeBasis
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, RefusedError
from holdfast.treatment_sessions.chairside import WATCHED
from holdfast.treatment_sessions.states import TERMINAL, State

MOST_CHAIRS = 200


@transaction.atomic
def add_chair(*, actor: Actor, programme: Programme, name: str, now: dt.datetime) -> Chair:
    """Add a chair or a room, last on the board. Raises `InputError` where its name is taken or cannot be."""
    require(actor, "board.set_chairs", programme)
    actor = _person(actor)
    _alone(programme)
    name = _name(name)
    used = _in_use(programme)
    if any(chair.name.casefold() == name.casefold() for chair in used):
        raise InputError(f"name: there is a {name} already; choose another name")
    if len(used) >= MOST_CHAIRS:
        raise InputError(f"name: a board shows {MOST_CHAIRS} chairs at most; take one off first")
    last = Chair.objects.filter(programme=programme).aggregate(last=Max("place"))["last"] or 0
    chair = Chair(programme=programme, name=name, place=last + 1, by=actor, at=now)
    chair.save()
    audit.record(actor, "board.add_chair", chair, at=now, details={"number": chair.place})
    return chair


@transaction.atomic
def end_chair(*, actor: Actor, chair: Chair, now: dt.datetime) -> None:
    """Take a chair off the board. Raises `RefusedError` while somebody is treated in it."""
    require(actor, "board.set_chairs", chair)
    actor = _person(actor)
    _alone(chair.programme)
    if ChairEnd.objects.filter(chair=chair).exists():
        return  # off is off
    if _sits_in(chair) is not None:
        raise RefusedError(f"Somebody is treated in {chair.name} now; take it off when they have left")
    ChairEnd(chair=chair, by=actor, at=now).save()
    audit.record(actor, "board.end_chair", chair, at=now, details={"number": chair.place})


@transaction.atomic
def seat_patient(
    *, actor: Actor, treatment_session: TreatmentSession, chair: Chair | None, now: dt.datetime
) -> Seating | None:
    """Say where a treatment session takes place; None = no chair. The same chair again changes nothing: None.

    Raises `RefusedError` where the session is over, or both this patient and another one would be in the chair now.
    """
    require(actor, "board.seat", treatment_session)
    actor = _person(actor)
    row = _current(treatment_session)
    _alone(row.programme)
    if row.course.time_basis == TimeBasis.STUDY_DAY:
        raise RefusedError("This course counts study days; nobody sits in a chair today")
    if State(row.state) in TERMINAL:
        raise RefusedError(f"This treatment session is {row.state}; it takes no chair")
    if chair is not None:
        _free(chair, row)
    newest = _newest(row)
    if (newest.chair if newest else None) == chair:
        return None
    seating = Seating(treatment_session=row, chair=chair, by=actor, at=now)
    seating.save()
    audit.record(actor, "board.seat", row, at=now, details={"chair": str(chair.public_id) if chair else ""})
    return seating


@transaction.atomic
def choose_board_names(*, actor: Actor, programme: Programme, shown: str, now: dt.datetime) -> BoardNames:
    """How the boards of the programme name patients: initials, chair only, or the full name."""
    require(actor, "board.choose_names", programme)
    actor = _person(actor)
    if shown not in Shown.values:
        raise InputError(f"shown: {shown!r} is not known; choose {', '.join(Shown.values)}")
    chosen = BoardNames(programme=programme, shown=shown, by=actor, at=now)
    chosen.save()
    audit.record(actor, "board.choose_names", programme, at=now, details={"shown": shown})
    return chosen


def _alone(programme: Programme) -> None:
    """Chairs of a programme are given one at a time."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _person(actor: Actor) -> User:
    if not isinstance(actor, User):
        raise InputError("chairs are set by people who sign in")
    return actor


def _name(name: str) -> str:
    name = " ".join(plain_text("name", name).split())
    longest = Chair._meta.get_field("name").max_length or 0
    if not 1 <= len(name) <= longest:
        raise InputError(f"name: give 1 to {longest} characters, such as Chair 1 or Room 2")
    return name


def _current(treatment_session: TreatmentSession) -> TreatmentSession:
    rows = TreatmentSession.objects.current().select_related("course__patient__programme")
    return rows.get(course=treatment_session.course_id, number=treatment_session.number)


def _free(chair: Chair, row: TreatmentSession) -> None:
    if chair.programme != row.programme or ChairEnd.objects.filter(chair=chair).exists():
        raise InputError("chair: is not one of this programme; choose another")
    other = _sits_in(chair)
    if State(row.state) in WATCHED and other is not None and other.pk != row.pk:
        raise RefusedError(f"{chair.name} is taken: another patient is treated in it now")


def _sits_in(chair: Chair) -> TreatmentSession | None:
    """The treatment session that is under way in the chair."""
    asked = Seating.objects.filter(chair=chair, treatment_session__state__in=[s.value for s in WATCHED])
    for seating in asked.select_related("treatment_session"):
        newest = _newest(seating.treatment_session)
        if newest is not None and newest.chair == chair:
            return seating.treatment_session
    return None


def _in_use(programme: Programme) -> list[Chair]:
    return list(Chair.objects.filter(programme=programme, ended__isnull=True))


def _newest(row: TreatmentSession) -> Seating | None:
    same = Seating.objects.select_related("chair").filter(
        treatment_session__course=row.course_id, treatment_session__number=row.number
    )
    return same.order_by("-pk").first()
