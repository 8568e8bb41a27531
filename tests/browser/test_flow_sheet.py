"""A treatment day in the browser: an infusion with an override and a pause; a nasal day to signature and slip."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import look

CALM = {"sbp_mmhg": 128, "dbp_mmhg": 78, "hr_per_min": 72, "rr_per_min": 14, "spo2_percent": 98, "cadss_total": 0,
        "moaas": 5, "moaas_anchor_set": "trapezius-squeeze"}  # fmt: skip
SITE = dict.fromkeys(("setting_certified", "patient_enrolled", "prescriber_on_site", "professional_on_site",
                      "oximeter_on_site"), True) | {"setting": "outpatient"}  # fmt: skip
WELL = dict.fromkeys(("sedation_resolved", "dissociation_resolved", "respiration_normal", "orientated", "steady_gait",
                      "escort_present", "clinician_agrees"), True)  # fmt: skip


class Chair:
    """One treatment session planned for today; entries may be sent with the time they were made."""

    def __init__(self, clinic: Any, page: Page, name: str) -> None:
        self.clinic, self.now = clinic, dt.datetime.now(dt.UTC)
        patient = self._patient(page, name)
        plan = page.locator('a[href*="/sessions/plan/"]').first.get_attribute("href")
        page.goto(clinic.address(plan or ""))
        page.get_by_label("Date").fill((self.now - dt.timedelta(hours=8)).date().isoformat())
        page.get_by_role("main").get_by_role("button").first.click()
        page.goto(patient)
        self.path = page.locator('a[href$="/flow-sheet/"]').first.get_attribute("href") or ""

    def _patient(self, page: Page, name: str) -> str:
        page.goto(self.clinic.address("/caseload/?programme=example"))
        page.get_by_role("rowheader").get_by_role("link", name=re.compile(name)).first.click()
        page.get_by_role("heading", level=1, name=re.compile(name)).wait_for()
        return page.url

    def open(self, page: Page) -> Page:
        """The flow-sheet."""
        page.goto(self.clinic.address(self.path))
        return page

    def send(self, page: Page, kind: str, given: dict[str, Any] | None = None, *, ago: float) -> str:
        """One entry as a queue sends it, made so many minutes ago; its key."""
        if self.path not in page.url:
            self.open(page)
        key = str(uuid.uuid4())
        made_at = (self.now - dt.timedelta(minutes=ago)).isoformat()
        token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
        answer = page.request.post(
            self.clinic.address(f"{self.path}entries/"),
            data=json.dumps({"key": key, "kind": kind, "given": given or {}, "made_at": made_at}),
            headers={"content-type": "application/json", "x-csrftoken": token, "referer": self.clinic.url},
        )
        assert answer.status == 201, f"{kind}: {answer.text()[:300]}"
        return key

    def ask(self, page: Page, ago: float) -> None:
        """What is asked before the dose."""
        drank = (self.now - dt.timedelta(minutes=ago + 200)).isoformat()
        asked = {
            "arrival": {}, "consent": {"reconfirmed": True}, "history": {"conmeds": [], "uses_nasal_spray": False},
            "cssrs": {"q1": False, "q2": False, "q6_lifetime": False, "q6_3_months": False},
            "mental-state": {"assessed": True, "suicidality_evaluated": True},
            "fasting": {"last_food_at": drank, "last_liquids_at": drank}, "escort": {"transport_arranged": True},
            "site": SITE,
        }  # fmt: skip
        for kind, given in asked.items():
            self.send(page, kind, given, ago=ago)


@pytest.mark.slow
@pytest.mark.story("HF-SES-020")
def test_a_tablet_that_is_turned_never_scrolls_sideways(clinic, signed_in):
    """A dose worked out without a height tells a long line of arithmetic; every form is open."""
    nurse = signed_in("nurse", viewport={"width": 1280, "height": 800})
    chair = Chair(clinic, nurse, "Hugo")
    chair.send(nurse, "arrival", ago=10)
    chair.send(nurse, "dose", {"weight_kg": 82, "concentration_mg_per_ml": 1}, ago=5)
    chair.open(nurse)
    expect(nurse.get_by_text("BMI: unknown, no height")).to_be_visible()
    for open_all in (False, True):
        if open_all:
            nurse.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        for width in (1280, 390, 320):
            nurse.set_viewport_size({"width": width, "height": 844})
            assert nurse.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.slow
@pytest.mark.story("HF-SES-020")
def test_an_infusion_with_an_override_and_a_pause(clinic, signed_in):
    """On a phone, by touch alone: the page says what is in the way and what comes next."""
    nurse = signed_in("nurse", viewport=PHONE)
    chair = Chair(clinic, nurse, "Umar")
    chair.open(nurse).get_by_role("button", name="The patient is here").click()
    expect(nurse.get_by_text("Arrived").first).to_be_visible()
    for kind, given in (
        ("mental-state", {"assessed": True, "suicidality_evaluated": True}),
        ("cssrs", {"q1": False, "q2": False, "q6_lifetime": False, "q6_3_months": False}),
        ("escort", {"transport_arranged": True}), ("consent", {"reconfirmed": True}), ("history", {"conmeds": []}),
    ):  # fmt: skip
        chair.send(nurse, kind, given, ago=0)
    chair.open(nurse)
    nurse.locator("#s-dose > summary").click()
    nurse.get_by_label("Weight, kg").fill("82")
    nurse.get_by_label("Height, cm").fill("181")
    nurse.get_by_label("Concentration drawn, mg/mL").fill("1")
    nurse.locator("#s-dose").get_by_role("button", name="Enter").click()
    expect(nurse.get_by_text("Dose: 0.5 mg/kg x 82 kg = 41 mg")).to_be_visible()
    nurse.get_by_label("Systolic, mmHg").fill("148")
    nurse.get_by_label("Diastolic, mmHg").fill("82")
    nurse.get_by_role("button", name="Enter observation").click()
    nurse.get_by_role("button", name="Cleared for the dose").click()
    expect(nurse.get_by_role("alert").first).to_contain_text("Systolic pressure is 148 mmHg")

    doctor = chair.open(signed_in("prescriber"))
    doctor.locator("#s-dose-check > summary").click()
    doctor.get_by_label("Dose you read, mg").fill("41")
    doctor.get_by_label("Rate you read off the pump, mL/h").fill("61.5")
    doctor.locator("#s-dose-check").get_by_label("Yes").check()
    doctor.locator("#s-dose-check").get_by_role("button", name="Enter").click()
    expect(doctor.locator("#override-not-checked_reason")).to_have_count(0)  # the check has arrived
    doctor.locator("summary").filter(has_text="Override: Systolic").click()
    doctor.get_by_label("Why you go on in spite of it").fill("white coat; 128 at home")
    doctor.get_by_role("button", name="Go on in spite of it").click()
    expect(doctor.get_by_text("In spite of: Systolic pressure is 148 mmHg")).to_be_visible()

    chair.open(nurse).get_by_role("button", name="Cleared for the dose", exact=True).click()
    nurse.get_by_role("button", name="Started").click()
    expect(nurse.get_by_role("heading", name="Infusion running")).to_be_visible()
    nurse.get_by_label("Systolic, mmHg").fill("172")
    nurse.get_by_label("Diastolic, mmHg").fill("90")
    nurse.get_by_role("button", name="Enter observation").click()
    expect(nurse.get_by_text("pause the infusion").first).to_be_visible()
    nurse.get_by_role("button", name="Pause", exact=True).click()
    nurse.get_by_role("button", name="Resume", exact=True).click()
    expect(nurse.get_by_role("alert").first).to_contain_text("since the pause")
    nurse.get_by_label("Systolic, mmHg").fill("150")
    nurse.get_by_label("Diastolic, mmHg").fill("84")
    nurse.get_by_role("button", name="Enter observation").click()
    nurse.get_by_role("button", name="Resume", exact=True).click()
    expect(nurse.get_by_role("heading", name="Infusion running")).to_be_visible()
    nurse.get_by_text("End the infusion").click()
    nurse.get_by_label("Yes").first.check()
    nurse.get_by_role("button", name="Ended").click()
    nurse.get_by_role("button", name="The patient leaves").click()
    expect(nurse.get_by_role("alert").first).to_contain_text("60 min of observation remain")
    assert look(nurse, clinic.address(chair.path)) == []


@pytest.mark.slow
@pytest.mark.story("HF-SES-020")
def test_a_nasal_day_to_signature_and_slip(clinic, signed_in):
    doctor = signed_in("prescriber")
    chair = Chair(clinic, doctor, "Vera")
    chair.ask(doctor, ago=200)
    chair.send(doctor, "dose", {"dose_mg": 56}, ago=190)
    chair.send(doctor, "observation", CALM, ago=185)
    assert look(doctor, clinic.address(chair.path)) == []
    chair.send(doctor, "clearance", ago=180)
    for number in (0, 1):
        chair.send(doctor, "device", {"lot": f"24A1{number}"}, ago=178 - 5 * number)
    chair.send(doctor, "observation", CALM | {"sbp_mmhg": 146, "moaas": 4}, ago=138)
    chair.send(doctor, "mental-state", {"assessed": True, "suicidality_evaluated": True}, ago=56)
    chair.send(doctor, "recovery", WELL, ago=55)
    chair.send(doctor, "observation", CALM, ago=56)
    page = chair.open(doctor)
    page.get_by_role("button", name="The patient leaves").click()
    expect(page.get_by_text("Do not drive or use machinery")).to_be_visible()
    expect(page.get_by_text("Entered 56 min late").first).to_be_visible()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("✓ Signed and locked")).to_be_visible()
    assert look(page, clinic.address(chair.path)) == []
    assert look(page, clinic.address(f"{chair.path}slip/")) == []
    chair.open(page)
    amended_in_words_and_corrected(page)
    chair.open(page)
    correction = page.get_by_role("link", name=re.compile("Correct.*Observed")).first.get_attribute("href") or ""
    assert look(page, clinic.address(correction)) == []


def amended_in_words_and_corrected(page: Page) -> None:
    """After the signature: words without a reason are refused, words with one are dated; the signature stands."""
    words = "Left at 14:20 with her sister."
    page.get_by_text("Add an amendment", exact=True).click()
    form = page.locator("form").filter(has=page.get_by_label("What is to be added"))
    form.get_by_label("What is to be added").fill(words)
    form.get_by_label("Why").fill("The escort was not named")
    form.get_by_role("button", name="Add").click()
    line = page.get_by_role("listitem").filter(has_text=words).filter(has_text="Amendment of ")  # not its queue
    expect(line).to_be_visible()
    expect(line).to_contain_text("The escort was not named")
    expect(page.get_by_text("✓ Signed and locked")).to_be_visible()


@pytest.mark.story("HF-SES-020")
def test_an_observation_without_javascript_is_one_number_and_one_tap(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE, java_script_enabled=False)
    chair = Chair(clinic, page, "Wim")
    chair.open(page).get_by_role("button", name="The patient is here").click()
    page.get_by_label("Heart rate, /min").fill("74")
    page.get_by_role("button", name="Enter observation").click()
    expect(page.get_by_text("HR 74/min").first).to_be_visible()
    expect(page.get_by_text("last 74, 0 min ago")).to_be_visible()


@pytest.mark.story("HF-SES-020")
def test_an_open_page_follows_the_clock_of_the_server(clinic, signed_in):
    """A tablet an hour ahead: its countdowns are right, and after a minute the page is brought up to now by itself."""
    page = signed_in("prescriber", viewport=PHONE)
    chair = Chair(clinic, page, "Jan")
    chair.ask(page, ago=60)
    chair.send(page, "dose", {"dose_mg": 56}, ago=40)
    chair.send(page, "observation", CALM, ago=35)
    chair.send(page, "clearance", ago=30)
    chair.send(page, "device", {"lot": "24A17"}, ago=20)
    chair.send(page, "device", {"lot": "24A17"}, ago=15)
    page.goto("about:blank")  # a page of the clinic that is open when its clock jumps locks the screen, and rightly
    page.clock.install(time=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    chair.open(page)
    until = page.get_by_role("listitem").filter(has_text="Observation until").locator("[data-due-at]")
    expect(until).to_have_text(re.compile(r"in (9\d|100) min"))
    summary = page.get_by_text("Record an adverse event")
    summary.focus()
    with page.expect_response(lambda answer: answer.url.endswith(chair.path) and answer.request.method == "GET"):
        page.clock.run_for(70_000)
    expect(until).to_have_text(re.compile(r"in (9\d|100) min"))
    expect(summary).to_be_focused()
