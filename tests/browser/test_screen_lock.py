"""A screen nobody touches: covered with what was typed under it, opened by PIN; another person opens it as herself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import faults_of

PIN = "4729"


def set_pin(page, clinic, pin):
    page.goto(clinic.address("/accounts/pin/"))
    page.get_by_label("Your password").fill(clinic.password)
    page.get_by_label("New PIN").fill(pin)
    page.get_by_label("The PIN again").fill(pin)
    page.get_by_role("button", name="Set it").or_(page.get_by_role("button", name="Change it")).click()
    expect(page.get_by_text("Your PIN is set")).to_be_visible()


@pytest.mark.slow
@pytest.mark.story("HF-ACC-006")
def test_what_was_typed_stays_under_the_cover_and_the_pin_takes_it_off(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE)
    set_pin(page, clinic, PIN)
    page.clock.install()
    page.goto(clinic.address("/patients/add/"))
    page.get_by_label("Name or study id").or_(page.get_by_role("textbox").first).first.fill("Typed before the lock")
    page.clock.fast_forward(6 * 60 * 1000)
    page.clock.run_for(3000)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(0)
    assert faults_of(page) == []
    page.get_by_label("PIN of").fill("1111")
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.get_by_text("That is not right")).to_be_visible()
    other = page.context.new_page()
    assert other.goto(clinic.address("/caseload/")).status == 423
    assert faults_of(other) == []
    page.get_by_label("PIN of").fill(PIN)
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("textbox").first).to_have_value("Typed before the lock")
    assert other.goto(clinic.address("/caseload/")).status == 200


@pytest.mark.slow
@pytest.mark.story("HF-ACC-006")
def test_it_covers_the_page_although_the_clock_of_the_device_was_set_back(clinic, signed_in):
    page = signed_in("nurse")
    page.clock.install(time="2026-11-02T09:00:00Z")
    page.goto(clinic.address("/caseload/"))
    page.get_by_role("heading", level=1).click()
    page.clock.set_system_time("2026-11-02T07:00:00Z")
    page.clock.run_for(3000)
    page.clock.fast_forward(6 * 60 * 1000)
    page.clock.run_for(3000)
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()


@pytest.mark.slow
@pytest.mark.story("HF-ACC-006")
def test_a_colleague_opens_it_as_herself_without_a_script(clinic, new_page):
    page = new_page(java_script_enabled=False)

    def sign_in(role):
        page.goto(clinic.address("/accounts/login/"))
        page.get_by_label("Username").fill(f"demo-{role}")
        page.get_by_label("Password", exact=True).fill(clinic.password)
        page.get_by_role("button", name="Sign in", exact=True).click()

    sign_in("prescriber")
    set_pin(page, clinic, "9027")
    page.context.clear_cookies(name="holdfast_session")
    sign_in("nurse")
    page.locator("details.who summary").click()
    page.get_by_role("button", name="Lock the screen").first.click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    page.get_by_text("I am somebody else").click()
    page.get_by_label("Your user name").fill("demo-prescriber")
    page.get_by_label("Your PIN").fill("9027")
    page.get_by_role("button", name="Unlock as me").click()
    expect(page.locator("details.who summary")).to_have_text("Demo prescriber")
