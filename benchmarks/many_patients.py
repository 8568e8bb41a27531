"""Records of thousands of patients for a benchmark, written in bulk past the actions: quick, and of no other use.

Every phase is there, with treatment sessions, ratings, safety checks, reviews and check-ins as a clinic has them after
some months. Same `seed`, same records.
"""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random
from typing import Any

ZONE = "America/New_York"
# phase: share of courses, weeks since the first dose at most
PHASES = {
    "referred": (0.05, 0), "evaluated": (0.02, 0), "consented": (0.03, 0), "induction": (0.15, 4),
    "optimisation": (0.10, 8), "maintenance": (0.35, 40), "completed": (0.20, 52), "stopped": (0.10, 20),
}  # fmt: skip
DUE_CHECKS = ("bladder", "misuse", "cognition")
LATE = 0.2  # share of people whose last checks, ratings and treatment sessions are late
CHECKED_IN = 0.3  # share of treated people with check-ins


def people_and_programme(now: dt.datetime) -> tuple[Any, dict[str, Any]]:
    """A programme, and one person a role, made by the actions."""
    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.accounts.models import CommandLine
    from holdfast.clinic.accounts.roles import Role
    from holdfast.clinic.programmes.actions import create_programme

    programme = create_programme(
        actor=CommandLine(), key="many", name="Many patients (simulated)", kind="simulated", jurisdiction="US",
        country="US", time_zone=ZONE, now=now - dt.timedelta(days=400),
    )  # fmt: skip
    people = {
        role.value: create_user(
            actor=CommandLine(), username=f"bench-{role.value}", role=role, password=uuid.uuid4().hex,
            programmes=[programme], now=now,
        )
        for role in (Role.PRESCRIBER, Role.NURSE)
    }  # fmt: skip
    return programme, people


def fill(programme: Any, nurse: Any, *, patients: int, now: dt.datetime, seed: int = 1) -> dict[str, int]:
    """Write the records; how many of each kind."""
    from holdfast.clinic.courses.models import Course, CourseBaseline, Evaluation, PhaseChange
    from holdfast.clinic.patients.models import Patient

    random = Random(seed)
    rows = Patient.objects.bulk_create(
        [
            Patient(
                programme=programme, label=f"Bench, {random.randrange(10**6):06d}", record_number=f"B-{n:05d}",
                age_y=random.randrange(18, 80), age_basis="registration", sex=random.choice(("female", "male")),
                diagnosis="Major depressive disorder", created_at=now,
            )
            for n in range(patients)
        ]
    )  # fmt: skip
    lives = [_Life(row, random, now) for row in rows]
    courses = Course.objects.bulk_create([life.course() for life in lives])
    for life, course in zip(lives, courses, strict=True):
        life.row = course
    written = {"courses": len(courses)}
    treated = [life for life in lives if life.weeks is not None]
    started = [life for life in lives if life.phase != "referred"]
    answered = Evaluation.objects.bulk_create(
        [Evaluation(course=x.row, given={}, decision={}, facts_digest="", at=now) for x in started]
    )
    PhaseChange.objects.bulk_create(
        [
            PhaseChange(course=x.row, to_phase="maintenance", on=x.day(56), at=now)
            for x in treated if x.phase == "maintenance"
        ]
    )  # fmt: skip
    written["evaluations"] = len(answered)
    ratings = _ratings(treated)
    CourseBaseline.objects.bulk_create(
        [CourseBaseline(course=first.course, scale="phq-9", assessment=first, at=now) for first in ratings["first"]]
    )
    written["ratings"] = ratings["count"]
    written |= _sessions(treated) | _checks(treated) | _check_ins(treated, nurse, now)
    return written


class _Life:
    """One course: when it began, how far it is, whether it is late."""

    def __init__(self, patient: Any, random: Random, now: dt.datetime) -> None:
        self.patient, self.random, self.now, self.row = patient, random, now, None
        self.phase = random.choices(list(PHASES), [share for share, _ in PHASES.values()])[0]
        most = PHASES[self.phase][1]
        self.weeks = random.randrange(1, most + 1) if most else None
        self.late = random.random() < LATE
        self.iv = random.random() < 0.4
        self.today = now.date()
        self.ended = self.phase in ("completed", "stopped")

    @property
    def first(self) -> dt.date:
        return self.today - dt.timedelta(weeks=self.weeks or 0) - dt.timedelta(days=90 if self.ended else 0)

    def day(self, number: int) -> dt.date:
        return self.first + dt.timedelta(days=number)

    def at(self, number: int, hour: int = 14) -> dt.datetime:
        return dt.datetime.combine(self.day(number), dt.time(hour), dt.UTC)

    def course(self) -> Any:
        from holdfast.clinic.courses.models import Course

        begun = self.weeks is not None
        return Course(
            patient=self.patient, protocol="iv-racemic" if self.iv else "esketamine-nasal", protocol_version=1,
            drug="ketamine" if self.iv else "esketamine", route="iv" if self.iv else "nasal",
            indication="mdd" if self.iv else "trd", phase=self.phase, opened_on=self.day(-14),
            started_on=self.first if begun else None, ended_on=self.today if self.ended else None,
            stop_reason="non_response" if self.phase == "stopped" else "", source="simulated", created_at=self.now,
        )  # fmt: skip

    def dosed_on(self) -> list[int]:
        """Days of treatment sessions: twice weekly, weekly, then every two weeks."""
        last = (self.weeks or 0) * 7
        days = [*(7 * (i // 2) + 3 * (i % 2) for i in range(8)), *range(28, 57, 7), *range(70, last + 1, 14)]
        return [day for day in days if day < last]


def _ratings(lives: list[_Life]) -> dict[str, Any]:
    from holdfast.clinic.assessments.models import Assessment

    first, rest = [], []
    for life in lives:
        base = life.random.randrange(15, 25)
        for number, day in enumerate((-1, *range(2, (life.weeks or 0) * 7 - (28 if life.late else 0), 7))):
            left = max(0.25, 1 - 0.12 * number) + (0.35 if life.late and number > 8 else 0)
            total = min(27, round(base * left + life.random.gauss(0, 1.5))) if number else base
            row = Assessment(
                course=life.row, scale="phq-9", total=max(total, 0), rated_at=life.at(day, 12), rater="patient",
                answers=None, entered_at=life.at(day, 12), source="simulated", facts_digest="",
            )  # fmt: skip
            (first if number == 0 else rest).append(row)
    Assessment.objects.bulk_create(rest, batch_size=2000)
    return {"first": Assessment.objects.bulk_create(first, batch_size=2000), "count": len(first) + len(rest)}


def _sessions(lives: list[_Life]) -> dict[str, int]:
    from holdfast.clinic.treatment_sessions.models import TreatmentSession

    rows = []
    for life in lives:
        days = life.dosed_on()
        common = {"course": life.row, "drug": life.row.drug, "route": life.row.route, "source": "simulated"}
        for number, day in enumerate(days, start=1):
            rows.append(
                TreatmentSession(
                    **common, number=number, state="discharged", planned_on=life.day(day), dosed_at=life.at(day),
                    dose_mg=40 if life.iv else 56, discharged_at=life.at(day, 17), entered_at=life.at(day, 17),
                )
            )  # fmt: skip
        if not life.ended:
            ahead = life.today + dt.timedelta(days=life.random.randrange(-2 if life.late else 0, 10))
            rows.append(TreatmentSession(**common, number=len(days) + 1, planned_on=ahead, entered_at=life.now))
    TreatmentSession.objects.bulk_create(rows, batch_size=2000)
    return {"treatment sessions": len(rows)}


def _checks(lives: list[_Life]) -> dict[str, int]:
    from holdfast.clinic.safety.models import SafetyCheck

    rows = [
        SafetyCheck(
            course=life.row, check_key=key, done_on=life.day(day), outcome="unremarkable",
            entered_at=life.now,
        )
        for life in lives for key in DUE_CHECKS
        for day in range(-1, (life.weeks or 0) * 7 - (40 if life.late else 0), 28)
    ]  # fmt: skip
    SafetyCheck.objects.bulk_create(rows, batch_size=2000)
    return {"safety checks": len(rows)}


def _check_ins(lives: list[_Life], nurse: Any, now: dt.datetime) -> dict[str, int]:
    """Weekly check-ins of some, the last eight on record, each answered or, where people are late, missed."""
    from holdfast.clinic.checkins.models import Agreement, CheckIn, CheckInEvent, Kind

    asked = [life for life in lives if not life.ended and life.random.random() < CHECKED_IN]
    agreements = Agreement.objects.bulk_create(
        [
            Agreement(
                course=life.row, version=1, state="active", instruments=["phq-9"], channel="email", every_d=7,
                at_local=dt.time(9), zone=ZONE, open_h=48, starts_on=life.first, at=life.at(0), by=nurse,
                address="nobody@example.org",
            )
            for life in asked
        ]
    )  # fmt: skip
    kept = []
    for life, agreement in zip(asked, agreements, strict=True):
        weeks = life.weeks or 0
        for week in range(max(0, weeks - 8), weeks + 1):
            opens = life.at(7 * week)
            kept.append((life, CheckIn(course=life.row, agreement=agreement, on=life.day(7 * week), opens_at=opens,
                                       closes_at=opens + dt.timedelta(hours=48))))  # fmt: skip
    check_ins = CheckIn.objects.bulk_create([row for _, row in kept], batch_size=2000)
    events = [
        CheckInEvent(check_in=row, kind=Kind.MISSED if life.late else Kind.ANSWERED, at=row.opens_at)
        for (life, _), row in zip(kept, check_ins, strict=True) if row.closes_at < now
    ]  # fmt: skip
    CheckInEvent.objects.bulk_create(events, batch_size=2000)
    return {"check-ins": len(check_ins)}
