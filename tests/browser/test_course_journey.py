"""From referral to discharge as one way through the real pages; then the end and the letter. And how they look."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from holdfast.clinic.example.cast import CAST
from holdfast.clinic.example.evaluation import evaluation_of
from tests.browser.test_accessibility import look
from tests.browser.test_flow_sheet import CALM, WELL, Chair

NAME = "Journey, Nora"
ZONE = ZoneInfo("America/New_York")
GAIL = next(person for person in CAST if person.label == "Example, Gail")  # whose evaluation no rule stands against


class Seat(Chair):
    """The treatment session that the plan led to. Its entries bear times of this day, so that an hour can pass."""

    def __init__(self, clinic: Any, page: Page) -> None:
        self.clinic, self.now = clinic, dt.datetime.now(dt.UTC)
        self.path = page.locator('a[href$="/flow-sheet/"]').first.get_attribute("href") or ""

    def post(self, page: Page, kind: str, *, ago: float) -> str:
        """One entry that a gate refuses; what it says."""
        with pytest.raises(AssertionError) as refused:
            self.send(page, kind, ago=ago)
        return str(refused.value)

    def at(self, page: Page, form: Any, ago: float) -> None:
        """Fill the time of an entry that was made so many minutes ago."""
        local = (self.now - dt.timedelta(minutes=ago)).astimezone(ZONE)
        form.get_by_text("At another time").click()
        form.get_by_label("When it was").fill(local.strftime("%Y-%m-%dT%H:%M"))


def answer_everything(page: Page, given: dict[str, Any]) -> None:
    """Fill the evaluation form: each question by the name it is sent under, of which there are sixty."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    trials = {f"trial_{n}_{k}": v for n, trial in enumerate(given["trials"], start=1) for k, v in trial.items()}
    for name, value in {**given["evaluation"], **trials}.items():
        fields = page.locator(f'[name="{name}"]')
        if isinstance(value, bool):
            page.locator(f'[name="{name}"][value="{"yes" if value else "no"}"]').check(force=True)
        elif isinstance(value, list):
            page.locator(f'[name="{name}"][value="{value[0] if value else "none"}"]').check(force=True)
        elif fields.first.evaluate("e => e.tagName") == "SELECT":
            fields.first.select_option(str(value))
        else:
            fields.first.fill(str(value))


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).first.click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=re.compile(name)).first.click()


def refer(nurse: Page, clinic: Any) -> str:
    """Register the patient and record the referral; the address of the patient's page."""
    nurse.goto(clinic.address("/patients/add/?programme=example"))
    nurse.get_by_label("Name").fill(NAME)
    nurse.get_by_label("Date of birth").fill("1981-05-04")
    press(nurse, "Add patient")
    patient = nurse.url
    follow(nurse, "Record a referral")
    nurse.get_by_label("Name of the referrer").fill("Dr Gwen Practice")
    nurse.get_by_label("Address for the answer").fill("1 High Street")
    nurse.get_by_label("Reason for the referral").fill("Two antidepressants without response.")
    press(nurse, "Save the referral")
    expect(nurse.get_by_text("Waits for a decision")).to_be_visible()
    nurse.goto(clinic.address("/referrals/"))
    expect(nurse.get_by_role("link", name=NAME).first).to_be_visible()
    return patient


def accept(doctor: Page, patient: str) -> None:
    """Open the course, evaluate, and accept the referral."""
    doctor.goto(patient)
    follow(doctor, "Open a course")
    doctor.get_by_label("Protocol").select_option(label="IV racemic ketamine, 0.5 mg/kg over 40 min")
    doctor.get_by_label("Indication").select_option("mdd")
    press(doctor, "Open course")
    follow(doctor, "Record evaluation")
    answer_everything(doctor, evaluation_of(GAIL))
    press(doctor, "Record and see the answer")
    expect(doctor.get_by_text("No stop stands against treatment")).to_be_visible()
    doctor.goto(patient)
    doctor.get_by_role("link", name=re.compile("Waits for a decision")).click()
    doctor.get_by_label("Accepted").check()
    press(doctor, "Record the decision")
    expect(doctor.get_by_text("Accepted on").first).to_be_visible()


def consent_and_plan(nurse: Page, doctor: Page, patient: str) -> None:
    """Consent by the nurse; no plan before it, and the plan by the prescriber with its first treatment session."""
    doctor.goto(patient)
    follow(doctor, "None made")
    follow(doctor, "Make a plan")
    doctor.get_by_label("Dose, mg per kg").fill("0.5")
    press(doctor, "Make this the plan")
    expect(doctor.get_by_role("main")).to_contain_text("No consent to the course is recorded")
    nurse.goto(patient)
    nurse.get_by_role("region", name="From referral to letter").get_by_role("link", name="Not recorded").click()
    nurse.get_by_label("Consent is given").check()
    nurse.get_by_label("Has capacity").check()
    nurse.get_by_label("The text in force was read").check()
    press(nurse, "Record")
    expect(nurse.get_by_text("Consent given").first).to_be_visible()
    press(doctor, "Make this the plan")
    expect(doctor.get_by_text("Induction, 0.5 mg/kg ketamine (iv)").first).to_be_visible()
    nurse.goto(doctor.url)
    press(nurse, "Plan them by this plan")
    expect(nurse.get_by_text("1 treatment session is planned")).to_be_visible()


def first_infusion(clinic: Any, nurse: Page, doctor: Page, patient: str) -> Seat:
    """Arrival, a blood pressure above the limit that a physician overrides, a pause for pressure, the end."""
    nurse.goto(patient)
    seat = Seat(clinic, nurse)
    seat.ask(nurse, ago=170)
    seat.send(nurse, "dose", {"weight_kg": 82, "height_cm": 181, "concentration_mg_per_ml": 1}, ago=165)
    page = seat.open(doctor)
    section = page.locator("#s-dose-check")
    section.locator("summary").first.click()
    section.get_by_label("Dose you read, mg").fill("41")
    section.get_by_label("Rate you read off the pump, mL/h").fill("61.5")
    section.get_by_label("Yes").check()
    seat.at(page, section, ago=160)
    section.get_by_role("button", name="Enter").click()
    seat.send(nurse, "observation", CALM | {"sbp_mmhg": 148, "dbp_mmhg": 82}, ago=155)
    refused = seat.post(nurse, "clearance", ago=154)
    assert "Systolic pressure is 148 mmHg" in refused
    seat.open(doctor).locator("summary").filter(has_text="Override: Systolic").click()
    override = doctor.locator("details").filter(has_text="Override: Systolic").last
    override.get_by_label("Why you go on in spite of it").fill("white coat; 128 at home")
    seat.at(doctor, override, ago=153)
    override.get_by_role("button", name="Go on in spite of it").click()
    expect(doctor.get_by_text("In spite of: Systolic pressure is 148 mmHg")).to_be_visible()
    for kind, given, ago in (
        ("clearance", {}, 152), ("start", {"rate_ml_per_h": 61.5}, 150),
        ("observation", {"sbp_mmhg": 172, "dbp_mmhg": 90}, 140), ("pause", {}, 139),
    ):  # fmt: skip
        seat.send(nurse, kind, given, ago=ago)
    expect(seat.open(nurse).get_by_role("heading", name=re.compile("paused", re.IGNORECASE))).to_be_visible()
    assert "since the pause" in seat.post(nurse, "resume", ago=138)
    seat.send(nurse, "observation", {"sbp_mmhg": 146, "dbp_mmhg": 84}, ago=130)
    seat.send(nurse, "resume", ago=129)
    seat.send(nurse, "stop", {"whole": True}, ago=100)
    return seat


@pytest.mark.slow
@pytest.mark.story("HF-CRS-006")
@pytest.mark.story("HF-CRS-002")
@pytest.mark.story("HF-CRS-005")
def test_from_referral_to_discharge_and_the_letter(clinic, signed_in):
    nurse, doctor = signed_in("nurse"), signed_in("prescriber")
    patient = refer(nurse, clinic)
    accept(doctor, patient)
    consent_and_plan(nurse, doctor, patient)
    seat = first_infusion(clinic, nurse, doctor, patient)

    seat.open(nurse).get_by_role("button", name="The patient leaves").click()
    expect(nurse.get_by_role("alert").first).to_contain_text("Cannot discharge yet")
    seat.send(doctor, "mental-state", {"assessed": True, "suicidality_evaluated": True}, ago=22)
    seat.send(nurse, "recovery", WELL, ago=21)
    seat.send(nurse, "observation", CALM, ago=20)
    seat.open(nurse).get_by_role("button", name="The patient leaves").click()
    expect(nurse.get_by_text("Do not drive").first).to_be_visible()

    doctor.goto(patient)
    doctor.get_by_role("link", name="None issued").click()
    follow(doctor, "Write to the referrer")
    expect(doctor.get_by_text("Infusion paused: 1 time.")).to_be_visible()
    doctor.get_by_label("Your own paragraph").fill("The first infusion was given; pressure rose and fell again.")
    press(doctor, "Sign and issue")
    with doctor.expect_download() as download:
        doctor.get_by_role("link", name=re.compile("Letter 1, PDF")).click()
    assert download.value.suggested_filename == "letter.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")


def pathway_pages(page: Page, url: str) -> dict[str, str]:
    """Addresses of the pages from referral to letter, found by following links as a prescriber."""
    page.goto(f"{url}/caseload/?programme=example")
    page.get_by_role("rowheader").get_by_role("link", name="Umar").first.click()
    course = page.get_by_role("region", name="From referral to letter")

    def links() -> dict[str, str]:
        return {
            (one.inner_text().strip() or "?"): one.get_attribute("href") or ""
            for one in course.get_by_role("link").all()
        }

    found = links()
    consent = next(path for path in found.values() if path.endswith("/consent/"))
    plan = next(path for path in found.values() if path.endswith("/plan/"))
    letters = next(path for path in found.values() if path.endswith("/letters/"))
    referral = next(path for path in found.values() if path.startswith("/referrals/"))
    add = page.get_by_role("link", name="Record a referral").get_attribute("href") or ""
    page.goto(url + consent)
    document = page.get_by_role("link", name=re.compile("version 1")).first.get_attribute("href") or ""
    return {
        "referral": referral, "referral-correct": f"{referral}correct/", "referral-add": add, "consent": consent,
        "consent-paper": f"{consent}paper/", "consent-document": document, "plan": plan,
        "plan-change": f"{plan}change/", "course-end": consent.replace("/consent/", "/end/"), "letters": letters,
        "letter-write": f"{letters}write/",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.story("HF-PAT-002")
def test_the_pages_from_referral_to_letter_have_no_fault(clinic, signed_in):
    page = signed_in("prescriber")
    addresses = pathway_pages(page, clinic.url)
    page.goto(clinic.address("/caseload/?programme=example"))
    page.get_by_role("rowheader").get_by_role("link", name="Rosa").first.click()
    page.get_by_role("region", name="From referral to letter").get_by_role("link", name="1 issued").click()
    correct = page.get_by_role("link", name=re.compile("Correct letter 1")).first.get_attribute("href") or ""
    faults = {name: look(page, clinic.address(path)) for name, path in {**addresses, "letter-correct": correct}.items()}
    assert {name: found for name, found in faults.items() if found} == {}
