"""The registry's report as a page: no fault, contents in reach, tables folded by key and by nobody on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, ROOT
from tests.browser.test_accessibility import faults_of

REPORT = (ROOT / "docs" / "registry" / "report.html").as_uri()


@pytest.mark.story("HF-REG-175")
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_has_no_fault_and_does_not_scroll_sideways(new_page, size):
    page = new_page(viewport=size)
    page.goto(REPORT)
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.story("HF-REG-175")
def test_contents_are_in_reach_and_tables_fold_by_key(new_page):
    page = new_page()
    page.goto(REPORT)
    summary = page.get_by_text("The numbers: Table").first
    table = page.locator("details table").first
    expect(table).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    page.keyboard.press("Enter")
    expect(table).to_be_hidden()
    page.evaluate("window.scrollTo(0, 9000)")
    page.get_by_role("link", name="Contents", exact=True).click()
    expect(page.get_by_role("navigation", name="Contents")).to_be_in_viewport()


@pytest.mark.story("HF-REG-175")
def test_paper_folds_nothing_away(new_page):
    page = new_page()
    page.goto(REPORT)
    folded = page.locator("details:not([open]) table")
    assert folded.count() > 10
    expect(folded.first).to_be_hidden()
    page.emulate_media(media="print")
    for place in range(folded.count()):
        expect(folded.nth(place)).to_be_visible()
    expect(page.get_by_text("The numbers: Table").first).to_be_hidden()
    expect(page.get_by_role("link", name="Contents", exact=True)).to_be_hidden()
