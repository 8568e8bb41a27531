"""The page of a flow-sheet and its JSON: forms without JavaScript, each once; every kind and every refusal."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holdfast.clinic.accounts.models import User
from holdfast.clinic.flow_sheets.forms import FORMS
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.flow_sheets.sheets import is_signed
from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions
from holdfast.errors import InputError
from holdfast.treatment_sessions.entries import HOLDS, Kind
from tests.clinic.conftest import NOW, People, study_course
from tests.clinic.flow_sheet_days import CALM, SAFE, WELL, Day, new_day

pytestmark = pytest.mark.django_db
VITALS = {"sbp_mmhg": "128", "dbp_mmhg": "78", "hr_per_min": "72", "spo2_percent": "98", "moaas": "5",
          "moaas_anchor_set": "trapezius-squeeze"}  # fmt: skip


@pytest.fixture
def nasal(people: People) -> Day:
    return new_day(people)


@pytest.fixture
def iv(people: People) -> Day:
    return new_day(people, protocol="iv-racemic")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(day: Day, user: User | None = None) -> str:
    answer = client_of(user or day.people.nurse).get(sheet_url(day))
    assert answer.status_code == 200
    return answer.content.decode()


def sheet_url(day: Day, name: str = "flow-sheet", *more: Any) -> str:
    return reverse(name, args=[day.treatment_session.public_id, *more])


def send(day: Day, kind: str, user: User | None = None, **fields: Any) -> Any:
    fields = {"key": str(uuid.uuid4()), **fields}
    return client_of(user or day.people.nurse).post(sheet_url(day, "flow-sheet-record", kind), fields)


def post_json(day: Day, held: Any, user: User | None = None, content_type: str = "application/json") -> Any:
    body = held if isinstance(held, str) else json.dumps(held)
    return client_of(user or day.people.nurse).post(sheet_url(day, "flow-sheet-entries"), body, content_type)


def new_entry(kind: str, given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "kind": kind, "given": given or {}, **more}


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_every_kind_has_what_it_holds_and_a_form() -> None:
    assert set(HOLDS) == set(FORMS) == set(Kind)


@pytest.mark.story("HF-SES-020")
def test_a_whole_day_by_forms_without_javascript(nasal: Day) -> None:
    """Every form is the one the page shows; nothing but its fields is sent."""
    assert send(nasal, "arrival").status_code == 302
    hour = timezone.localtime(timezone.now() - dt.timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    site = dict.fromkeys(("setting_certified", "patient_enrolled", "prescriber_on_site", "professional_on_site",
                          "oximeter_on_site"), "on")  # fmt: skip
    asked = {
        "consent": {"reconfirmed": "yes"}, "history": {"none_taken": "on", "uses_nasal_spray": "no"},
        "cssrs": dict.fromkeys(SAFE, "no"), "mental-state": {"assessed": "yes", "suicidality_evaluated": "yes"},
        "fasting": {"last_food_at": hour, "last_liquids_at": hour}, "escort": {"transport_arranged": "yes"},
        "site": {"setting": "outpatient", **site}, "dose": {"dose_mg": "56"}, "observation": VITALS,
    }  # fmt: skip
    for kind, fields in asked.items():
        answer = send(nasal, kind, **fields)
        assert answer.status_code == 302, (kind, answer.context["page"].refused.errors)
    key = FlowSheetEntry.objects.get(kind="dose").key
    assert send(nasal, "dose-check", nasal.second, of=str(key), dose_mg="56").status_code == 302
    assert send(nasal, "clearance").status_code == 302
    assert send(nasal, "device", lot="24A17").status_code == 302
    early = send(nasal, "device", lot="24A18")
    assert early.status_code == 422
    assert "5 min of rest are needed" in words_of(early.content.decode())
    assert send(nasal, "device", lot="24A18", reason="the watch was wrong").status_code == 302
    assert nasal.state == "observing"
    text = words_of(read(nasal))
    assert "120 min of observation remain" in text
    assert "last 128, 0 min ago" in text
    assert send(nasal, "recovery", **dict.fromkeys(WELL, "yes")).status_code == 302
    refused = send(nasal, "discharge")
    assert refused.status_code == 422
    assert "Cannot discharge yet: 120 min of observation remain" in words_of(refused.content.decode())
    assert nasal.state == "observing"


def test_a_form_sent_twice_is_one_entry(nasal: Day) -> None:
    key = str(uuid.uuid4())
    send(nasal, "arrival")
    for _ in range(2):
        assert send(nasal, "observation", key=key, **VITALS).status_code == 302
    assert FlowSheetEntry.objects.filter(kind="observation").count() == 1
    changed = send(nasal, "observation", key=key, **VITALS | {"sbp_mmhg": "140"})
    assert changed.status_code == 422
    assert "used for another entry" in changed.content.decode()
    assert f'name="key" value="{key}"' not in changed.content.decode()


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("observation", VITALS | {"sbp_mmhg": "70"}, "not above dbp_mmhg"),
        ("observation", VITALS | {"spo2_percent": "104"}, "outside 40 to 100"),
        ("observation", VITALS | {"hr_per_min": "quick"}, "Enter a number"),
        ("observation", {"moaas_anchor_set": "trapezius-squeeze"}, "at least one value"),
        ("observation", VITALS | {"made_at": "2126-01-01T10:00"}, "future"),
        ("history", {}, "Name each drug, or tick that none is taken."),
        ("history", {"opioid": "codeine", "none_taken": "on"}, "correct one of them"),
        ("consent", {}, "Not filled in yet."),
        ("observation", VITALS | {"key": ""}, "Open the page again"),
        ("adverse-event", {"term": "nausea", "onset_at": "2026-11-02T09:00"}, "Not filled in yet."),
        ("clearance", {}, "Not cleared for the dose"),
    ],
)
def test_a_slip_is_told_on_the_page_and_changes_nothing(nasal: Day, kind: str, fields: dict, says: str) -> None:
    nasal.note("arrival", at=-30)
    answer = send(nasal, kind, **fields)
    assert answer.status_code == 422
    assert says in words_of(answer.content.decode())
    assert FlowSheetEntry.objects.count() == 1


def test_drugs_are_kept_by_class_and_shown(nasal: Day) -> None:
    send(nasal, "history", opioid="codeine, tramadol", other="zinc", uses_nasal_spray="no")
    (row,) = FlowSheetEntry.objects.all()
    kept = [(d["name"], d["drug_class"]) for d in row.given["conmeds"]]
    assert kept == [("codeine", "opioid"), ("tramadol", "opioid"), ("zinc", "other")]
    page = client_of(nasal.people.nurse).get(sheet_url(nasal, "flow-sheet-correct", row.key))
    assert 'value="codeine, tramadol"' in page.content.decode()


@pytest.mark.story("HF-SES-002")
def test_a_drug_taken_as_needed_is_kept_with_when_it_was_taken_last(nasal: Day) -> None:
    nasal.note("arrival", at=-30)
    last = {"benzodiazepine_last_taken_at": f"{NOW - dt.timedelta(hours=3):%Y-%m-%dT%H:%M}"}
    refused = send(nasal, "history", hypnotic="zopiclone", **last)
    assert "Name the drug that was taken as needed, or leave this empty." in refused.content.decode()
    send(nasal, "history", benzodiazepine="diazepam", benzodiazepine_as_needed="lorazepam", opioid_as_needed="tramadol",
         uses_nasal_spray="no", **last)  # fmt: skip
    row = FlowSheetEntry.objects.get(kind="history")
    assert row.given["conmeds"] == [
        {"name": "diazepam", "drug_class": "benzodiazepine"},
        {"name": "lorazepam", "drug_class": "benzodiazepine", "as_needed": True,
         "last_taken_at": (NOW - dt.timedelta(hours=3)).isoformat()},
        {"name": "tramadol", "drug_class": "opioid", "as_needed": True},
    ]  # fmt: skip
    told = words_of(read(nasal))
    assert "lorazepam (benzodiazepine, as needed, last taken 2 Nov 06:00)" in told
    assert "tramadol (opioid, as needed, when last is not known)" in told
    page = client_of(nasal.people.nurse).get(sheet_url(nasal, "flow-sheet-correct", row.key)).content.decode()
    assert 'value="lorazepam"' in page
    assert 'value="2026-11-02T06:00"' in page
    later = {"name": "x", "drug_class": "opioid", "last_taken_at": (NOW + dt.timedelta(hours=1)).isoformat()}
    with pytest.raises(InputError, match="x was last taken after the time of the entry"):
        nasal.note("history", {"conmeds": [later]})


@pytest.mark.story("HF-SES-024")
@pytest.mark.parametrize("made_at", ["at tea", "2031-01-01T10:00"])
def test_a_mistyped_time_beside_a_yes_hides_no_danger(nasal: Day, made_at: str) -> None:
    answer = send(nasal, "cssrs", q1="yes", q2="yes", q4="yes", made_at=made_at)
    assert answer.status_code == 422
    assert "Act now: an answer speaks of death or self-harm" in words_of(answer.content.decode())
    assert "Act now" not in words_of(send(nasal, "cssrs", q1="no", q2="no", made_at=made_at).content.decode())
    assert not FlowSheetEntry.objects.exists()


@pytest.mark.story("HF-SES-024")
def test_the_crisis_response_stands_first_on_the_page(nasal: Day) -> None:
    nasal.note("arrival", at=-30)
    answers = dict.fromkeys(SAFE, "no") | {"q2": "yes", "q4": "yes"}
    assert send(nasal, "cssrs", **answers).status_code == 302
    page = read(nasal)
    assert page.index("Act now") < page.index("Due")
    contradictory = send(nasal, "cssrs", **answers | {"q6_3_months": "yes"})
    assert contradictory.status_code == 422
    assert "Act now" in contradictory.content.decode()


def test_an_override_is_offered_to_a_physician_only(nasal: Day) -> None:
    nasal.asked()
    nasal.dose(dose_mg=56)
    nasal.note("observation", CALM | {"sbp_mmhg": 150}, at=-5)
    told = words_of(read(nasal))
    assert "Systolic pressure is 150 mmHg" in told
    assert "Go on in spite of it" not in told
    assert "Go on in spite of it" in words_of(read(nasal, nasal.people.prescriber))
    fields = {"gate": "dose", "finding": "pre.bp.us sbp-high", "reason": "known, stable"}
    assert send(nasal, "override", **fields).status_code == 403
    assert send(nasal, "override", nasal.people.prescriber, **fields).status_code == 302
    assert "In spite of: Systolic pressure is 150 mmHg" in words_of(read(nasal))


def test_a_late_entry_a_correction_and_a_signature_are_told(nasal: Day) -> None:
    nasal.begun_nasal()
    nasal.note("observation", CALM, at=40, received=58, by=nasal.second)
    nasal.well(at=120)
    nasal.note("discharge", at=121)
    assert "Entered 18 min late" in words_of(read(nasal))
    key = nasal.sheet.of("observation")[1].key
    url = sheet_url(nasal, "flow-sheet-correct", key)
    client = client_of(nasal.people.nurse)
    assert 'value="128' in client.get(url).content.decode()
    assert "no value yet" not in client.get(url).content.decode()  # the value it had stands in the field
    fields = {"key": str(uuid.uuid4()), **VITALS, "sbp_mmhg": "131"}
    assert client.post(url, fields).status_code == 422
    assert client.post(url, fields | {"why": "misread"}).status_code == 302
    told = words_of(read(nasal))
    assert "131/78" in told
    assert "Replaced by a newer entry" in told
    assert nasal.sheet.observations()[1].measured_at == NOW + dt.timedelta(minutes=40)
    assert client.get(url).status_code == 302
    assert send(nasal, "sign").status_code == 302
    assert is_signed(nasal.treatment_session)
    assert send(nasal, "observation", **VITALS).status_code == 422
    asked = send(nasal, "observation", **VITALS, why="written on paper")
    assert asked.status_code == 422
    assert "The flow-sheet is signed; give the time it was made." in asked.content.decode()
    assert "say when this was, not when you enter it" in words_of(read(nasal))
    made_at = f"{NOW + dt.timedelta(minutes=100):%Y-%m-%dT%H:%M}"
    assert send(nasal, "observation", **VITALS, why="written on paper", made_at=made_at).status_code == 302
    assert nasal.sheet.observations()[-1].measured_at == NOW + dt.timedelta(minutes=120)
    assert nasal.sheet.observations()[-2].measured_at == NOW + dt.timedelta(minutes=100)
    assert send(nasal, "amendment", text="The escort was the brother.", why="misheard").status_code == 302
    assert "Amendment" in words_of(read(nasal))
    slip = client.get(sheet_url(nasal, "flow-sheet-slip")).content.decode()
    assert "Do not drive or use machinery before the morning of Tuesday 3 November 2026" in slip


def test_an_entry_made_in_error_is_taken_back(nasal: Day) -> None:
    key = nasal.note("escort", {"transport_arranged": True}, at=-20).entry.key
    url = sheet_url(nasal, "flow-sheet-correct", key)
    fields = {"key": str(uuid.uuid4()), "transport_arranged": "yes", "why": "other patient", "withdraw": "yes"}
    assert client_of(nasal.people.nurse).post(url, fields).status_code == 302
    assert nasal.sheet.of("escort") == ()
    assert "Taken back" in words_of(read(nasal))


def test_an_infusion_shows_its_arithmetic_and_its_controls(iv: Day) -> None:
    iv.begun_iv()
    told = words_of(read(iv))
    assert "Dose: 0.5 mg/kg x 80 kg = 40 mg" in told
    assert "Infusion running" in told
    assert "Pause" in told
    iv.note("pause", at=10)
    assert "No blood pressure is recorded since the pause" in words_of(read(iv))


@pytest.mark.story("HF-REG-166")
def test_an_adverse_event_says_its_kind_and_a_correction_begins_with_it(nasal: Day) -> None:
    nasal.begun_nasal()
    fields = {
        "onset_at": f"{timezone.localtime(NOW):%Y-%m-%dT%H:%M}", "severity": "mild", "seriousness": "not-serious",
        "causality": "possible", "action_taken": "none", "outcome": "recovered",
    }  # fmt: skip
    for term, kind in (("felt sick", ""), ("felt sick later", "bladder"), ("hiccups", "")):
        held = {"key": str(uuid.uuid4()), "term": term, "kind": kind, **fields}
        sent = client_of(nasal.people.nurse).post(sheet_url(nasal, "flow-sheet-record", "adverse-event"), held)
        assert sent.status_code == 302
    for left_empty in ("severity", "seriousness", "causality", "action_taken", "outcome"):
        held = {"key": str(uuid.uuid4()), "term": "hiccups", **fields, left_empty: ""}
        sent = client_of(nasal.people.nurse).post(sheet_url(nasal, "flow-sheet-record", "adverse-event"), held)
        assert sent.status_code == 422, left_empty
    assert read(nasal).count('<option value="" selected>Choose</option>') == 4  # nothing stands chosen
    page = words_of(read(nasal))
    assert "kind stomach and bowel (by its words)" in page
    assert "kind bladder" in page
    assert "kind other (by its words; correct the entry to choose)" in page
    entry = FlowSheetEntry.objects.get(given__term="felt sick")
    assert "kind" not in entry.given
    form = client_of(nasal.people.nurse).get(sheet_url(nasal, "flow-sheet-correct", entry.key)).content
    assert '<option value="gastrointestinal" selected>' in form.decode()


@pytest.mark.story("HF-SES-020")
def test_what_is_needed_next_stands_first(nasal: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the observation goes on that is measuring, and an adverse event; then it is leaving."""
    nasal.begun_nasal()
    measure, leave, event, drawn = 'id="h-obs"', "The patient leaves", "Record an adverse event", 'id="h-course"'
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(minutes=60))
    page = read(nasal)
    assert page.index(measure) < page.index(event) < page.index(leave) < page.index(drawn)
    assert re.search('class="button"[^>]*>The patient leaves', page), (
        "not the main button while reasons stand against it"
    )
    monkeypatch.setattr(timezone, "now", lambda: NOW + dt.timedelta(minutes=180))
    page = read(nasal)
    assert page.index(leave) < page.index(measure) < page.index(event)
    nasal.well(at=130)
    assert re.search('class="button primary"[^>]*>The patient leaves', read(nasal))


def test_pages_of_every_state_open_for_who_may_see_them(nasal: Day) -> None:
    roles = {"prescriber", "nurse", "programme_lead"}
    for role, user in nasal.people.by_role.items():
        expected = {200} if role in roles else {403, 404}
        assert client_of(user).get(sheet_url(nasal)).status_code in expected
    assert "The patient is here" not in read(nasal, nasal.people.programme_lead)
    assert client_of(nasal.people.nurse).get(sheet_url(nasal, "flow-sheet-slip")).status_code == 302


def test_study_days_and_unknown_entries(people: People, nasal: Day) -> None:
    from holdfast.clinic.accounts.models import CommandLine

    course = study_course(people, phase="maintenance")
    (planned,) = plan_treatment_sessions(
        actor=CommandLine(), course=course, sessions=[SessionToPlan(planned_day=3)], now=NOW, source="import"
    )
    client = client_of(people.nurse)
    assert client.get(reverse("flow-sheet", args=[planned.public_id])).status_code == 302
    assert client.get(sheet_url(nasal, "flow-sheet-correct", uuid.uuid4())).status_code == 404
    assert send(nasal, "coffee").status_code == 404
    assert client.get(sheet_url(nasal, "flow-sheet-record", "arrival")).status_code == 405


@pytest.mark.story("HF-SES-021")
def test_json_takes_an_entry_once(nasal: Day) -> None:
    made_at = (timezone.now() - dt.timedelta(minutes=12)).isoformat()
    sent = new_entry("observation", CALM, made_at=made_at)
    first, again = post_json(nasal, sent), post_json(nasal, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["late_min"] == 12
    assert post_json(nasal, sent | {"given": CALM | {"sbp_mmhg": 130}}).status_code == 409
    listed = client_of(nasal.people.nurse).get(sheet_url(nasal, "flow-sheet-entries")).json()
    assert (listed["state"], listed["signed"], len(listed["entries"])) == ("planned", False, 1)
    assert listed["entries"][0]["given"]["sbp_mmhg"] == 128


@pytest.mark.parametrize(
    ("held", "status", "says"),
    [
        ("{", 400, "no JSON"), ("[]", 400, "JSON object"), ('{"key": NaN}', 400, "no JSON"),
        ("[" * 100000, 400, "no JSON"),
        ({}, 422, "key is no key"), ({"key": "x"}, 422, "key is no key"), ({"key": 5}, 422, "key is no key"),
        (new_entry("tea"), 422, "kind is 'tea'"), (new_entry("observation", CALM, made_at="noon"), 422, "give a time"),
        (new_entry("observation", CALM, made_at="2026-11-02T09:00"), 422, "no time zone"),
        (new_entry("observation", CALM, made_at="0001-01-01T00:00+05:00"), 422, "year"),
        (new_entry("observation", CALM | {"sbp_mmhg": 1e999}), 400, "no JSON"),
        (new_entry("observation", CALM | {"sbp_mmhg": True}), 422, "give a number"),
        (new_entry("observation", CALM, why=5), 422, "why is no text"),
        (new_entry("observation", CALM, extra=1), 422, "'extra' is not known"),
        (new_entry("observation", CALM, supersedes=str(uuid.uuid4()), why="x"), 422, "no entry of this flow-sheet"),
        (new_entry("consent", {"reconfirmed": "yes"}), 422, "true or false"),
        (new_entry("clearance"), 422, "Not cleared"),
        (new_entry("history", {"conmeds": "none"}), 422, "must be a list"),
    ],
)  # fmt: skip
def test_json_that_cannot_be_is_refused_in_a_sentence(nasal: Day, held: Any, status: int, says: str) -> None:
    answer = post_json(nasal, held)
    assert answer.status_code == status, answer.content
    assert says in answer.json()["error"]
    assert not FlowSheetEntry.objects.exists()


def test_json_needs_its_content_type_permission_and_token(nasal: Day) -> None:
    sent = new_entry("arrival")
    assert post_json(nasal, sent, content_type="text/plain").status_code == 400
    assert post_json(nasal, sent, nasal.people.programme_lead).status_code == 403
    assert Client().get(sheet_url(nasal, "flow-sheet-entries")).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(nasal.people.nurse)
    url = sheet_url(nasal, "flow-sheet-entries")
    assert strict.post(url, json.dumps(sent), "application/json").status_code == 403
    page = strict.get(sheet_url(nasal)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    answer = strict.post(url, json.dumps(sent), "application/json", headers={"x-csrftoken": token[1]})
    assert answer.status_code == 201


def test_json_tells_reasons_and_a_crisis(nasal: Day) -> None:
    nasal.note("arrival", at=-30)
    reasons = post_json(nasal, new_entry("clearance")).json()["reasons"]
    assert {"no-dose", "bp-missing"} <= {reason["code"] for reason in reasons}
    told = post_json(nasal, new_entry("cssrs", SAFE | {"q2": True, "q5": True})).json()["crisis"]
    assert told["level"] == "high"
    assert told["tell"]
