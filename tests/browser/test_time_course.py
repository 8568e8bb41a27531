"""The time course in the browser: readings, then the range that the server's own simulator computes behind them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import look
from tests.browser.test_flow_sheet import CALM, Chair


@pytest.mark.slow
@pytest.mark.story("HF-SES-030")
def test_a_nasal_day_gets_its_expected_range(clinic, signed_in):
    """Entered, computed in another process while the page is open, drawn without JavaScript, one tap to its basis."""
    page = signed_in("nurse", viewport=PHONE, java_script_enabled=False)
    chair = Chair(clinic, page, "Mona")
    chair.ask(page, ago=60)
    chair.send(page, "dose", {"dose_mg": 56}, ago=55)
    chair.send(page, "observation", CALM, ago=50)
    chair.send(page, "clearance", ago=45)
    chair.send(page, "device", {"lot": "24A19"}, ago=44)
    chair.send(page, "observation", CALM | {"sbp_mmhg": 141, "cadss_total": 9}, ago=10)
    expect(chair.open(page).get_by_role("heading", name="Time course")).to_be_visible()
    expect(page.get_by_role("img", name="Blood pressure")).to_be_visible()
    for _ in range(60):
        if page.locator("polygon.outer").count():
            break
        page.wait_for_timeout(2000)
        chair.open(page)
    expect(page.locator("polygon.outer")).to_have_count(3)
    page.get_by_role("link", name="What it rests on").click()
    expect(page.get_by_role("heading", name="Expected range", level=1)).to_be_visible()
    expect(page.get_by_text("holdfast-1, version")).to_be_visible()
    basis = page.url
    doctor = signed_in("prescriber")
    assert look(doctor, clinic.address(chair.path)) == []
    assert look(doctor, basis) == []
    lead = signed_in("programme-lead")
    lead.goto(clinic.address(chair.path))
    expect(lead.get_by_role("heading", name="Time course")).to_be_visible()
    expect(lead.locator("polygon.outer")).to_have_count(0)
