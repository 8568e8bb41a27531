"""A check-in on a telephone without JavaScript: item 9 raised, the crisis text at once, the alert on the caseload."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, ROOT
from tests.browser.test_accessibility import look


@pytest.fixture(scope="module")
def link(clinic) -> str:
    """The link that `holdfast checkins send` wrote for the open check-in of the example programme."""
    folder = clinic.log.parent
    environment = {**os.environ, "HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": clinic.url.rsplit(":", 1)[1]}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    for _ in range(2):  # sent once, however often the command runs
        subprocess.run(
            [sys.executable, "-m", "holdfast", "checkins", "send"], cwd=ROOT, env=environment, check=True,
            capture_output=True,
        )  # fmt: skip
    (message,) = (text for path in (folder / "outbox").iterdir() if "/c/" in (text := path.read_text()))
    found = re.search(r"http://\S+/c/\S+/", message)
    assert found
    return found[0]


def tap(page: Page, answer: str) -> None:
    page.get_by_role("button", name=answer, exact=True).click()


@pytest.mark.slow
@pytest.mark.story("HF-CHK-004")
@pytest.mark.story("HF-CHK-005")
def test_item_9_on_a_telephone_is_answered_at_once_and_alerts(clinic, link, new_page, signed_in, open_patient):
    phone = new_page(viewport=PHONE, java_script_enabled=False)
    phone.goto(link)
    expect(phone.get_by_text("Question 1 of 10")).to_be_visible()
    assert look(new_page(), link) == []
    small = phone.locator("button.tap").evaluate_all("all => all.filter(e => e.getBoundingClientRect().height < 60)")
    assert small == []
    for number in range(1, 9):
        expect(phone.get_by_text(f"Question {number} of 10")).to_be_visible()
        tap(phone, "Not at all")
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile("better off dead"))
    tap(phone, "Several days")
    alert = phone.get_by_role("alert")
    expect(alert).to_contain_text("Your answers mention thoughts about death")
    expect(alert).to_contain_text("988")
    expect(phone.get_by_text(re.compile(r"Question \d+ of"))).to_have_count(0)

    nurse = signed_in("nurse")
    nurse.goto(clinic.address("/caseload/?programme=example"))
    row = nurse.get_by_role("row").filter(has_text="Example, Nils")
    expect(row).to_contain_text("Thoughts of death or self-harm")
    open_patient(nurse, "Nils").get_by_role("link", name="Check-ins", exact=True).click()
    expect(nurse.get_by_text("Crisis text shown").first).to_be_visible()

    other = new_page(viewport=PHONE)
    other.goto(link)  # closed and opened on another telephone: still the crisis text
    expect(other.get_by_role("alert")).to_be_visible()
    assert look(other, link) == []
    tap(phone, "I have read this. Go on with the questions")
    tap(phone, "Low")
    expect(phone.get_by_role("heading", name="Thank you. Everything is saved.")).to_be_visible()
    expect(phone.get_by_text("Keep your walks")).to_be_visible()
    assert look(other, link) == []
    expect(other.locator("#mood-curve canvas")).to_be_visible()


@pytest.mark.slow
def test_a_link_that_does_not_open_has_no_fault(clinic, new_page):
    page = new_page(viewport=PHONE)
    answer = page.goto(clinic.address("/c/no-such-link/"))
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="This link does not open")).to_be_visible()
