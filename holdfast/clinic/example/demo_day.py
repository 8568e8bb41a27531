"""A treatment day that is under way: twelve invented people on the board, each at another point of the same day.

Every one has a script from arrival to signature; where "now" falls in it decides what the board shows. What lies
before now is entered through the real actions with its own time, what lies after it is entered when its time comes
(`goes_on`), so that the board lives. The numbers are invented: nothing to learn about ketamine.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.roles import Role
from holdfast.clinic.assessments.actions import record_assessment
from holdfast.clinic.board.actions import seat_patient
from holdfast.clinic.board.models import Chair
from holdfast.clinic.courses.models import Course, Source
from holdfast.clinic.example.cast import CAST, Person
from holdfast.clinic.example.life import ZONE, Event
from holdfast.clinic.example.load import load_example
from holdfast.clinic.example.stock import KETAMINE, MG_PER_ML
from holdfast.clinic.flow_sheets.actions import record_entry
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.states import State

BEGUN_BEFORE = dt.timedelta(hours=5)  # the day began so long ago
OVER_AFTER = dt.timedelta(hours=3, minutes=30)  # and its last entry is made by then
WESTERN_ZONE = ZoneInfo("Pacific/Honolulu")
CHAIRS = ("Chair 1", "Chair 2", "Chair 3", "Chair 4", "Chair 5", "Chair 6", "Room 1", "Room 2")
ALARMED, ALARMED_MIN_AGO = "Liam", 35  # whose rating this morning raised an alert that nobody took yet
SITE = {"setting": "outpatient", "setting_certified": True, "patient_enrolled": True, "prescriber_on_site": True,
        "professional_on_site": True, "oximeter_on_site": True}  # fmt: skip
CALM = {"q1": False, "q2": False, "q6_lifetime": False, "q6_3_months": False}
WELL = {"sedation_resolved": True, "dissociation_resolved": True, "respiration_normal": True, "orientated": True,
        "steady_gait": True, "escort_present": True, "clinician_agrees": True}  # fmt: skip
MENTAL = {"assessed": True, "suicidality_evaluated": True}


@dataclass(frozen=True)
class Note:
    """One entry of a script: minutes from the begin of the dose, kind, content, and who makes it."""

    minute: float
    kind: str
    given: Mapping[str, Any] = field(default_factory=dict)
    by: Role = Role.NURSE


@dataclass(frozen=True)
class Part:
    """One person's day: `dose_in_min` is when the dose begins, counted from now; negative is in the past."""

    name: str
    dose_in_min: float
    chair: str
    turn: str = ""  # what goes differently
    day: int = 0  # of the course, on which the treatment session falls


PARTS = (
    Part("Gail", -17, "Chair 1", day=3),
    Part("Hugo", -24.5, "Chair 2", "paused", day=11),
    Part("Ines", -3, "Chair 3", "held", day=13),
    Part("Jan", -3, "Chair 4", day=13),
    Part("Vera", -52, "Chair 5", "overdue", day=56),
    Part("Liam", -44, "Chair 6", day=42),
    Part("Olga", -125, "Room 1", day=119),
    Part("Quin", -129, "Room 2", "escort late", day=149),
    Part("Umar", 22, "", day=20),
    Part("Paul", 42, "", day=129),
    Part("Mona", -178, "Chair 4", day=105),
    Part("Kira", -225, "Chair 5", day=6),
)


@transaction.atomic
def load_demo_day(
    *, people: Mapping[Role, User], now: dt.datetime, progress: Callable[[int, int], None] = lambda done, all_: None
) -> tuple[Programme, list[Event]]:
    """The programme with its day so far, and what will happen: events to be carried out when their time comes."""
    begun = now - BEGUN_BEFORE
    cast = [_on_the_day(_person(part.name), part.day) for part in PARTS]
    programme = load_example(
        people=people, now=begun, progress=progress, cast=cast, chairs=CHAIRS, zone=zone_of_the_day(now)
    )
    events = sorted(event for part in PARTS for event in _events(part, programme, people, now))
    for event in events:
        if event.at <= now:
            event.do(event.at)
    return programme, [event for event in events if event.at > now]


def zone_of_the_day(now: dt.datetime) -> ZoneInfo:
    """The zone in which the day that is under way lies on one date: five or six hours to the west where it is night.

    A treatment day has no midnight in it. Begun before one and shown after it, the board would hold doses of yesterday
    under the date of today, and the ledger would wait for the count of yesterday.
    """
    begun, ended = now - BEGUN_BEFORE, now + OVER_AFTER
    return ZONE if begun.astimezone(ZONE).date() == ended.astimezone(ZONE).date() else WESTERN_ZONE


def _person(name: str) -> Person:
    return next(person for person in CAST if person.label.endswith(f", {name}"))


def _on_the_day(person: Person, day: int) -> Person:
    """The same person so long in treatment that the next treatment session falls on today."""
    later = day - (person.started_days_ago or 0)
    return replace(person, started_days_ago=day, referred_days_ago=person.referred_days_ago + later)


def _events(part: Part, programme: Programme, people: Mapping[Role, User], now: dt.datetime) -> Iterator[Event]:
    person = _person(part.name)
    course = Course.objects.get(patient__programme=programme, patient__label=person.label)
    course.patient.programme = programme
    keeper = _Keeper(_session_of(course, people, now), people)
    order = PARTS.index(part)

    def at(minute: float) -> dt.datetime:
        moment = now + dt.timedelta(minutes=part.dose_in_min + minute)
        return moment.replace(microsecond=0) + dt.timedelta(milliseconds=order)  # no two at the same instant

    notes = script(course.route, person, part.turn)
    if part.chair:
        yield Event(at(notes[0].minute - 1), order, lambda t: keeper.seat(programme, part.chair, t))
    for note in notes:
        yield Event(at(note.minute), order, lambda t, note=note: keeper.enter(note, t))  # type: ignore[misc]
    if part.name == ALARMED:
        yield Event(now - dt.timedelta(minutes=ALARMED_MIN_AGO), order, lambda t: _alarm(course, people, t))


def _session_of(course: Course, people: Mapping[Role, User], now: dt.datetime) -> TreatmentSession:
    """The treatment session planned for today; planned anew where there is none."""
    today = course.programme.day_of(now)
    planned = course.treatment_sessions.current().filter(state=State.PLANNED.value, planned_on=today).first()
    if planned is not None:
        return planned
    wanted = SessionToPlan(planned_on=today)
    return plan_treatment_sessions(
        actor=people[Role.NURSE], course=course, sessions=[wanted], source=Source.SIMULATED, now=now - BEGUN_BEFORE
    )[0]


def _alarm(course: Course, people: Mapping[Role, User], at: dt.datetime) -> None:
    """A PHQ-9 whose item 9 raises an alert."""
    record_assessment(
        actor=people[Role.NURSE], course=course, scale="phq-9", answers=[1, 1, 1, 1, 0, 1, 1, 0, 2], rated_at=at,
        source=Source.SIMULATED, now=at,
    )  # fmt: skip


@dataclass
class _Keeper:
    """Enters one person's script, and remembers what later entries refer to."""

    treatment_session: TreatmentSession
    people: Mapping[Role, User]
    dose_key: uuid.UUID | None = None
    dose: dict[str, Any] = field(default_factory=dict)

    def seat(self, programme: Programme, name: str, at: dt.datetime) -> None:
        chair = Chair.objects.get(programme=programme, name=name)
        seat_patient(actor=self.people[Role.FRONT_DESK], treatment_session=self.treatment_session, chair=chair, now=at)

    def enter(self, note: Note, at: dt.datetime) -> None:
        given = {k: v(at) if callable(v) else v for k, v in note.given.items()}
        if note.kind == "dose-check":
            given = {"of": str(self.dose_key), "dose_mg": self.dose["dose_mg"]} | self._pump()
        if note.kind == "start":
            vial = KETAMINE["lot_number"], round(self.dose["dose_mg"] / MG_PER_ML, 3)
            given = {"rate_ml_per_h": self._pump()["rate_ml_per_h"], "lot": vial[0], "drawn_ml": vial[1]}
        done = record_entry(
            actor=self.people[note.by], treatment_session=self.treatment_session, key=uuid.uuid4(), kind=note.kind,
            given=given, made_at=at, now=at,
        )  # fmt: skip
        if note.kind == "dose":
            self.dose_key, self.dose = done.entry.key, done.entry.answer

    def _pump(self) -> dict[str, Any]:
        rate = self.dose.get("rate_ml_per_h")
        return {"rate_ml_per_h": round(rate, 2), "pump": True} if rate else {}


def script(route: str, person: Person, turn: str = "") -> list[Note]:
    """What happens to somebody that day, from arrival to signature, minutes from the planned begin of the dose."""
    notes = [*_asked(person, route), *(_infusion() if route == "iv" else _devices(person)), *_leaves(route)]
    return sorted(_TURNS[turn](notes) if turn else notes, key=lambda note: note.minute)


def _asked(person: Person, route: str) -> list[Note]:
    if route == "iv":
        size = (68, 168) if person.sex == "female" else (82, 180)
        dose: dict[str, float] = {"weight_kg": size[0], "height_cm": size[1], "concentration_mg_per_ml": 1}
    else:
        dose = {"dose_mg": person.dose_of(len(person.session_days) + 1)}
    return [
        Note(-35, "arrival"), Note(-32, "consent", {"reconfirmed": True}),
        Note(-30, "history", {"conmeds": [], "uses_nasal_spray": False}), Note(-28, "cssrs", CALM),
        Note(-26, "mental-state", MENTAL),
        Note(-24, "fasting", {"last_food_at": _before(5), "last_liquids_at": _before(2)}),
        Note(-22, "escort", {"transport_arranged": True, "who": "partner"}), Note(-21, "site", SITE),
        Note(-20, "dose", dose), Note(-16, "dose-check", by=Role.PRESCRIBER), Note(-8, "observation", vitals(-8)),
        Note(-5, "clearance"),
    ]  # fmt: skip


def _before(hours: float) -> Callable[[dt.datetime], str]:
    return lambda at: (at - dt.timedelta(hours=hours)).isoformat()


def _infusion() -> list[Note]:
    seen = [Note(m, "observation", vitals(m)) for m in (5, 15, 20, 30, 41, 45, 60, 75, 90, 100)]
    return [Note(0, "start"), *seen, Note(40, "stop", {"whole": True})]


def _devices(person: Person) -> list[Note]:
    number = round(person.dose_of(len(person.session_days) + 1) / 28)
    given = [Note(5 * place, "device", {"lot": "EXAMPLE-E1"}) for place in range(number)]
    return [*given, *(Note(m, "observation", vitals(m)) for m in (40, 70, 100))]


def _leaves(route: str) -> list[Note]:
    over = 101 if route == "iv" else 120
    return [
        Note(over, "mental-state", MENTAL, Role.PRESCRIBER), Note(over + 1, "recovery", WELL),
        Note(over + 2, "observation", vitals(over + 2)), Note(over + 16, "discharge"), Note(over + 22, "sign"),
    ]  # fmt: skip


def _later(notes: Sequence[Note], after: float, by: float) -> list[Note]:
    return [replace(note, minute=note.minute + by) if note.minute >= after else note for note in notes]


def _paused(notes: Sequence[Note]) -> list[Note]:
    """The pressure rises above the limit in the middle of the infusion, and falls after a pause."""
    kept = [note for note in notes if not (note.kind == "observation" and note.minute == 20)]
    pause = [
        Note(20, "observation", vitals(20, sbp=169, dbp=97)), Note(20.5, "pause"),
        Note(24, "observation", vitals(24, sbp=163, dbp=95)), Note(33, "observation", vitals(33, sbp=151, dbp=91)),
        Note(34, "resume"),
    ]  # fmt: skip
    return [*_later(kept, 20, 14), *pause]


def _held(notes: Sequence[Note]) -> list[Note]:
    """The pressure before the dose is above the limit; it is measured again after a rest."""
    kept = [note for note in notes if note.minute != -8]
    return [
        *_later(kept, -5, 14), Note(-8, "observation", vitals(-8, sbp=156, dbp=96)),
        Note(7, "observation", vitals(-8, sbp=134, dbp=84)),
    ]  # fmt: skip


def _overdue(notes: Sequence[Note]) -> list[Note]:
    """The check at 40 min is forgotten for a while."""
    return [replace(n, minute=63) if n.kind == "observation" and n.minute == 40 else n for n in notes]


def _escort_late(notes: Sequence[Note]) -> list[Note]:
    """Everything is well, but nobody has come to take the patient home."""
    waits = [replace(n, given={**WELL, "escort_present": False}) if n.kind == "recovery" else n for n in notes]
    leaves = min(n.minute for n in waits if n.kind == "discharge")
    return [*_later(waits, leaves, 8), Note(leaves + 6, "recovery", WELL)]


_TURNS: dict[str, Callable[[Sequence[Note]], list[Note]]] = {
    "paused": _paused, "held": _held, "overdue": _overdue, "escort late": _escort_late,
}  # fmt: skip


def vitals(minute: float, *, sbp: float | None = None, dbp: float | None = None) -> dict[str, Any]:
    """An invented set of measurements so many minutes after the dose began: up, and back within the hour."""
    up = math.exp(-(((minute - 35) / 24) ** 2)) if minute > 0 else 0.0
    return {
        "sbp_mmhg": sbp or round(122 + 20 * up), "dbp_mmhg": dbp or round(76 + 9 * up),
        "hr_per_min": round(70 + 10 * up), "rr_per_min": 14, "spo2_percent": round(98 - 2 * up),
        "cadss_total": round(16 * up), "moaas": 5 if up < 0.6 else 4, "moaas_anchor_set": "trapezius-squeeze",
    }  # fmt: skip
