"""What happens to one invented person, as events in the order of time; each calls an action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.alerts.actions import take_alert
from holdfast.clinic.alerts.models import CrisisAlert
from holdfast.clinic.assessments.actions import correct_assessment, record_assessment
from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.courses.actions import fix_baseline, open_course, override_stop, record_evaluation
from holdfast.clinic.courses.models import Course, Source
from holdfast.clinic.courses.phases import TREATED, Phase
from holdfast.clinic.example.between import check_ins_told
from holdfast.clinic.example.cast import (
    PHQ9_ITEM_MAX,
    PHQ9_ITEMS,
    Person,
    drawn_total,
    phq9_answers,
    severity,
)
from holdfast.clinic.example.evaluation import evaluation_of
from holdfast.clinic.example.pathway import move_on, refer
from holdfast.clinic.patients.actions import register_patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.registry.actions import record_registry_consent
from holdfast.clinic.reviews.actions import record_review
from holdfast.clinic.safety.actions import record_safety_check
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions, record_treatment_session
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.protocols.answers import Continuation, Response, SessionAnswer
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.protocols.reviews import review_points

ZONE = ZoneInfo("America/New_York")
SEED = 20261121
# What invented people say of the registry, by number: most take part, some do not, one was never asked.
REGISTRY = (*("given",) * 5, "refused", *("given",) * 11, "asked", *("given",) * 5, "")
MADRS_MAX = 60
CHECK_EVERY_D = {"bladder": 28, "misuse": 28, "liver": 84, "cognition": 168}


@dataclass(frozen=True, order=True)
class Event:
    """Something that happens to an invented person at a moment."""

    at: dt.datetime
    order: int
    do: Callable[[dt.datetime], Any] = field(compare=False)


@dataclass
class _Course:
    """An invented course while it is being told."""

    person: Person
    day_0: dt.date
    random: Random
    patient: Any = None
    course: Any = None
    phq9: Any = None  # the latest
    sessions: list[TreatmentSession] = field(default_factory=list)


def life(
    programme: Programme, people: Mapping[Role, User], person: Person, number: int, now: dt.datetime
) -> Iterator[Event]:
    """Everything that happens to one person, each at its own minute so that no two lives collide."""
    today, zone = programme.day_of(now), ZoneInfo(programme.time_zone)
    told = _Course(person, today - dt.timedelta(days=person.started_days_ago or 0), Random(SEED + number))
    prescriber, nurse = people[Role.PRESCRIBER], people[Role.NURSE]

    def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
        local = dt.datetime.combine(told.day_0 + dt.timedelta(days=day), dt.time(hour, minute), zone)
        return local.astimezone(dt.UTC) + dt.timedelta(seconds=number)

    referred = (today - told.day_0).days - person.referred_days_ago
    yield Event(at(referred, 8), number, lambda t: _refer(told, programme, nurse, prescriber, t))
    yield Event(at(referred, 8, 10), number, _of_the_registry(told, nurse, REGISTRY[number % len(REGISTRY)]))
    for day, phase, reason in person.phases:
        if phase == "evaluated":
            yield Event(at(day, 9), number, lambda t: _evaluate(told, prescriber, t))
        yield Event(at(day, 9, 30), number, _phase_change(told, prescriber, phase, reason))
    baseline_day = -1 if person.started_days_ago is not None else referred
    for day in _rating_days(person, baseline_day, (today - told.day_0).days):
        yield Event(at(day, 8, 30), number, _phq9(told, nurse, day, is_baseline=day == baseline_day))
        if day == 2 and person.indication == "mdsi":
            yield Event(at(day, 9), number, _cssrs_low(told, nurse))
        if day == person.corrected_day:
            yield Event(at(day, 10, 30), number, _correct_phq9(told, nurse))
        if day == baseline_day or day % 28 == 14:
            yield Event(at(day, 8, 45), number, _madrs(told, nurse, day, is_baseline=day == baseline_day))
    for place, day in enumerate(person.session_days, start=1):
        yield Event(at(day - 1, 12), number, _plan(told, nurse, day))
        yield Event(at(day, 13), number, _give(told, nurse, place))
    yield from _reviews(told, prescriber, at, (today - told.day_0).days)
    next_day = _next_session_day(person, (today - told.day_0).days)
    if next_day is not None:
        yield Event(
            at(min(0, next_day - 1), 14) if not person.session_days else now, number, _plan(told, nurse, next_day)
        )
    yield from _checks(told, nurse, at, (today - told.day_0).days)
    yield from _check_ins(told, nurse, number, zone, now)


def _of_the_registry(told: _Course, nurse: User, said: str) -> Callable[[dt.datetime], None]:
    """What the invented person says of the registry when they are referred."""

    def do(at: dt.datetime) -> None:
        if said:
            sheet = "Registry information (invented), version 1" if said == "given" else ""
            record_registry_consent(actor=nurse, patient=told.patient, said=said, sheet=sheet, now=at)

    return do


def _check_ins(told: _Course, nurse: User, number: int, zone: ZoneInfo, now: dt.datetime) -> Iterator[Event]:
    if told.person.checks_in:
        for moment, do in check_ins_told(lambda: told.course, nurse, zone, now):
            yield Event(moment, number, do)


def _refer(told: _Course, programme: Programme, nurse: User, prescriber: User, at: dt.datetime) -> None:
    person = told.person
    told.patient = register_patient(
        actor=nurse,
        programme=programme,
        label=person.label,
        record_number=person.record_number,
        age_y=person.age_y,
        age_basis="registration",
        sex=person.sex,
        diagnosis=person.diagnosis,
        now=at,
    )
    told.course = open_course(
        actor=prescriber,
        patient=told.patient,
        referral=refer(told.patient, person, nurse, at).chain,
        protocol=person.protocol,
        indication=person.indication,
        opened_on=programme.day_of(at),
        source=Source.SIMULATED,
        now=at,
    )


def _evaluate(told: _Course, prescriber: User, at: dt.datetime) -> None:
    evaluation = record_evaluation(actor=prescriber, course=told.course, given=evaluation_of(told.person), now=at)
    if told.person.finding and not told.person.override:
        return
    for reason in evaluation.decision["stops_a_physician_may_override"]:
        override_stop(
            actor=prescriber,
            evaluation=evaluation,
            rule_id=reason["rule"],
            why="Weighed with the patient; benefit judged to outweigh the risk (invented)",
            now=at,
        )


def _phase_change(told: _Course, prescriber: User, phase: str, reason: str) -> Callable[[dt.datetime], Any]:
    return lambda at: move_on(told.course, told.person, prescriber, phase, reason, at)


def _rating_days(person: Person, baseline_day: int, today: int) -> list[int]:
    """Baseline, two days after the first dose, then weekly; none in a gap, after the last day, or from today on."""
    if person.started_days_ago is None:
        return [baseline_day + 1] if baseline_day + 1 < today and person.phases else []
    days = [baseline_day, 2, *range(7, today, 7)]
    if person.item_9_on is not None:
        days.append(person.item_9_on)
    last = person.last_day if person.last_day is not None else today - 1
    in_gap = {day for first, end in person.gaps for day in range(first, end + 1)}
    return sorted({day for day in days if day <= min(last, today - 1) and day not in in_gap})


def _phq9(told: _Course, nurse: User, day: int, *, is_baseline: bool) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        person = told.person
        highest = PHQ9_ITEMS * PHQ9_ITEM_MAX
        total = (
            person.baseline_phq9
            if is_baseline
            else drawn_total(person, day, person.baseline_phq9, highest, told.random)
        )
        item_9 = 1 if day == person.item_9_on else 2 if is_baseline and person.indication == "mdsi" else 0
        answers = phq9_answers(total, item_9, told.random)
        recorded = _rate(told, nurse, at, "phq-9", Assessment.Rater.PATIENT, answers=answers)
        if is_baseline and person.started_days_ago is not None:
            fix_baseline(actor=nurse, course=told.course, assessment=recorded, now=at)
        told.phq9 = recorded

    return do


def _correct_phq9(told: _Course, nurse: User) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        answers = told.phq9.answers
        why = f"Item 1 was entered as {answers[0]}; the paper form says {answers[0] + 1} (invented)"
        correct_assessment(actor=nurse, assessment=told.phq9, answers=[answers[0] + 1, *answers[1:]], why=why, now=at)

    return do


def _cssrs_low(told: _Course, nurse: User) -> Callable[[dt.datetime], Any]:
    """A screener that answers the item 9 of the baseline: a wish to be dead, nothing beyond it."""
    answers = {"q1": True, "q2": False, "q6_lifetime": False, "q6_3_months": False}
    return lambda at: _rate(told, nurse, at, "c-ssrs-screener", Assessment.Rater.CLINICIAN, answers=answers)


def _madrs(told: _Course, nurse: User, day: int, *, is_baseline: bool) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        person = told.person
        total = (
            person.baseline_madrs
            if is_baseline
            else drawn_total(person, day, person.baseline_madrs, MADRS_MAX, told.random)
        )
        recorded = _rate(told, nurse, at, "madrs", Assessment.Rater.CLINICIAN, total=total)
        if is_baseline and person.started_days_ago is not None:
            fix_baseline(actor=nurse, course=told.course, assessment=recorded, now=at)

    return do


def _rate(told: _Course, nurse: User, at: dt.datetime, scale: str, rater: str, **entry: Any) -> Assessment:
    recorded = record_assessment(
        actor=nurse,
        course=told.course,
        scale=scale,
        rated_at=at,
        rater=rater,
        source=Source.SIMULATED,
        now=at,
        **entry,
    ).assessment
    for alert in CrisisAlert.objects.filter(assessment=recorded):
        take_alert(actor=nurse, alert=alert, now=at)  # whoever sat beside the patient took it
    return recorded


def _plan(told: _Course, nurse: User, day: int) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        number = len(told.sessions) + 1
        wanted = SessionToPlan(
            planned_on=told.day_0 + dt.timedelta(days=day),
            planned_dose_mg=told.person.dose_of(number) if told.person.dose_mg else None,
        )
        told.sessions += plan_treatment_sessions(
            actor=nurse, course=told.course, sessions=[wanted], source=Source.SIMULATED, now=at
        )

    return do


def _give(told: _Course, nurse: User, number: int) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        course: Course = told.course
        record_treatment_session(
            actor=nurse,
            treatment_session=told.sessions[number - 1],
            dosed_at=at - dt.timedelta(minutes=150),
            discharged_at=at - dt.timedelta(minutes=10),
            dose_mg=told.person.dose_of(number),
            duration_min=40 if course.route == "iv" else None,
            now=at,
        )

    return do


def _next_session_day(person: Person, today: int) -> int | None:
    """Day of the next planned treatment session of a course that goes on; a little overdue where the person is late."""
    last_phase = person.phases[-1][1] if person.phases else ""
    if last_phase == "consented":
        return today + 1
    if last_phase not in ("induction", "optimisation", "maintenance"):
        return None
    days = person.session_days
    rest = days[-1] - days[-2] if len(days) > 1 else 3
    return max(days[-1] + rest, today - 2)


def _reviews(told: _Course, prescriber: User, at: Callable[..., dt.datetime], today: int) -> Iterator[Event]:
    """Reviews of the protocol held on the day they were due, except those of a person who waits for one."""
    person = told.person
    given = [SessionAnswer(told.day_0 + dt.timedelta(days=day)) for day in person.session_days]
    until = told.day_0 + dt.timedelta(days=today - 1)
    for point in review_points(protocol_named(person.protocol), given=given, until=until):
        day = (point.due_on - told.day_0).days if point.due_on else today
        if day < min(today, person.reviews_until_day):
            yield Event(at(day, 16), 0, _review(told, prescriber, point.key, point.round, day))


def _review(told: _Course, prescriber: User, key: str, round_: int, day: int) -> Callable[[dt.datetime], Any]:
    left = severity(told.person.curve, told.person.session_days, day + 1)
    response = Response.RESPONSE if left <= 0.5 else Response.PARTIAL if left <= 0.75 else Response.NONE

    def do(at: dt.datetime) -> None:
        told.course.refresh_from_db()
        if Phase(told.course.phase) in TREATED:
            record_review(
                actor=prescriber,
                course=told.course,
                key=key,
                round_=round_,
                response=response,
                decision=Continuation.CONTINUE,
                held_on=told.course.programme.day_of(at),
                now=at,
            )

    return do


def _checks(told: _Course, nurse: User, at: Callable[..., dt.datetime], today: int) -> Iterator[Event]:
    """Safety checks done in time, until the day from which the person's are overdue."""
    person = told.person
    if person.started_days_ago is None:
        return
    last = min(today - 1, person.checks_until_day, person.last_day if person.last_day is not None else today)
    for key, interval in CHECK_EVERY_D.items():
        if key == "liver" and person.protocol == "esketamine-nasal":
            continue
        for day in range(-1, last + 1, interval):
            yield Event(at(day, 15), told.random.randrange(1000), _check(told, nurse, key))


def _check(told: _Course, nurse: User, key: str) -> Callable[[dt.datetime], Any]:
    def do(at: dt.datetime) -> None:
        record_safety_check(
            actor=nurse,
            course=told.course,
            check_key=key,
            outcome="unremarkable",
            done_on=told.course.programme.day_of(at),
            now=at,
        )

    return do
