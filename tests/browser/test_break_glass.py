"""Somebody from elsewhere breaks the glass, reads one patient, and the programme lead reviews it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, ROOT
from tests.browser.test_accessibility import faults_of, look
from tests.browser.test_offline import OPEN

PASSWORD = "from-another-ward-7"


@pytest.fixture(scope="module")
def outsider(clinic):
    """The name of a prescriber who belongs to no programme."""
    environment = {**os.environ, "HOLDFAST_DATA": str(clinic.log.parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(
        [sys.executable, "-m", "holdfast", "user", "add", "olga", "--role", "prescriber", "--full-name", "Olga Outside",
         "--password-stdin"],
        cwd=ROOT, env=environment, input=PASSWORD, text=True, check=True, capture_output=True,
    )  # fmt: skip
    return "olga"


def record_number_of(page) -> str:
    return page.locator(".patient-head .meta").inner_text().split("Record ")[1].split()[0]


@pytest.mark.slow
@pytest.mark.story("HF-ACC-003")
def test_the_glass_is_broken_marked_and_reviewed(clinic, outsider, new_page, signed_in, open_patient):
    patient = open_patient(signed_in("nurse"), "Umar")
    number, address = record_number_of(patient), patient.url

    page = new_page(viewport=PHONE)
    page.goto(clinic.address("/accounts/login/"))
    page.get_by_label("Username").fill(outsider)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(address)
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()

    assert look(page, clinic.address("/break-glass/open/")) == []
    page.get_by_label("Programme of the patient").select_option("example")
    page.get_by_label("Record number").fill(number)
    page.get_by_label("Medical emergency").check()
    page.get_by_label("What happened").fill("Brought in unconscious, which drugs were given?")
    page.get_by_role("button", name="Break the glass").click()
    expect(page.get_by_text("Confirm that you need this for care.").first).to_be_visible()
    page.get_by_label("I need this to care for the patient now").check()
    page.get_by_role("button", name="Break the glass").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Umar")
    banner = page.get_by_role("complementary", name="Break-glass")
    expect(banner).to_contain_text("The glass is broken")
    assert look(page, page.url) == []
    expect(page.get_by_role("link", name="Record assessment")).to_have_count(0)
    page.goto(clinic.address(page.locator('a[href$="/flow-sheet/"]').first.get_attribute("href")))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Umar")
    page.wait_for_timeout(2000)
    assert page.evaluate(OPEN.replace("WORK", "").replace("RESULT", "[found.keys.length, found.pages.length]")) == [
        1,
        0,
    ]
    page.goto(address)

    lead = signed_in("programme-lead")
    lead.get_by_role("link", name="waiting for your review").click()
    expect(lead.get_by_role("main")).to_contain_text("Brought in unconscious")
    expect(lead.get_by_role("main")).to_contain_text("Open now")
    assert faults_of(lead) == []
    lead.get_by_role("link", name="Review what Olga Outside opened").click()
    assert look(lead, lead.url) == []
    lead.get_by_label("Justified", exact=True).check()
    lead.get_by_role("button", name="Save the review").click()
    expect(lead.get_by_role("status")).to_contain_text("The review is recorded")
    expect(lead.get_by_role("main")).to_contain_text("Justified")

    page.reload()  # the review ended it
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()

    auditor = signed_in("auditor")
    auditor.goto(clinic.address("/break-glass/"))
    expect(auditor.get_by_role("main")).to_contain_text("Olga Outside")
    expect(auditor.get_by_role("main")).not_to_contain_text("Umar")
