"""An answer about suicide is taken by the person on duty; another one nobody takes goes on to the next."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import faults_of
from tests.browser.test_patient import answer_phq9, record

WAITS = re.compile("An answer about suicide waits for you")
TAKE = "I take it: show the answer"


def set_minutes(lead, clinic, minutes):
    lead.goto(clinic.address("/programmes/example/duty/"))
    lead.get_by_label("Minutes to acknowledge").fill(minutes)
    lead.get_by_role("button", name="Set the minutes").click()
    expect(lead.get_by_role("status")).to_contain_text("The minutes are set")


def answer_with_item_9(page, open_patient):
    open_patient(page, "Umar")
    record(page, "PHQ-9")
    answer_phq9(page, item_9="Several days")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Act now").first).to_be_visible()


def take_what_waits(page, clinic):
    """Tests before this one left answers of their own."""
    page.goto(clinic.address("/alerts/"))
    while page.get_by_role("button", name=TAKE).count():
        page.get_by_role("button", name=TAKE).first.click()
        expect(page.get_by_role("status").first).to_contain_text("You took the alert")
        page.goto(clinic.address("/alerts/"))


@pytest.mark.slow
@pytest.mark.story("HF-CRI-005")
def test_one_alert_is_taken_and_one_goes_on_to_the_next(clinic, signed_in, open_patient):
    lead, nurse = signed_in("programme-lead"), signed_in("nurse", viewport=PHONE)
    therapist, prescriber = signed_in("therapist"), signed_in("prescriber")
    set_minutes(lead, clinic, "60")
    take_what_waits(nurse, clinic)
    take_what_waits(prescriber, clinic)
    answer_with_item_9(therapist, open_patient)
    nurse.goto(clinic.address("/rules/"))
    expect(nurse.get_by_text(WAITS)).to_be_visible()
    assert faults_of(nurse) == []
    prescriber.reload()
    expect(prescriber.get_by_text(WAITS)).to_have_count(0)
    nurse.get_by_role("button", name=TAKE).first.click()
    expect(nurse.get_by_role("status").first).to_contain_text("You took the alert")
    expect(nurse.get_by_text(WAITS)).to_have_count(0)

    set_minutes(lead, clinic, "0.1")
    answer_with_item_9(therapist, open_patient)
    prescriber.wait_for_timeout(7_000)  # the six seconds of the programme pass, and nobody took it
    prescriber.goto(clinic.address("/alerts/"))
    expect(prescriber.get_by_text(WAITS)).to_be_visible()
    assert faults_of(prescriber) == []
    prescriber.get_by_role("complementary", name="Alert").get_by_role("button", name=TAKE).click()
    expect(prescriber.get_by_role("status").first).to_contain_text("You took the alert")
    nurse.goto(clinic.address("/alerts/"))
    expect(nurse.get_by_text(WAITS)).to_have_count(0)
    newest = nurse.get_by_role("region", name="Taken").get_by_role("article").first
    expect(newest).to_contain_text("Demo nurse")
    expect(newest).to_contain_text(re.compile("Taken.*Demo prescriber"))
    set_minutes(lead, clinic, "15")


@pytest.mark.slow
@pytest.mark.story("HF-CRI-005")
def test_pages_that_are_open_show_a_new_alert_without_a_click(clinic, signed_in, open_patient):
    nurse, therapist = signed_in("nurse"), signed_in("therapist")
    take_what_waits(nurse, clinic)
    open_pages = [nurse, nurse.context.new_page(), nurse.context.new_page()]
    for page, path in zip(open_pages, ("/worklist/", "/caseload/", "/board/"), strict=True):
        page.goto(clinic.address(path))
        expect(page.get_by_text(WAITS)).to_have_count(0)
    answer_with_item_9(therapist, open_patient)
    for page in open_pages:
        place = page.locator("#alert-place")
        expect(place).to_contain_text(WAITS)
        assert place.get_attribute("aria-live") == "assertive"
        assert page.title().startswith("▲ ")
    assert faults_of(nurse) == []
    place = open_pages[1].get_by_role("complementary", name="Alert")
    place.get_by_role("button", name=TAKE).click()
    expect(open_pages[1].get_by_role("status").first).to_contain_text("You took the alert")
    for page in (nurse, open_pages[2]):
        expect(page.get_by_text(WAITS)).to_have_count(0)
