"""Treatment days entered as at the chair, for the tests of flow-sheets."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from holdfast.clinic.accounts.models import User
from holdfast.clinic.courses.actions import override_stop, record_evaluation
from holdfast.clinic.courses.models import Course
from holdfast.clinic.flow_sheets.actions import Recorded, record_entry
from holdfast.clinic.flow_sheets.sheets import rows_of, sheet_from
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.treatment_sessions.flow_sheet import Sheet
from tests.clinic.conftest import NOW, People, new_course, new_people, new_programme, sound_evaluation

CALM = {"sbp_mmhg": 128, "dbp_mmhg": 78, "hr_per_min": 72, "rr_per_min": 14, "spo2_percent": 98, "cadss_total": 0,
        "moaas": 5, "moaas_anchor_set": "trapezius-squeeze"}  # fmt: skip
SAFE = {"q1": False, "q2": False, "q6_lifetime": False, "q6_3_months": False}
SITE = {"setting": "outpatient", "setting_certified": True, "patient_enrolled": True, "prescriber_on_site": True,
        "professional_on_site": True, "oximeter_on_site": True}  # fmt: skip
WELL = {"sedation_resolved": True, "dissociation_resolved": True, "respiration_normal": True, "orientated": True,
        "steady_gait": True, "escort_present": True, "clinician_agrees": True}  # fmt: skip
LOTS = ("24A17", "24A18", "24A19")


@dataclass
class Day:
    """One treatment session, entered minute by minute. `nurse` enters; minutes count from NOW."""

    people: People
    treatment_session: TreatmentSession
    second: User
    keys: dict[str, uuid.UUID] = field(default_factory=dict)

    def note(self, kind: str, given: dict[str, Any] | None = None, *, at: float = 0, by: User | None = None,
             received: float | None = None, key: uuid.UUID | None = None, **more: Any) -> Recorded:  # fmt: skip
        """One entry, made and received at these minutes."""
        made_at = NOW + dt.timedelta(minutes=at)
        done = record_entry(
            actor=by or self.people.nurse, treatment_session=self.treatment_session, key=key or uuid.uuid4(), kind=kind,
            given=given or {}, made_at=made_at, now=NOW + dt.timedelta(minutes=at if received is None else received),
            **more,
        )  # fmt: skip
        self.keys[kind] = done.entry.key
        return done

    @property
    def state(self) -> str:
        """Where the treatment session stands."""
        self.treatment_session.refresh_from_db()
        return self.treatment_session.state

    @property
    def sheet(self) -> Sheet:
        """The sheet as it stands."""
        return sheet_from(self.treatment_session, rows_of(self.treatment_session))

    def asked(self, **changes: Any) -> None:
        """Everything before the dose but dose and pressure, from -30 min on."""
        self.note("arrival", at=-30)
        given = {
            "consent": {"reconfirmed": True}, "history": {"conmeds": [], "uses_nasal_spray": False}, "cssrs": SAFE,
            "mental-state": {"assessed": True, "suicidality_evaluated": True},
            "fasting": {"last_food_at": hours_before(4), "last_liquids_at": hours_before(1.5)},
            "escort": {"transport_arranged": True, "who": "sister"}, "site": SITE, **changes,
        }  # fmt: skip
        for kind, content in given.items():
            if content is not None:
                self.note(kind, content, at=-25)

    def dose(self, **given: Any) -> None:
        """The dose worked out by the nurse and checked by the second person."""
        self.note("dose", given, at=-20)
        answer = self.note_of("dose").answer
        read = {"of": str(self.keys["dose"]), "dose_mg": answer["dose_mg"]}
        if answer.get("rate_ml_per_h"):
            read |= {"rate_ml_per_h": round(answer["rate_ml_per_h"], 2), "pump": True}
        self.note("dose-check", read, at=-15, by=self.second)

    def note_of(self, kind: str) -> Any:
        """The newest row of a kind."""
        return rows_of(self.treatment_session).filter(kind=kind).last()

    def begun_nasal(self, devices: int = 2) -> None:
        """Through the gate, and every device given from minute 0 on, five minutes apart."""
        self.asked()
        self.dose(dose_mg=28 * devices)
        self.note("observation", CALM, at=-10)
        self.note("clearance", at=-5)
        for number in range(devices):
            self.note("device", {"lot": LOTS[number]}, at=5 * number)

    def begun_iv(self) -> None:
        """Through the gate, and an infusion running from minute 0 on."""
        self.asked()
        self.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
        self.note("observation", CALM, at=-10)
        self.note("clearance", at=-5)
        self.note("start", {"rate_ml_per_h": 60}, at=0)

    def well(self, at: float) -> None:
        """Everything that discharge asks for."""
        self.note("mental-state", {"assessed": True, "suicidality_evaluated": True}, at=at, by=self.people.prescriber)
        self.note("recovery", WELL, at=at)
        self.note("observation", CALM, at=at)


def hours_before(hours: float) -> str:
    """So long before NOW, as text with its zone."""
    return (NOW - dt.timedelta(hours=hours)).isoformat()


def new_day(people: People, **course: Any) -> Day:
    """A planned treatment session on the day of the tests, and a second nurse."""
    values = {"now": NOW - dt.timedelta(days=30), **course}
    planned_in = new_course(people, **values)
    allowed(people, planned_in)
    sessions = [SessionToPlan(planned_on=NOW.date())]
    (planned,) = plan_treatment_sessions(
        actor=people.nurse, course=planned_in, sessions=sessions, now=NOW - dt.timedelta(days=1)
    )
    second = new_second(people)
    return Day(people, planned, second)


def allowed(people: People, course: Course) -> None:
    """Evaluated two days ago; what the rules of the place ask beyond the example is overridden by the physician."""
    at = NOW - dt.timedelta(days=2)
    row = record_evaluation(actor=people.prescriber, course=course, given=sound_evaluation(), now=at)
    for rule in {stop["rule"] for stop in row.decision["stops_a_physician_may_override"]}:
        override_stop(actor=people.prescriber, evaluation=row, rule_id=rule, why="judged at the visit", now=at)


def new_second(people: People) -> User:
    """Another nurse of the same programme."""
    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.accounts.models import CommandLine

    return create_user(
        actor=CommandLine(), username=f"second-{uuid.uuid4().hex[:6]}", role="nurse", password="tell-no-one-this-2",
        programmes=[people.programme], now=NOW,
    )  # fmt: skip


def people_of(key: str, **programme: Any) -> People:
    """One person a role in a programme of their own."""
    return new_people(new_programme(key, **programme), suffix=f"-{key}")
