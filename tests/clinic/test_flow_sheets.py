"""The flow-sheet: a treatment day minute by minute. Nothing doubled, nothing overwritten, no gate walked round."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.audit.append_only import AppendOnlyError
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.flow_sheets.actions import KeyTakenError, LockedError, record_entry
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.queries import entries
from holdfast.clinic.flow_sheets.sheets import is_signed
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.errors import InputError, PermissionRefusedError, RefusedError
from tests.clinic.conftest import NOW, People, new_patient, study_course
from tests.clinic.flow_sheet_days import CALM, SAFE, Day, new_day, people_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def nasal(people: People) -> Day:
    """A planned nasal treatment session."""
    return new_day(people)


@pytest.fixture
def iv(people: People) -> Day:
    """A planned infusion."""
    return new_day(people, protocol="iv-racemic")


@pytest.mark.story("HF-SES-020")
def test_a_nasal_day_from_arrival_to_signature(nasal: Day) -> None:
    nasal.begun_nasal()
    assert nasal.state == "observing"
    session = nasal.treatment_session
    assert (session.dosed_at, float(session.dose_mg)) == (NOW, 56.0)
    nasal.note("observation", CALM | {"sbp_mmhg": 142, "cadss_total": 14, "moaas": 4}, at=40)
    nasal.note("observation", CALM | {"sbp_mmhg": 132}, at=75)
    with pytest.raises(RefusedByRuleError) as refused:
        nasal.note("discharge", at=100)
    codes = {reason.code for reason in refused.value.decision.against}
    assert {"observation-short", "vitals-missing", "no-escort", "not-assessed", "sedation"} <= codes
    assert "20 min of observation remain" in str(refused.value)
    assert nasal.state == "observing"
    nasal.well(at=120)
    nasal.note("discharge", at=121)
    assert nasal.state == "discharged"
    assert nasal.treatment_session.discharged_at == NOW + dt.timedelta(minutes=121)
    until = nasal.note_of("discharge").answer["drive_free"]
    assert until["from_date"] == "2026-11-03"
    assert "Do not drive" in until["text"]
    nasal.note("sign", at=130)
    assert is_signed(nasal.treatment_session)
    nasal.treatment_session.course.refresh_from_db()
    assert nasal.treatment_session.course.started_on == NOW.date()


@pytest.mark.story("HF-SES-020")
def test_an_infusion_with_a_pause_for_pressure(iv: Day) -> None:
    iv.begun_iv()
    assert iv.state == "dosing"
    high = iv.note("observation", CALM | {"sbp_mmhg": 172}, at=15).entry.answer["alerts"]
    assert [r["code"] for r in high["stops_a_physician_may_override"]] == ["pause-infusion"]
    iv.note("pause", at=16)
    with pytest.raises(RefusedByRuleError, match="since the pause"):
        iv.note("resume", at=18)
    iv.note("observation", CALM | {"sbp_mmhg": 165}, at=20)
    with pytest.raises(RefusedByRuleError, match="do not resume yet"):
        iv.note("resume", at=20)
    assert iv.state == "paused"
    iv.note("observation", CALM | {"sbp_mmhg": 150}, at=25)
    iv.note("resume", at=26)
    iv.note("rate", {"rate_ml_per_h": 40}, at=30)
    iv.note("stop", {"whole": True}, at=60)  # 20 min at 60 mL/h, then 30 at 40
    assert iv.state == "observing"
    assert (float(iv.treatment_session.dose_mg), float(iv.treatment_session.duration_min)) == (40.0, 60.0)
    iv.well(at=120)
    iv.note("discharge", at=121)
    until = iv.note_of("discharge").answer["drive_free"]
    assert until["hours_until"] == (NOW + dt.timedelta(hours=24, minutes=60)).isoformat()


def test_a_dose_given_up_is_observed_all_the_same(iv: Day) -> None:
    iv.begun_iv()
    with pytest.raises(InputError, match="reason is empty"):
        iv.note("stop", {"whole": False}, at=10)
    iv.note("stop", {"whole": False, "reason": "panic", "dose_mg": 10}, at=10)
    assert (iv.state, float(iv.treatment_session.dose_mg)) == ("observing", 10.0)
    with pytest.raises(RefusedByRuleError, match="50 min of observation remain"):
        iv.note("discharge", at=20)


@pytest.mark.story("HF-SES-021")
def test_the_same_key_is_stored_once_and_another_content_is_refused(nasal: Day) -> None:
    key = uuid.uuid4()
    nasal.note("arrival", at=-30)
    first = nasal.note("observation", CALM, at=-10, key=key)
    again = nasal.note("observation", CALM, at=-10, received=90, key=key)
    assert (first.is_new, again.is_new, again.entry.pk) == (True, False, first.entry.pk)
    assert FlowSheetEntry.objects.filter(kind="observation").count() == 1
    assert AuditEntry.objects.filter(action="flow_sheet.record").count() == 2
    for changed in ({"given": CALM | {"sbp_mmhg": 129}}, {"at": -9}, {"by": nasal.second}):
        with pytest.raises(KeyTakenError, match="used for another entry"):
            nasal.note("observation", **{"given": CALM, "at": -10, "key": key, **changed})
    twin = FlowSheetEntry.objects.get(key=key)
    twin.pk, twin._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    assert FlowSheetEntry.objects.filter(kind="observation").count() == 1


@pytest.mark.story("HF-SES-021")
def test_a_key_of_another_flow_sheet_is_refused_and_leaves_nothing(people: People, nasal: Day) -> None:
    other, key = new_day(people, patient=new_patient(people, "Bea Example")), uuid.uuid4()
    nasal.note("observation", CALM, at=-10, key=key)
    before = (FlowSheetEntry.objects.count(), Assessment.objects.count(), AuditEntry.objects.count())
    for kind, given in {"observation": CALM, "cssrs": SAFE}.items():
        with pytest.raises(KeyTakenError, match="used for another entry"):
            other.note(kind, given, at=-10, key=key)
    assert (FlowSheetEntry.objects.count(), Assessment.objects.count(), AuditEntry.objects.count()) == before
    assert other.note("observation", CALM, at=-10).is_new


@pytest.mark.story("HF-SES-021")
def test_a_form_sent_twice_without_a_time_is_one_entry(nasal: Day) -> None:
    from holdfast.clinic.flow_sheets.actions import record_entry

    key = uuid.uuid4()
    sent = {"actor": nasal.people.nurse, "treatment_session": nasal.treatment_session, "key": key,
            "kind": "observation", "given": CALM}  # fmt: skip
    assert record_entry(now=NOW, **sent).is_new
    assert not record_entry(now=NOW + dt.timedelta(seconds=9), **sent).is_new


@pytest.mark.story("HF-SES-021")
def test_two_nurses_merge_and_late_entries_say_so(nasal: Day) -> None:
    nasal.begun_nasal()
    nasal.note("observation", CALM | {"hr_per_min": 80}, at=41)
    nasal.note("observation", CALM | {"hr_per_min": 90}, at=40, received=62, by=nasal.second)
    seen = [e for e in entries(actor=nasal.people.nurse, treatment_session=nasal.treatment_session)
            if e.kind == "observation"][-2:]  # fmt: skip
    assert [(e.content.hr_per_min, e.late_by and e.late_by.seconds // 60) for e in seen] == [(90, 22), (80, None)]
    assert len({e.by for e in seen}) == 2
    assert nasal.sheet.observations()[-2].entered_late_min == 22


def test_entries_are_never_changed(nasal: Day) -> None:
    row = nasal.note("arrival", at=-30).entry
    row.why = "other"
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        super(type(FlowSheetEntry.objects.all()), FlowSheetEntry.objects.all()).update(why="other")


@pytest.mark.story("HF-SES-022")
@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("cssrs", "cssrs-missing"), ("mental-state", "no-mental-state"),
        ("fasting", "food-missing"), ("escort", "no-transport"), ("site", "not-certified"),
    ],
)  # fmt: skip
def test_what_nobody_wrote_down_keeps_the_gate_shut(nasal: Day, missing: str, code: str) -> None:
    nasal.asked(**{missing: None})
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError) as refused:
        nasal.note("clearance", at=-5)
    assert code in refused.value.decision.codes
    assert nasal.state == "arrived"


@pytest.mark.story("HF-SES-022")
def test_rolling_consent_is_a_gate_where_its_rule_holds() -> None:
    day = new_day(people_of("coast", jurisdiction="CA-BC", country="CA"), protocol="iv-racemic")
    day.asked(consent={"reconfirmed": False})
    day.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    day.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="Consent was not re-confirmed"):
        day.note("clearance", at=-5)
    day.note("consent", {"reconfirmed": True}, at=-4)
    day.note("clearance", at=-3)


@pytest.mark.story("HF-SES-022")
def test_no_pressure_no_dose(nasal: Day) -> None:
    nasal.asked()
    nasal.dose(dose_mg=56)
    with pytest.raises(RefusedByRuleError, match="No blood pressure"):
        nasal.note("clearance", at=-5)
    with pytest.raises(RefusedByRuleError):
        nasal.note("device", {"lot": "24A17"}, at=0)


@pytest.mark.story("HF-SES-022")
def test_the_gate_is_asked_again_at_the_start(iv: Day) -> None:
    iv.asked()
    iv.dose(weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    iv.note("observation", CALM, at=-10)
    iv.note("clearance", at=-5)
    iv.note("observation", CALM | {"sbp_mmhg": 158}, at=-2)
    with pytest.raises(RefusedByRuleError, match="158 mmHg"):
        iv.note("start", at=0)
    assert (iv.state, iv.treatment_session.dosed_at) == ("cleared", None)


@pytest.mark.story("HF-SES-022")
def test_a_physician_overrides_a_pressure_and_only_that_reading(nasal: Day) -> None:
    nasal.asked()
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM | {"sbp_mmhg": 146}, at=-12)
    what = {"gate": "dose", "rule": "pre.bp.us", "code": "sbp-high", "reason": "white coat; 132 at home"}
    with pytest.raises(PermissionRefusedError):
        nasal.note("override", what, at=-11)
    with pytest.raises(InputError, match="reason is empty"):
        nasal.note("override", what | {"reason": " "}, at=-11, by=nasal.people.prescriber)
    kept = nasal.note("override", what, at=-11, by=nasal.people.prescriber).entry.answer["finding"]
    assert "146 mmHg" in kept["text"]
    nasal.note("clearance", at=-10)
    nasal.note("observation", CALM | {"sbp_mmhg": 178}, at=-3)
    with pytest.raises(RefusedByRuleError, match="178 mmHg"):
        nasal.note("device", {"lot": "24A17"}, at=0)


@pytest.mark.story("HF-SES-022")
def test_what_nobody_may_override_is_not(nasal: Day) -> None:
    nasal.asked(site=None)
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM, at=-10)
    with pytest.raises(RefusedError, match="nobody may override"):
        nasal.note("override", {"gate": "dose", "rule": "pre.rems.enrolled", "code": "not-certified", "reason": "x"},
                   at=-5, by=nasal.people.prescriber)  # fmt: skip
    with pytest.raises(InputError, match="nothing of that kind"):
        nasal.note("override", {"gate": "dose", "rule": "pre.ride", "code": "no-transport", "reason": "x"},
                   at=-5, by=nasal.people.prescriber)  # fmt: skip


@pytest.mark.story("HF-SES-023")
def test_the_dose_shows_its_arithmetic_and_another_person_checks_it(iv: Day) -> None:
    iv.asked()
    row = iv.note("dose", {"weight_kg": 80, "height_cm": 180, "concentration_mg_per_ml": 1}, at=-20).entry
    assert "Dose: 0.5 mg/kg x 80 kg = 40 mg" in row.answer["steps"]
    assert (row.answer["dose_mg"], row.answer["rate_ml_per_h"]) == (40, 60)
    read = {"of": str(row.key), "dose_mg": 40, "rate_ml_per_h": 60, "pump": True}
    with pytest.raises(RefusedError, match="another person must"):
        iv.note("dose-check", read, at=-15)
    iv.note("observation", CALM, at=-10)
    with pytest.raises(RefusedByRuleError, match="No second person"):
        iv.note("clearance", at=-5)
    iv.note("dose-check", read | {"dose_mg": 44}, at=-4, by=iv.second)
    with pytest.raises(RefusedByRuleError, match="read 44 mg"):
        iv.note("clearance", at=-3)
    iv.note("dose-check", read, at=-2, by=iv.second)
    iv.note("clearance", at=-1)
    assert iv.state == "cleared"
    newer = iv.note("dose", {"weight_kg": 90, "height_cm": 180, "concentration_mg_per_ml": 1}, at=-1).entry
    with pytest.raises(RefusedByRuleError, match="No second person"):
        iv.note("start", at=0)
    with pytest.raises(InputError, match="worked out anew"):
        iv.note("dose-check", read, at=0, by=iv.second)
    assert newer.answer["dose_mg"] == 45


@pytest.mark.story("HF-SES-024")
def test_a_c_ssrs_answer_speaks_at_once_and_is_a_rating(nasal: Day) -> None:
    nasal.note("arrival", at=-30)
    done = nasal.note("cssrs", SAFE | {"q1": True, "q2": True, "q4": True}, at=-20)
    assert done.crisis is not None
    assert done.crisis.level == "high"
    rating = Assessment.objects.get(scale="c-ssrs-screener")
    assert (rating.level, done.entry.assessment_id) == ("high", rating.pk)
    key = done.entry.key
    nasal.note("cssrs", SAFE, at=-20, received=-5, supersedes=key, why="entered for another person")
    assert [a.level for a in Assessment.objects.current()] == ["none"]
    assert nasal.sheet.pre_dose().cssrs_level == "none"


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("observation", CALM | {"sbp_mmhg": 70, "dbp_mmhg": 90}, "not above dbp_mmhg"),
        ("observation", CALM | {"spo2_percent": 101}, "spo2_percent is 101"),
        ("observation", CALM | {"sbp_mmhg": 17}, "mmHg, not kPa"),
        ("observation", CALM | {"moaas": 6}, "moaas is 6"),
        ("observation", CALM | {"moaas_anchor_set": "six-levels"}, "moaas_anchor_set"),
        ("observation", {}, "no measurement"),
        ("observation", {"note": "asleep"}, "no measurement"),
        ("observation", CALM | {"pulse": 80}, "pulse"),
        ("observation", CALM | {"hr_per_min": "80"}, "give a number"),
        ("observation", CALM | {"hr_per_min": float("nan")}, "hr_per_min"),
        ("observation", ["x"], "must be an object"),
        ("observation", CALM | {"note": "a\x00b"}, "cannot be printed"),
        ("history", {"conmeds": [{"name": " ", "drug_class": "opioid"}]}, "without a name"),
        ("history", {"conmeds": [{"name": "x", "drug_class": "vitamin"}]}, "drug_class"),
        ("dose", {"dose_mg": 56, "weight_kg": 300}, "not pounds"),
        ("dose", {}, "weight_kg, dose_mg"),
        ("device", {"lot": ""}, "lot is empty"),
        ("fasting", {"last_food_at": "2026-11-02T10:00+00:00"}, "last_food_at: lies after"),
        ("fasting", {"last_food_at": "0001-01-01T00:00+05:00"}, "year of last_food_at"),
        ("rate", {"rate_ml_per_h": 10**400}, "no rate of a pump"),
        ("rate", {"rate_ml_per_h": float("inf")}, "no rate of a pump"),
        ("consent", {}, "reconfirmed"),
        ("coffee", {}, "kind is 'coffee'"),
        ("adverse-event", {"term": "nausea"}, "onset_at"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(nasal: Day, kind: str, given: dict, says: str) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(InputError, match=says):
        nasal.note(kind, given, at=-5)
    assert not FlowSheetEntry.objects.exists()
    assert AuditEntry.objects.count() == before


def test_times_that_cannot_be_are_refused(nasal: Day) -> None:
    with pytest.raises(InputError, match="future"):
        nasal.note("arrival", at=10, received=0)
    with pytest.raises(InputError, match="days back"):
        nasal.note("arrival", at=-60 * 24 * 30, received=0)
    nasal.begun_nasal()
    nasal.note("observation", CALM, at=41.5, received=41)  # a clock a little ahead is no future
    assert nasal.note_of("observation").made_at == NOW + dt.timedelta(minutes=41)
    start = nasal.sheet.of("device")[1].key
    with pytest.raises(InputError, match="lies"):
        nasal.note("observation", CALM, at=60, received=40)
    nasal.note("device", {"lot": "24A18"}, at=6, received=50, supersedes=uuid.UUID(start), why="read off the clock")
    assert nasal.sheet.dose_ended_at == NOW + dt.timedelta(minutes=6)


@pytest.mark.story("HF-SES-025")
def test_a_correction_adds_and_one_made_twice_is_refused(nasal: Day) -> None:
    nasal.begun_nasal()
    key = nasal.note("observation", CALM | {"sbp_mmhg": 182}, at=40).entry.key
    with pytest.raises(InputError, match="needs its reason"):
        nasal.note("observation", CALM, at=40, received=45, supersedes=key)
    nasal.note("observation", CALM, at=40, received=45, supersedes=key, why="read 128, wrote 182")
    assert nasal.sheet.observations()[-1].sbp_mmhg == 128
    seen = entries(actor=nasal.people.nurse, treatment_session=nasal.treatment_session)
    assert [e.content.sbp_mmhg for e in seen if e.kind == "observation" and not e.standing] == [182]
    with pytest.raises(InputError, match="corrected already"):
        nasal.note("observation", CALM, at=40, received=46, supersedes=key, why="again", by=nasal.second)
    event = {"term": "nausea", "onset_at": NOW.isoformat(), "severity": "mild", "seriousness": "not-serious",
             "causality": "probable", "action_taken": "none", "outcome": "recovering"}  # fmt: skip
    made = nasal.note("adverse-event", event, at=50).entry.key
    nasal.note("adverse-event", event, at=50, received=60, supersedes=made, why="another patient", withdraw=True)
    assert nasal.sheet.of("adverse-event") == ()
    with pytest.raises(RefusedError, match="not taken back"):
        nasal.note("device", {"lot": "x"}, at=61, supersedes=nasal.keys["device"], why="x", withdraw=True)


@pytest.mark.story("HF-SES-025")
def test_a_signed_sheet_takes_only_amendments(nasal: Day, people: People) -> None:
    nasal.begun_nasal()
    with pytest.raises(RefusedError, match="takes no signature"):
        nasal.note("sign", at=30)
    with pytest.raises(RefusedError, match="not signed yet"):
        nasal.note("amendment", {"text": "x"}, at=30)
    nasal.note("observation", CALM, at=40)
    nasal.well(at=120)
    nasal.note("discharge", at=121)
    nasal.note("sign", at=125)
    with pytest.raises(RefusedError):
        nasal.note("sign", at=126, by=nasal.second)
    with pytest.raises(LockedError, match="kept as an amendment"):
        nasal.note("observation", CALM, at=100, received=130)
    with pytest.raises(LockedError):
        nasal.note("override", {"gate": "dose", "rule": "x", "code": "x", "reason": "x"}, at=130,
                   by=nasal.people.prescriber)  # fmt: skip
    row = nasal.note("observation", CALM, at=100, received=130, why="written on paper").entry
    assert row.amends
    before = FlowSheetEntry.objects.count()
    with pytest.raises(InputError, match="made_at: the flow-sheet is signed; give the time it was made"):
        record_entry(
            actor=people.nurse, treatment_session=nasal.treatment_session, key=uuid.uuid4(), kind="observation",
            given=CALM, why="written on paper", now=NOW + dt.timedelta(minutes=131),
        )  # fmt: skip
    assert FlowSheetEntry.objects.count() == before
    record_entry(
        actor=people.nurse, treatment_session=nasal.treatment_session, key=uuid.uuid4(), kind="amendment",
        given={"text": "Escort was the brother."}, why="misheard", now=NOW + dt.timedelta(minutes=131),
    )  # fmt: skip
    assert [e.action for e in AuditEntry.objects.order_by("-seq")[:2]] == ["flow_sheet.amend", "flow_sheet.amend"]
    signed = AuditEntry.objects.get(action="flow_sheet.sign")
    assert len(signed.details["sheet"]) == 64


def test_states_refuse_what_has_no_place(nasal: Day, people: People) -> None:
    with pytest.raises(RefusedError, match="Not cleared"):
        nasal.note("clearance", at=-40)
    with pytest.raises(RefusedError, match="record each device"):
        nasal.note("start", at=0)
    with pytest.raises(RefusedError, match="no infusion"):
        nasal.note("pause", at=0)
    nasal.begun_nasal()
    with pytest.raises(RefusedError, match="takes no device"):
        nasal.note("device", {"lot": "x"}, at=12)
    with pytest.raises(RefusedError, match="takes no dose"):
        nasal.note("dose", {"dose_mg": 84}, at=12)


@pytest.mark.story("HF-ACC-002")
@pytest.mark.parametrize("role", ["front_desk", "therapist", "programme_lead", "auditor", "administrator"])
def test_who_may_not_keep_a_flow_sheet(nasal: Day, role: str) -> None:
    with pytest.raises(PermissionRefusedError):
        nasal.note("arrival", at=-30, by=nasal.people.by_role[role])


def test_study_days_have_no_flow_sheet(people: People) -> None:
    from holdfast.clinic.accounts.models import CommandLine
    from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions

    course = study_course(people, phase="maintenance")
    (planned,) = plan_treatment_sessions(
        actor=CommandLine(), course=course, sessions=[SessionToPlan(planned_day=3)], now=NOW, source="import"
    )
    with pytest.raises(RefusedError, match="study days"):
        Day(people, planned, people.nurse).note("arrival")
