"""An infusion at the chair: the rate it starts with, what ran in, the Aldrete score; and a key that comes twice."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.flow_sheets import actions
from holdfast.clinic.flow_sheets.actions import KeyTakenError
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError
from tests.clinic.conftest import NOW, People, new_patient
from tests.clinic.flow_sheet_days import CALM, Day, new_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def iv(people: People) -> Day:
    return new_day(people, protocol="iv-racemic", indication="mdd")


def cleared(day: Day) -> None:
    day.asked()
    day.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)


@pytest.mark.story("HF-SES-022")
def test_a_pump_does_not_start_at_another_rate_than_the_checked_one(iv: Day) -> None:
    cleared(iv)
    with pytest.raises(RefusedByRuleError, match="The pump shows 66 mL/h, the calculation 60"):
        iv.note("start", {"rate_ml_per_h": 66}, at=0)
    iv.note("start", {"rate_ml_per_h": 60}, at=1)
    assert iv.state == "dosing"


@pytest.mark.story("HF-SES-022")
def test_a_rate_the_second_person_read_and_the_physician_passed_may_start(iv: Day) -> None:
    iv.asked()
    iv.note("dose", {"weight_kg": 80, "height_cm": 180, "concentration_mg_per_ml": 1}, at=-20)
    read = {"of": str(iv.keys["dose"]), "dose_mg": 40, "rate_ml_per_h": 66, "pump": True}
    iv.note("dose-check", read, at=-15, by=iv.second)
    iv.note("observation", CALM, at=-10)
    passed = {"gate": "dose", "rule": "dose.iv.std", "code": "rate-differs", "reason": "dead space of the line"}
    iv.note("override", passed, at=-6, by=iv.people.prescriber)
    iv.note("clearance", at=-5)
    iv.note("start", {"rate_ml_per_h": 66}, at=0)
    assert iv.state == "dosing"


def test_a_whole_dose_against_the_rates_asks_for_the_milligrams(iv: Day) -> None:
    iv.begun_iv()
    iv.note("rate", {"rate_ml_per_h": 30}, at=20)
    with pytest.raises(InputError, match="75 % of the dose ran in"):
        iv.note("stop", {"whole": True}, at=40)
    iv.note("stop", {"whole": False, "dose_mg": 30, "reason": "time was up"}, at=41)
    iv.treatment_session.refresh_from_db()
    assert float(iv.treatment_session.dose_mg) == 30


@pytest.mark.parametrize("given", [{}, {"rate_ml_per_h": 1e-12}, {"rate_ml_per_h": 0.05}])
def test_a_change_of_rate_names_a_rate_that_a_pump_shows(iv: Day, given: dict[str, float]) -> None:
    """One entry of 1e-12 mL/h put the end of the infusion beyond the calendar, and no board opened any more."""
    iv.begun_iv()
    with pytest.raises(InputError, match="rate_ml_per_h: give what the pump shows"):
        iv.note("rate", given, at=20)
    iv.note("rate", {"rate_ml_per_h": 0.1}, at=20)


@pytest.mark.story("HF-SES-022")
def test_an_aldrete_score_is_entered_at_recovery_and_holds_discharge(iv: Day) -> None:
    iv.begun_iv()
    iv.note("stop", {"whole": True}, at=40)
    client = Client()
    client.force_login(iv.people.nurse)
    page = reverse("flow-sheet", args=[iv.treatment_session.public_id])
    assert "Modified Aldrete" in client.get(page).content.decode()
    sent = {"key": str(uuid.uuid4()), "aldrete_version": "20-mmhg"}
    where = reverse("flow-sheet-record", args=[iv.treatment_session.public_id, "recovery"])
    assert "Give the total" in client.post(where, sent).content.decode()
    client.post(where, sent | {"aldrete_total": "8"})
    assert iv.note_of("recovery").given["aldrete"] == {"total": 8.0, "version": "20-mmhg"}
    assert "modified Aldrete 8" in client.get(page).content.decode()
    assert iv.sheet.departure().aldrete is not None


@pytest.mark.story("HF-SES-021")
def test_a_key_that_comes_for_two_sessions_at_once_is_refused_plainly(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = new_day(people), new_day(people, patient=new_patient(people, "Bea Example"))
    key = uuid.uuid4()
    first.note("arrival", at=-30, key=key)
    monkeypatch.setattr(actions, "_known", lambda *_: None)  # it looked before the other one had stored
    with pytest.raises(KeyTakenError, match="used for another entry already"):
        other.note("arrival", at=-30, key=key)
    assert FlowSheetEntry.objects.filter(key=key).count() == 1


@pytest.mark.story("HF-SES-029")
def test_a_weight_in_pounds_beside_that_of_last_time_is_refused_without_a_height(iv: Day, people: People) -> None:
    iv.note("arrival", at=-30)
    iv.note("dose", {"weight_kg": 180}, at=-25)  # nothing to compare with: the page says that kilograms are checked
    iv.note("dose", {"weight_kg": 82}, at=-20)
    course = iv.treatment_session.course
    (later,) = plan_treatment_sessions(
        actor=people.nurse, course=course, sessions=[SessionToPlan(planned_on=NOW.date())], now=NOW
    )
    next_time = Day(people, later, iv.second)
    next_time.note("arrival", at=-30)
    with pytest.raises(InputError, match=r"weight_kg: 180 kg beside 82 kg last time is 220.*pounds"):
        next_time.note("dose", {"weight_kg": 180}, at=-20)
    with pytest.raises(InputError, match=r"weight_kg: 60 kg beside 82 kg last time is 73.*this patient"):
        next_time.note("dose", {"weight_kg": 60}, at=-20)
    next_time.note("dose", {"weight_kg": 60, "weight_confirmed": True}, at=-20)
    page = Client()
    page.force_login(people.nurse)
    shown = page.get(reverse("flow-sheet", args=[later.public_id])).content.decode()
    assert "last 82 kg, " in shown
    other = new_day(people, protocol="iv-racemic", indication="mdd")
    other.note("arrival", at=-30)
    other.note("dose", {"weight_kg": 180}, at=-20)  # of another patient nothing is compared
