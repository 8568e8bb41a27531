"""The board on several screens: it changes by itself, says when it is not live, and does without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Clinic, sign_in
from tests.browser.test_accessibility import faults_of, look

pytestmark = pytest.mark.slow
WITHIN_MS = 15_000


@pytest.fixture
def on_board(demo_day: Clinic, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A screen of the demo day that shows the board."""

    def make(role: str = "nurse", **options: Any) -> Page:
        page = new_page(**options)
        page.set_default_timeout(60_000)
        page.goto(demo_day.address("/accounts/login/"))
        sign_in(page, role, demo_day.password)
        page.goto(demo_day.address("/board/"))
        page.get_by_role("heading", level=1, name="Board").wait_for()
        return page

    return make


def tile(page: Page, chair: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=chair, exact=True))


@pytest.mark.story("HF-EXA-002")
def test_the_demo_day_shows_every_state(on_board: Callable[..., Page]) -> None:
    page = on_board()
    expect(tile(page, "Chair 1")).to_contain_text("Dose running")
    expect(tile(page, "Chair 2")).to_contain_text("Paused")
    expect(tile(page, "Chair 2")).to_contain_text("blood pressure not below the limit yet")
    expect(tile(page, "Chair 3")).to_contain_text("Dose held: blood pressure above the limit")
    expect(tile(page, "Chair 5")).to_contain_text("Overdue: Blood pressure")
    expect(tile(page, "Chair 6")).to_contain_text("An alert waits")
    expect(tile(page, "Room 1")).to_contain_text("May leave")
    expect(tile(page, "Room 2")).to_contain_text("before leaving")
    for heading in ("Here, without a chair", "Expected today", "Left today"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text("Example, ")).to_have_count(0)


@pytest.mark.story("HF-BRD-001")
@pytest.mark.story("HF-BRD-002")
def test_an_entry_on_one_screen_changes_the_tile_on_another(on_board: Callable[..., Page]) -> None:
    watching, working = on_board("prescriber"), on_board()
    expect(watching.get_by_text("● Live")).to_be_visible(timeout=WITHIN_MS)
    late = tile(watching, "Chair 5")
    expect(late).to_contain_text("Overdue: Blood pressure")
    opened = late.get_by_role("link").first
    opened.focus()
    tile(working, "Chair 5").get_by_role("link").first.click()
    form = working.get_by_role("region", name="Observation")
    form.get_by_label(re.compile("^Systolic")).fill("131")
    form.get_by_label(re.compile("^Diastolic")).fill("82")
    form.get_by_role("button", name="Enter observation").click()
    expect(working.get_by_role("region", name="Entries")).to_contain_text("131/82 mmHg")
    expect(late).not_to_contain_text(re.compile("Overdue: Blood pressure"), timeout=WITHIN_MS)
    expect(late).to_contain_text("Overdue: Heart rate")
    expect(tile(watching, "Chair 5").get_by_role("link").first).to_be_focused()


@pytest.mark.story("HF-BRD-001")
def test_somebody_without_a_chair_gets_one(on_board: Callable[..., Page]) -> None:
    watching, desk = on_board("nurse", viewport=PHONE), on_board("front-desk")
    waiting = desk.get_by_role("region", name="Here, without a chair")
    expect(waiting).not_to_contain_text("lood pressure")
    waiting.get_by_role("link", name=re.compile("^Give a chair")).click()
    assert faults_of(desk) == []
    desk.get_by_label("Chair 1, taken now").check()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("alert")).to_contain_text("Chair 1 is taken")
    desk.get_by_label("No chair").check()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", name="Board")).to_be_visible()
    expect(watching.get_by_role("heading", name="Here, without a chair")).to_be_visible()


@pytest.mark.story("HF-BRD-002")
def test_a_screen_that_hears_nothing_says_so_and_how_old_it_is(on_board: Callable[..., Page]) -> None:
    page = on_board()
    expect(page.get_by_text("● Live")).to_be_visible(timeout=WITHIN_MS)
    page.clock.install()
    page.reload()
    expect(page.get_by_text("● Live")).to_be_visible(timeout=WITHIN_MS)
    page.route("**/board/live/", lambda route: route.abort())
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")  # the line is cut
    page.clock.fast_forward(125_000)
    page.clock.run_for(2_000)
    told = page.get_by_text(re.compile(r"▲ Not live: no connection to the clinic\. As of \d\d:\d\d:\d\d, 2 min old"))
    expect(told.first).to_be_visible()
    expect(page.get_by_role("link", name="Open the board anew")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Not live")).to_have_count(1)
    assert faults_of(page) == []


@pytest.mark.story("HF-BRD-002")
def test_without_javascript_the_page_renews_itself(on_board: Callable[..., Page]) -> None:
    page = on_board(java_script_enabled=False)
    expect(page.get_by_text(re.compile(r"As of \d\d:\d\d:\d\d"))).to_be_visible()
    expect(page.get_by_text("This page renews itself every 30 seconds.")).to_be_visible()
    assert 'http-equiv="refresh"' in page.content()
    expect(tile(page, "Chair 1")).to_be_visible()


@pytest.mark.story("HF-PAT-002")
def test_a_full_board_has_no_fault(demo_day: Clinic, on_board: Callable[..., Page]) -> None:
    page = on_board()
    assert look(page, demo_day.address("/programmes/example/board/")) == []
    small = page.evaluate(
        "[...document.querySelectorAll('.tile a, .board-told a')]"
        ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.innerText)"
    )
    assert small == []
    page.set_viewport_size(DESKTOP)
    assert "Traceback" not in demo_day.log.read_text()
