"""The report of a programme in the browser: the lead asks, the server's own job makes it, both pages tell it whole."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import look
from tests.browser.test_flow_sheet import CALM, Chair

TRIES, EVERY_MS = 90, 3000  # a job starts Python anew; the machine may be busy
EVENT, NARRATIVE = "Hypertensive crisis", "By ambulance to the ward, invented; home the next day"


def with_a_serious_event(clinic, nurse: Page) -> None:
    """A nasal dose today, and what happened after it, written at the chair."""
    chair = Chair(clinic, nurse, "Quin")
    chair.ask(nurse, ago=60)
    chair.send(nurse, "dose", {"dose_mg": 56}, ago=40)
    chair.send(nurse, "observation", CALM, ago=35)
    chair.send(nurse, "clearance", ago=30)
    chair.send(nurse, "device", {"lot": "24A17"}, ago=20)
    chair.send(nurse, "adverse-event", {
        "term": EVENT, "onset_at": (chair.now - dt.timedelta(minutes=12)).isoformat(), "severity": "severe",
        "seriousness": "hospitalisation", "causality": "probable", "action_taken": "dose-stopped",
        "outcome": "recovering", "note": NARRATIVE,
    }, ago=10)  # fmt: skip


def until_it_is_made(page: Page) -> None:
    """Open the page again until the report that was asked for stands on it."""
    asked = page.get_by_text("A new report ")  # was asked for, then is being made
    for _ in range(TRIES):
        if not asked.count():
            return
        page.wait_for_timeout(EVERY_MS)
        page.reload()
    raise AssertionError("the job made no report")


def pictures_that_show(page: Page) -> int:
    """Pictures that arrived, each with words for who does not see it."""
    page.evaluate("document.querySelectorAll('figure img').forEach((one) => { one.loading = 'eager'; })")
    for _ in range(TRIES):  # not wait_for_function: the content policy forbids it to evaluate
        if page.evaluate("[...document.querySelectorAll('figure img')].every((one) => one.complete)"):
            break
        page.wait_for_timeout(200)
    shown = page.evaluate(
        "[...document.querySelectorAll('figure img')].map((one) => [one.naturalWidth, one.alt.length])"
    )
    assert all(width > 100 and words > 20 for width, words in shown), shown
    return len(shown)


@pytest.mark.slow
@pytest.mark.story("HF-REG-195")
def test_the_lead_asks_for_the_report_and_reads_and_keeps_it(clinic, signed_in):
    with_a_serious_event(clinic, signed_in("prescriber"))
    lead = signed_in("programme-lead", viewport=PHONE)
    lead.goto(clinic.address("/programmes/example/"))
    lead.get_by_role("link", name="Outcomes", exact=True).click()
    until_it_is_made(lead)  # the report of the day, where the server began with it
    lead.get_by_role("button", name="Make it anew now").click()
    expect(lead.get_by_text("Asked for: it is made within minutes")).to_be_visible()
    until_it_is_made(lead)
    expect(lead.get_by_text("asked by Demo programme lead")).to_be_visible()
    outcomes = lead.url
    expect(lead.get_by_role("region", name="Courses at each step")).to_be_visible()
    assert pictures_that_show(lead) >= 3
    assert lead.get_by_role("table").count() > 8
    expect(lead.get_by_text(NARRATIVE)).to_have_count(0)
    lead.get_by_role("link", name="Safety", exact=True).first.click()
    events = lead.get_by_role("region", name="Serious events, with what was written")
    expect(events.get_by_text(NARRATIVE)).to_be_visible()
    expect(events.get_by_text("Hospitalisation")).to_be_visible()
    assert pictures_that_show(lead) >= 1
    assert lead.get_by_role("table").count() > 3
    safety = lead.url
    for name, begins in (("HTML", b"<!doctype html>"), ("PDF", b"%PDF-"), ("tables as CSV", b"PK"), ("JSON", b"{")):
        with lead.expect_download() as arrived:
            lead.get_by_role("link", name=name, exact=True).click()
        content = Path(arrived.value.path()).read_bytes()
        assert content[:15].lower().startswith(begins.lower()), (name, content[:40])
        assert NARRATIVE.encode() not in content, "what was written at the chair is in no file"
        assert arrived.value.suggested_filename.startswith("example-")
        if name.startswith("tables"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert "flow-steps" in " ".join(archive.namelist())
    # both pages as they are with a report in them: the rows of every page may see them without one
    assert {page: found for page in (outcomes, safety) if (found := look(lead, page))} == {}
    expect(lead.get_by_role("region", name="Serious events, with what was written")).to_contain_text(NARRATIVE)
    nurse = signed_in("nurse")  # reads the numbers, and not every patient's narrative
    nurse.goto(safety)
    expect(nurse.get_by_text(NARRATIVE)).to_have_count(0)
    assert nurse.get_by_role("table").count() > 3
