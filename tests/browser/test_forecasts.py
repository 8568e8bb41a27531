"""A forecast in the browser: a rating arrives, the server's own job makes it, a prescriber reads, compares, decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import look

TRIES, EVERY_MS = 90, 3000  # a job settles for half a minute and starts Python anew; the machine may be busy


def until_it_is_made(page: Page) -> None:
    """Open the page again until the forecast that was asked for stands on it."""
    for _ in range(TRIES):
        if not page.get_by_text("A new forecast was asked for").count():
            return
        page.wait_for_timeout(EVERY_MS)
        page.reload()
    raise AssertionError("the job made no forecast")


def until_one_looks_back(page: Page) -> Locator:
    """Open the page again until a forecast that the example asked for afterwards stands on it."""
    listed = page.get_by_role("region", name="Forecasts so far").get_by_role("listitem")
    found = listed.filter(has_text="asked afterwards").get_by_role("link").last
    for _ in range(TRIES):
        if found.count():
            return found
        page.wait_for_timeout(EVERY_MS)
        page.reload()
    raise AssertionError("the example's jobs made no forecast that looks back")


@pytest.mark.slow
@pytest.mark.story("HF-FOR-020")
@pytest.mark.story("HF-FOR-024")
@pytest.mark.story("HF-FOR-027")
def test_a_rating_becomes_a_forecast_that_is_read_compared_and_decided_with(clinic, signed_in):
    page = signed_in("prescriber", viewport=PHONE, java_script_enabled=False)
    page.goto(clinic.address("/caseload/?programme=example"))
    page.get_by_role("rowheader").get_by_role("link", name="Nils").first.click()
    patient = page.url
    page.get_by_role("link", name="Record assessment").first.click()
    page.get_by_role("link", name="MADRS", exact=True).first.click()
    page.get_by_label("Total").fill("17")
    page.get_by_role("button", name="Save").click()
    page.goto(patient)
    page.get_by_role("link", name="Open the forecast").click()
    until_it_is_made(page)
    expect(page.get_by_role("img", name="to expect")).to_be_visible()
    expect(page.get_by_text("because a rating came in")).to_be_visible()
    newest = page.url
    faults = look(signed_in("nurse"), newest)
    assert faults == []
    page.get_by_role("link", name="Compare schedules").click()
    expect(page.get_by_role("img", name="Weeks well")).to_be_visible()
    assert look(signed_in("nurse"), page.url) == []
    table, frame = (page.locator(one).bounding_box() for one in (".row-cards", ".table-wrap"))
    assert table["width"] <= frame["width"] <= PHONE["width"], "nothing of the table lies beside the phone"
    assert page.get_by_role("table").get_by_role("row").count() > 5, "a table still, for who hears it"
    page.get_by_label("Change to “Every 2 weeks”").check()
    page.get_by_label("Why, and what else was weighed").fill("She asks for fewer journeys")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("The decision is recorded.")).to_be_visible()
    expect(page.get_by_text("She asks for fewer journeys")).to_be_visible()
    page.goto(patient)
    expect(page.get_by_text("Decided with a forecast shown: change to a schedule")).to_be_visible()
    page.goto(newest)
    until_one_looks_back(page).click()
    expect(page.get_by_text("It looks back")).to_be_visible()
    expect(page.get_by_role("heading", name="What came after that day")).to_be_visible()
    assert look(signed_in("nurse"), page.url) == []
    lead = signed_in("programme-lead")
    lead.goto(patient)
    expect(lead.get_by_role("heading", name="History")).to_be_visible()
    expect(lead.get_by_role("heading", name="Forecast", exact=True)).to_have_count(0)
