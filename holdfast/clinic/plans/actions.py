"""The only writer of plans. A plan moves the course to its phase; treatment sessions are planned by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses import actions as courses
from holdfast.clinic.courses.models import Course, Source, TimeBasis
from holdfast.clinic.courses.phases import ENDED, TREATED, Phase, phase_named
from holdfast.clinic.forecasts.actions import renew_forecast
from holdfast.clinic.forecasts.models import Why
from holdfast.clinic.patients.queries import age_now
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.plans.models import TreatmentPlan
from holdfast.clinic.plans.standing import plan_held, plan_value
from holdfast.clinic.possible import amount, require_possible_day
from holdfast.clinic.programmes.queries import protocol_rules_of
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions import actions as treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.decision import Decision
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.coded import coded_text, require_coded
from holdfast.protocols.plan_in_force import PlanOf, check_plan, phase_part, planned_days
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.states import State


@transaction.atomic
def change_plan(
    *,
    actor: Actor,
    course: Course,
    phase: str,
    intervals_d: Sequence[int],
    reason: str,
    now: dt.datetime,
    dose_mg: float | None = None,
    dose_mg_per_kg: float | None = None,
    route: str = "",
    from_on: dt.date | None = None,
    note: str = "",
    in_spite: str = "",
    plan_again: bool = False,
    source: str = Source.CLINIC,
) -> TreatmentPlan:
    """A whole new plan from `from_on` (today by default); the one before stays readable and holds until then.

    A stop of the rules needs `in_spite`, the prescriber's reason; a hard stop never yields. `plan_again` cancels
    what was planned from that day on and plans as many again by the new plan. Another route or drug is another
    course. Raises `InputError`, `RefusedError`, and `RefusedByRuleError` with every reason.
    """
    require(actor, "plan.change", course)
    course = _locked(course)
    day = _day(course, from_on, now)
    _same_route(course, route)
    wanted = PlanOf(day, phase_named(phase).value, tuple(intervals_d), dose_mg, dose_mg_per_kg)
    before = course.plans.order_by("-pk").first()
    _after_the_last(before, wanted)
    in_spite = plain_text("in_spite", in_spite)
    note = plain_text("note", note)
    decision = _allowed(course, wanted, in_spite, now)
    (coded,) = require_coded("reason", "plan_reason", [reason], note=note)
    row = TreatmentPlan(
        course=course, number=(before.number if before else 0) + 1, from_on=day, phase=wanted.phase,
        protocol=course.protocol, drug=course.drug, route=course.route,
        dose_mg=None if dose_mg is None else amount(TreatmentPlan, "dose_mg", dose_mg),
        dose_mg_per_kg=None if dose_mg_per_kg is None else amount(TreatmentPlan, "dose_mg_per_kg", dose_mg_per_kg),
        intervals_d=list(wanted.intervals_d), reason=coded, note=note, answer=decision.as_dict(), in_spite=in_spite,
        by=person(actor), at=now,
    )  # fmt: skip
    row.save()
    details = {"number": row.number, "phase": row.phase, "reason": coded}
    audit.record(actor, "plan.change", row, at=now, details=details)
    if course.phase != wanted.phase:
        courses.change_phase(
            actor=actor, course=course, to_phase=wanted.phase, why=coded_text("plan_reason", coded), on=day, now=now
        )
    if plan_again:
        _plan_again(actor, course, row, now)
    renew_forecast(actor=actor, course=course, why=Why.PLAN, source=source, now=now)
    return row


def _locked(course: Course) -> Course:
    found = course.locked()
    if found.time_basis == TimeBasis.STUDY_DAY:
        raise RefusedError("This course counts study days of a finished trial; it has no plan")
    if Phase(found.phase) in ENDED:
        raise RefusedError(f"The course is {found.phase}; a new treatment is a new course")
    return found


def _day(course: Course, from_on: dt.date | None, now: dt.datetime) -> dt.date:
    require_possible_day("from_on", from_on, now, ahead=True)
    return from_on or course.programme.day_of(now)


def _same_route(course: Course, route: str) -> None:
    if route and route != course.route:
        raise InputError(
            f"route: another route than {course.route} is another protocol, with its own evaluation, consent and "
            "observation; end this course and open one that follows it"
        )


def _after_the_last(before: TreatmentPlan | None, wanted: PlanOf) -> None:
    if before is None:
        return
    if wanted.from_on < before.from_on:
        raise InputError(
            f"from_on: lies before the plan of {before.from_on:%d %b %Y}; a plan is added, not put between"
        )
    held = plan_value(before)
    same = (held.phase, held.intervals_d, held.dose_mg, held.dose_mg_per_kg)
    if same == (wanted.phase, wanted.intervals_d, wanted.dose_mg, wanted.dose_mg_per_kg):
        raise InputError("phase: this is the plan as it stands; change something, or leave it")


def _allowed(course: Course, wanted: PlanOf, in_spite: str, now: dt.datetime) -> Decision:
    today = course.programme.day_of(now)
    if Phase(wanted.phase) not in TREATED:
        raise InputError(f"phase: a plan is for {', '.join(sorted(TREATED))}")
    if wanted.from_on > today and wanted.phase != course.phase:
        raise InputError("from_on: a plan for another phase begins today or earlier; make it on its day")
    age_y = age_now(course.patient, today)
    decision = check_plan(
        wanted, protocol_named(course.protocol), indication=course.indication,
        jurisdiction=course.programme.jurisdiction, age_y=None if age_y is None else float(age_y),
        rules=protocol_rules_of(course.programme, protocol=course.protocol, indication=course.indication),
    )  # fmt: skip
    if decision.hard_stops or (decision.against and not in_spite):
        raise RefusedByRuleError("The plan was not changed", decision)
    return decision


def _plan_again(actor: Actor, course: Course, plan: TreatmentPlan, now: dt.datetime) -> None:
    """Cancel what was planned from the day of the plan on, and plan as many again by it."""
    open_rows = [s for s in course.treatment_sessions.current() if s.state == State.PLANNED]
    ahead = [s for s in open_rows if s.planned_on is not None and s.planned_on >= plan.from_on]
    for row in ahead:
        treatment_sessions.cancel_treatment_session(
            actor=actor, treatment_session=row, why=f"Planned again by plan {plan.number}", now=now
        )
    if ahead:
        _schedule(actor, course, plan, len(ahead), None, now)


@transaction.atomic
def plan_by_plan(
    *, actor: Actor, course: Course, sessions: int, now: dt.datetime, first_on: dt.date | None = None
) -> list[TreatmentSession]:
    """Plan the next treatment sessions by the plan in force: its intervals, its windows, its dose in mg.

    Raises `InputError`, and `RefusedError` where no plan is in force.
    """
    require(actor, "treatment_session.plan", course)
    course = _locked(course)
    today = course.programme.day_of(now)
    held = plan_held(course, max(first_on or today, today))
    if held is None:
        raise RefusedError("No plan is in force; a prescriber makes one first")
    planned = _schedule(actor, course, held, sessions, first_on, now)
    audit.record(actor, "plan.schedule", held, at=now, details={"number": held.number, "count": len(planned)})
    return planned


def _schedule(
    actor: Actor, course: Course, plan: TreatmentPlan, sessions: int, first_on: dt.date | None, now: dt.datetime
) -> list[TreatmentSession]:
    part = phase_part(protocol_named(course.protocol), course.indication, plan.phase)
    value = plan_value(plan)
    days = planned_days(
        value, held=_held(course), first_on=first_on, sessions=sessions, today=course.programme.day_of(now)
    )
    early, late = (part.window_before_d, part.window_after_d) if part else (0, 0)

    def wanted(number: int, day: dt.date) -> treatment_sessions.SessionToPlan:
        window: dict[str, Any] = {"latest_on": day + dt.timedelta(days=late)}
        if number:  # nothing comes before the first of them
            window["earliest_on"] = day - dt.timedelta(days=early)
        return treatment_sessions.SessionToPlan(planned_on=day, planned_dose_mg=value.dose_mg, **window)

    to_plan = [wanted(number, day) for number, day in enumerate(days)]
    return treatment_sessions.plan_treatment_sessions(actor=actor, course=course, sessions=to_plan, now=now)


def _held(course: Course) -> list[dt.date]:
    """Days of the course that hold a treatment session, given or planned."""
    rows = [s for s in course.treatment_sessions.current() if s.state != State.CANCELLED]
    return [
        course.programme.day_of(s.dosed_at) if s.dosed_at else s.planned_on for s in rows if s.dosed_at or s.planned_on
    ]
