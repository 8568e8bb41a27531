"""A reminder from the agreement to the telephone: the message is a file, its link shows the day and how to prepare."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, ROOT
from tests.browser.test_accessibility import look

PREPARE = "Eat nothing for two hours before.\nSomebody takes you home."


def this_hour() -> str:
    """A time of day a little ago in the clinic of the example: what is agreed for it goes out now."""
    now = dt.datetime.now(ZoneInfo("America/New_York"))
    return max(now - dt.timedelta(minutes=5), now.replace(hour=0, minute=0)).strftime("%H:%M")


def top_and_edge(page: Page, label: str) -> tuple[float, str]:
    """Where a field to fill in begins, and the colour around it."""
    box = "e => [e.getBoundingClientRect().top, getComputedStyle(e).borderTopColor]"
    top, edge = page.get_by_label(label, exact=True).evaluate(box)
    return top, edge


@pytest.mark.slow
def test_what_is_wrong_is_marked_around_the_field_and_leaves_a_pair_in_line(clinic, signed_in, open_patient):
    nurse = signed_in("nurse")
    open_patient(nurse, "Umar")
    reminders = nurse.get_by_role("link", name="Reminders", exact=True).get_attribute("href")
    nurse.goto(clinic.address(f"{reminders}agree/"))
    nurse.get_by_role("button", name="Save the agreement").click()
    expect(nurse.get_by_text("Not saved yet.")).to_be_visible()
    (days, sound), (at, wrong) = (top_and_edge(nurse, label) for label in ("How long before", "At"))
    assert days == at
    assert sound != wrong
    assert top_and_edge(nurse, "Address or number")[1] == top_and_edge(nurse, "How to prepare")[1] == wrong


@pytest.mark.slow
@pytest.mark.story("HF-CHK-008")
def test_a_reminder_is_agreed_sent_and_read_on_a_telephone(clinic, new_page, signed_in, open_patient):
    nurse = signed_in("nurse")
    open_patient(nurse, "Kira")
    patient = nurse.url
    plan = nurse.locator('a[href*="/sessions/plan/"]').first.get_attribute("href")
    nurse.goto(clinic.address(plan or ""))
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=4)).date()
    nurse.get_by_label("Date").fill(day.isoformat())
    nurse.get_by_role("main").get_by_role("button").first.click()
    nurse.goto(patient)
    nurse.get_by_role("link", name="Reminders", exact=True).click()
    expect(nurse.get_by_text("Nothing is agreed yet.")).to_be_visible()
    nurse.get_by_role("link", name="Agree reminders").click()
    nurse.get_by_label("How long before").select_option(label="7 days before")
    nurse.get_by_label("At", exact=True).fill(this_hour())
    nurse.get_by_label("e-mail").check()
    nurse.get_by_label("Address or number").fill("kira@mail.example")
    nurse.get_by_label("How to prepare").fill(PREPARE)
    nurse.get_by_label("The patient agrees to these reminders").check()
    nurse.get_by_role("button", name="Save the agreement").click()
    expect(nurse.get_by_text("The reminders are agreed.")).to_be_visible()
    ledger = nurse.url

    folder = clinic.log.parent
    environment = {**os.environ, "HOLDFAST_DATA": str(folder), "HOLDFAST_PORT": clinic.url.rsplit(":", 1)[1]}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(
        [sys.executable, "-m", "holdfast", "checkins", "send"], cwd=ROOT, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    texts = [path.read_text() for path in (folder / "outbox").iterdir()]
    (message,) = [text for text in texts if "/r/" in text and "kira@mail.example" in text and f" {day.day} " in text]
    found = re.search(r"http://\S+/r/\S+/", message)
    assert found
    phone = new_page(viewport=PHONE, java_script_enabled=False)
    phone.goto(found[0])
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Your appointment")
    expect(phone.get_by_text("Somebody takes you home.")).to_be_visible()
    assert "Kira" not in phone.content()
    assert look(new_page(), found[0]) == []
    nurse.goto(ledger)
    expect(nurse.get_by_text("Opened", exact=True).first).to_be_visible()
    assert look(nurse, ledger) == []
