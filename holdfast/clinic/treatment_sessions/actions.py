"""The only writer of treatment sessions: the whole written down afterwards, or step by step from the flow-sheet."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses import actions as courses
from holdfast.clinic.courses.models import Course, Source, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.forecasts.actions import renew_forecast
from holdfast.clinic.forecasts.models import Why
from holdfast.clinic.plain_text import required_text
from holdfast.clinic.possible import amount, require_possible_day, require_possible_study_day
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.protocols.recorded_dose import check_recorded_dose
from holdfast.treatment_sessions.states import Event, State, move

# What happened in a treatment session that is recorded afterwards, in order.
FROM_ARRIVAL_TO_DISCHARGE = (
    Event.ARRIVE,
    Event.CLEAR,
    Event.START_DOSE,
    Event.END_DOSE,
    Event.MAKE_READY,
    Event.DISCHARGE,
)


@dataclass(frozen=True)
class SessionToPlan:
    """A treatment session to be planned: a date, or a study day; the window; the dose where it is known already."""

    planned_on: dt.date | None = None
    planned_day: int | None = None
    earliest_on: dt.date | None = None
    latest_on: dt.date | None = None
    planned_dose_mg: float | None = None


@transaction.atomic
def plan_treatment_sessions(
    *, actor: Actor, course: Course, sessions: Sequence[SessionToPlan], now: dt.datetime, source: str = Source.CLINIC
) -> list[TreatmentSession]:
    """Add to the plan of a course, numbered on from those there are. Raises `InputError` on a wrong time."""
    require(actor, "treatment_session.plan", course)
    if Phase(course.phase) in ENDED and source != Source.IMPORT:
        raise RefusedError(f"The course is {course.phase}; no treatment session can be planned in it")
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)  # numbers are given one planner after the other
    last = course.treatment_sessions.aggregate(last=Max("number"))["last"] or 0
    planned = []
    for number, wanted in enumerate(sessions, start=last + 1):
        _time_of_plan(course, wanted, now)
        treatment_session = TreatmentSession(
            course=course,
            number=number,
            planned_on=wanted.planned_on,
            planned_day=wanted.planned_day,
            earliest_on=wanted.earliest_on,
            latest_on=wanted.latest_on,
            planned_dose_mg=_mg(wanted.planned_dose_mg, "planned_dose_mg"),
            drug=course.drug,
            route=course.route,
            source=source,
            entered_at=now,
            entered_by=person(actor),
        )
        treatment_session.save()
        planned.append(treatment_session)
    audit.record(actor, "treatment_session.plan", course, at=now, details={"count": len(planned)})
    return planned


@transaction.atomic
def record_treatment_session(
    *,
    actor: Actor,
    treatment_session: TreatmentSession,
    now: dt.datetime,
    dosed_at: dt.datetime | None = None,
    dosed_on_day: int | None = None,
    dose_mg: float | None = None,
    duration_min: float | None = None,
    discharged_at: dt.datetime | None = None,
) -> TreatmentSession:
    """Record a treatment session that took place, from arrival to discharge. `dose_mg` None = not known.

    This writes down what happened; the gates before dose and discharge belong to the flow-sheet. Raises `InputError`
    on an impossible time or dose, `RefusedError` where it is closed already.
    """
    require(actor, "treatment_session.record", treatment_session)
    locked = _locked(treatment_session)
    course = locked.course
    _time_of_dose(course, dosed_at, dosed_on_day, discharged_at, now)
    _one_a_day(locked, dosed_at)
    state = State(locked.state)
    for event in FROM_ARRIVAL_TO_DISCHARGE:
        state = move(state, event)
    locked.state = state.value
    locked.dosed_at, locked.dosed_on_day, locked.discharged_at = dosed_at, dosed_on_day, discharged_at
    locked.dose_mg, locked.duration_min = _given_mg(course, dose_mg), _minutes(duration_min)
    locked.entered_at, locked.entered_by = now, person(actor)
    locked.save()
    courses.mark_started(course=course)
    audit.record(actor, "treatment_session.record", locked, at=now, details={"number": locked.number})
    renew_forecast(actor=actor, course=course, why=Why.DOSE, source=locked.source, now=now)
    return locked


@transaction.atomic
def record_unplanned_treatment_session(
    *,
    actor: Actor,
    course: Course,
    now: dt.datetime,
    dosed_at: dt.datetime | None = None,
    dosed_on_day: int | None = None,
    **given: Any,
) -> TreatmentSession:
    """Record a treatment session that took place without a plan: it joins the plan on the day of its dose.

    `given` is what `record_treatment_session` takes besides; raises as that does, and then plans nothing.
    """
    require(actor, "treatment_session.record", course)
    planned_on = course.programme.day_of(dosed_at) if dosed_at else None
    wanted = SessionToPlan(planned_on=planned_on, planned_day=dosed_on_day)
    (planned,) = plan_treatment_sessions(actor=actor, course=course, sessions=[wanted], now=now)
    return record_treatment_session(
        actor=actor, treatment_session=planned, now=now, dosed_at=dosed_at, dosed_on_day=dosed_on_day, **given
    )


@transaction.atomic
def cancel_treatment_session(
    *, actor: Actor, treatment_session: TreatmentSession, why: str, now: dt.datetime
) -> TreatmentSession:
    """Cancel a treatment session before any drug was given, with the reason."""
    require(actor, "treatment_session.plan", treatment_session)
    why = required_text("why", why, "a cancellation needs its reason")
    locked = _locked(treatment_session)
    locked.state = move(State(locked.state), Event.CANCEL).value
    locked.why = why
    locked.entered_at, locked.entered_by = now, person(actor)
    locked.save(update_fields=["state", "why", "entered_at", "entered_by"])
    audit.record(actor, "treatment_session.cancel", locked, at=now, details={"number": locked.number})
    return locked


@transaction.atomic
def correct_treatment_session(
    *,
    actor: Actor,
    treatment_session: TreatmentSession,
    why: str,
    now: dt.datetime,
    dosed_at: dt.datetime | None = None,
    dosed_on_day: int | None = None,
    dose_mg: float | None = None,
    duration_min: float | None = None,
    discharged_at: dt.datetime | None = None,
) -> TreatmentSession:
    """Replace the record of a treatment session by a newer one. Every value is given anew; the older row stays."""
    require(actor, "treatment_session.correct", treatment_session)
    why = required_text("why", why, "a correction needs its reason")
    old = _locked(treatment_session)
    if old.state != State.DISCHARGED:
        raise RefusedError("Only the record of a discharged treatment session is corrected; this one is still open")
    _time_of_dose(old.course, dosed_at, dosed_on_day, discharged_at, now)
    _one_a_day(old, dosed_at)
    old.replaced_at = now
    old.save(update_fields=["replaced_at"])
    newer = TreatmentSession(
        **{name: getattr(old, name) for name in _KEPT},
        dosed_at=dosed_at,
        dosed_on_day=dosed_on_day,
        discharged_at=discharged_at,
        dose_mg=_given_mg(old.course, dose_mg),
        duration_min=_minutes(duration_min),
        why=why,
        supersedes=old,
        entered_at=now,
        entered_by=person(actor),
    )
    newer.save()
    courses.mark_started(course=old.course)
    details = {"number": newer.number, "supersedes": str(old.public_id)}
    audit.record(actor, "treatment_session.correct", newer, at=now, details=details)
    renew_forecast(actor=actor, course=newer.course, why=Why.DOSE, source=newer.source, now=now)
    return newer


@transaction.atomic
def advance_treatment_session(
    *,
    actor: Actor,
    treatment_session: TreatmentSession,
    events: Sequence[Event],
    now: dt.datetime,
    dosed_at: dt.datetime | None,
    dose_mg: float | None,
    duration_min: float | None,
    discharged_at: dt.datetime | None,
) -> TreatmentSession:
    """Carry out what a flow-sheet entry does: the moves, and times and dose as the sheet tells them now.

    Part of recording that entry, whose gates were asked before. Raises `RefusedError` where a move is not possible,
    `InputError` where two treatment sessions would fall on one day.
    """
    require(actor, "treatment_session.record", treatment_session)
    locked = _locked(treatment_session)
    state = State(locked.state)
    for event in events:
        state = move(state, event)
    _one_a_day(locked, dosed_at)
    before = _dose_of(locked)
    locked.state = state.value
    locked.dosed_at, locked.discharged_at = dosed_at, discharged_at
    locked.dose_mg, locked.duration_min = _given_mg(locked.course, dose_mg), _minutes(duration_min)
    locked.entered_at, locked.entered_by = now, person(actor)
    locked.save()
    courses.mark_started(course=locked.course)
    details = {"number": locked.number, "state": locked.state}
    audit.record(actor, "treatment_session.advance", locked, at=now, details=details)
    if _dose_of(locked) != before:
        renew_forecast(actor=actor, course=locked.course, why=Why.DOSE, source=Source.CLINIC, now=now)
    return locked


_KEPT = (
    "course", "number", "state", "planned_on", "planned_day", "earliest_on", "latest_on", "planned_dose_mg",
    "drug", "route", "source",
)  # fmt: skip


def _dose_of(row: TreatmentSession) -> tuple[object, ...]:
    return row.dosed_at, row.dose_mg, row.duration_min


def _locked(treatment_session: TreatmentSession) -> TreatmentSession:
    locked = (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("course__patient__programme")
        .get(pk=treatment_session.pk)
    )
    if locked.replaced_at is not None:
        raise InputError("this record was already corrected; open the newest version")
    return locked


def _time_of_plan(course: Course, wanted: SessionToPlan, now: dt.datetime) -> None:
    by_day = course.time_basis == TimeBasis.STUDY_DAY
    if by_day and (wanted.planned_day is None or wanted.planned_on is not None):
        raise InputError("planned_day: this course counts study days; give the day, and no date")
    if not by_day and (wanted.planned_on is None or wanted.planned_day is not None):
        raise InputError("planned_on: give the date of the treatment session")
    require_possible_study_day("planned_day", wanted.planned_day)
    for name in ("planned_on", "earliest_on", "latest_on"):
        require_possible_day(name, getattr(wanted, name), now, ahead=True)


def _time_of_dose(
    course: Course,
    dosed_at: dt.datetime | None,
    dosed_on_day: int | None,
    discharged_at: dt.datetime | None,
    now: dt.datetime,
) -> None:
    if course.time_basis == TimeBasis.STUDY_DAY:
        if dosed_on_day is None or dosed_at is not None or discharged_at is not None:
            raise InputError("dosed_on_day: this course counts study days; give the day, and no date")
        require_possible_study_day("dosed_on_day", dosed_on_day)
        return
    if dosed_at is None or discharged_at is None or dosed_on_day is not None:
        raise InputError("dosed_at, discharged_at: give the moment the dose began and the moment of discharge")
    if dosed_at.tzinfo is None or discharged_at.tzinfo is None:
        raise InputError("dosed_at, discharged_at: a moment has no time zone")
    require_possible_day("dosed_at", dosed_at, now, ahead=True)  # the future is told below, to the minute
    require_possible_day("discharged_at", discharged_at, now, ahead=True)
    if discharged_at < dosed_at:
        raise InputError("discharged_at: lies before the dose; check both times")
    if discharged_at > now:
        raise InputError("discharged_at: lies in the future; check date and time")


def _one_a_day(row: TreatmentSession, dosed_at: dt.datetime | None) -> None:
    """Two treatment sessions of one course on one day are one entered twice; the plan counts by days too."""
    if dosed_at is None:
        return
    day_of = row.course.programme.day_of
    others = row.course.treatment_sessions.given().exclude(pk=row.pk).exclude(dosed_at=None)
    for number, at in others.values_list("number", "dosed_at"):
        if day_of(at) == day_of(dosed_at):
            raise InputError(f"dosed_at: treatment session {number} was given on that day; correct that record instead")


def _given_mg(course: Course, dose_mg: float | None) -> Decimal | None:
    dose = _mg(dose_mg)
    if dose is not None:
        check_recorded_dose(protocol_named(course.protocol), float(dose))
    return dose


def _mg(dose_mg: float | None, name: str = "dose_mg") -> Decimal | None:
    if dose_mg is None:
        return None
    if not math.isfinite(dose_mg) or (dose := amount(TreatmentSession, name, dose_mg)) <= 0:
        raise InputError(f"{name}: {dose_mg} mg is not a dose; leave it empty where it is not known")
    return dose


def _minutes(duration_min: float | None) -> Decimal | None:
    if duration_min is None:
        return None
    if not math.isfinite(duration_min) or duration_min < 0:
        raise InputError(f"duration_min: {duration_min} is not a duration")
    return amount(TreatmentSession, "duration_min", duration_min)
