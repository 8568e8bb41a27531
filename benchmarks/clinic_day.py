"""A treatment day for the benchmark of the clinic: so many chairs, each with a dose that runs, and people signed in."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

CHAIRS_A_NURSE = 5
SAFE = {"q1": False, "q2": False, "q6_lifetime": False, "q6_3_months": False}
CALM = {"sbp_mmhg": 128, "dbp_mmhg": 78, "hr_per_min": 72, "rr_per_min": 14, "spo2_percent": 98, "moaas": 5,
        "moaas_anchor_set": "trapezius-squeeze"}  # fmt: skip
ASKED = {
    "consent": {"reconfirmed": True}, "history": {"conmeds": [], "uses_nasal_spray": False}, "cssrs": SAFE,
    "mental-state": {"assessed": True, "suicidality_evaluated": True}, "escort": {"transport_arranged": True},
}  # fmt: skip
PROGRAMME = "bench"
EVALUATION = Path(__file__).resolve().parents[1] / "docs" / "examples" / "eligibility_trd_us.json"
DOSED_MIN_AGO = 10


def filled(chairs: int) -> dict[str, Any]:
    """Fill the open clinic by its own actions. What a client needs: cookies by chair, addresses, the board."""
    from holdfast.clinic.accounts.models import CommandLine
    from holdfast.clinic.programmes.actions import create_programme

    now = dt.datetime.now(dt.UTC)
    programme = create_programme(
        actor=CommandLine(), key=PROGRAMME, name="Benchmark", kind="simulated", jurisdiction="none", country="",
        now=now - dt.timedelta(days=40),
    )  # fmt: skip
    doctor = _person("prescriber", "doctor", programme, now)
    nurses = [_person("nurse", f"nurse-{n}", programme, now) for n in range(max(2, -(-chairs // CHAIRS_A_NURSE)))]
    cookies = {nurse.pk: _signed_in(nurse) for nurse in nurses}
    served = []
    for number in range(chairs):
        nurse, second = nurses[number % len(nurses)], nurses[(number + 1) % len(nurses)]
        row = _dosed(programme, doctor, nurse, second, number, now)
        served.append({"path": f"/sessions/{row.public_id}/flow-sheet/entries/", "cookie": cookies[nurse.pk]})
    return {"chairs": served, "board": f"/programmes/{PROGRAMME}/board/live/", "watcher": _signed_in(doctor)}


def _person(role: str, name: str, programme: Any, now: dt.datetime) -> Any:
    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.accounts.models import CommandLine

    return create_user(
        actor=CommandLine(), username=f"bench-{name}", role=role, password=secrets.token_urlsafe(18),
        programmes=[programme], now=now,
    )  # fmt: skip


def _signed_in(user: Any) -> str:
    """The session cookie of somebody who has signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def _dosed(programme: Any, doctor: Any, nurse: Any, second: Any, number: int, now: dt.datetime) -> Any:
    """One treatment session whose infusion has run for ten minutes."""
    from holdfast.clinic.courses.actions import open_course, override_stop, record_evaluation
    from holdfast.clinic.patients.actions import register_patient
    from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions

    before = now - dt.timedelta(days=30)
    patient = register_patient(actor=nurse, programme=programme, label=f"Bench {number:03}", now=before)
    course = open_course(actor=doctor, patient=patient, protocol="iv-racemic", indication="mdd", now=before)
    asked = json.loads(EVALUATION.read_text(encoding="utf-8"))
    asked = {part: asked[part] for part in ("evaluation", "trials")}
    evaluation = record_evaluation(actor=doctor, course=course, given=asked, now=before)
    for rule in {stop["rule"] for stop in evaluation.decision["stops_a_physician_may_override"]}:
        override_stop(actor=doctor, evaluation=evaluation, rule_id=rule, why="benchmark", now=before)
    (row,) = plan_treatment_sessions(
        actor=nurse, course=course, sessions=[SessionToPlan(planned_on=now.date())], now=now - dt.timedelta(days=1)
    )
    _entries(row, nurse, second, now - dt.timedelta(minutes=DOSED_MIN_AGO))
    return row


def _entries(row: Any, nurse: Any, second: Any, dosed_at: dt.datetime) -> None:
    from holdfast.clinic.flow_sheets.actions import record_entry

    def note(kind: str, given: dict[str, Any], minute: float, by: Any = nurse) -> Any:
        at = dosed_at + dt.timedelta(minutes=minute)
        return record_entry(
            actor=by, treatment_session=row, key=uuid.uuid4(), kind=kind, given=given, made_at=at, now=at
        ).entry

    note("arrival", {}, -30)
    for kind, given in ASKED.items():
        note(kind, given, -25)
    dose = note("dose", {"weight_kg": 80, "height_cm": 180, "concentration_mg_per_ml": 1}, -20)
    read = {"of": str(dose.key), "dose_mg": dose.answer["dose_mg"], "pump": True,
            "rate_ml_per_h": round(dose.answer["rate_ml_per_h"], 2)}  # fmt: skip
    note("dose-check", read, -15, by=second)
    note("observation", CALM, -10)
    note("clearance", {}, -5)
    note("start", {}, 0)
