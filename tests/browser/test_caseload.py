"""The caseload: what is due first, search, sort, filter, on desktop and phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def rows(page):
    return page.get_by_role("rowheader").get_by_role("link")


@pytest.mark.story("HF-CAS-001")
def test_search_narrows_as_one_types(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    everyone = rows(page).count()
    assert everyone > 10
    page.get_by_label("Search by name, record number or group").press_sequentially("Umar", delay=20)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_have_text("Example, Umar")
    assert "Umar" not in page.url  # a name has no place in an address


def test_a_search_without_a_match_offers_the_way_back(clinic, signed_in):
    page = signed_in("nurse")
    page.get_by_label("Search by name, record number or group").fill("nobody-of-this-name")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nobody here matches.")).to_be_visible()
    page.get_by_role("link", name="Show everyone").click()
    assert rows(page).count() > 10


@pytest.mark.parametrize(("name", "order"), [("Patient", 1), ("Patient", -1)])
@pytest.mark.story("HF-CAS-001")
def test_a_header_sorts_both_ways(clinic, signed_in, name, order):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    header = page.get_by_role("columnheader", name=name)
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    if order < 0:
        header.get_by_role("button").click()
        expect(header).to_have_attribute("aria-sort", "descending")
    names = rows(page).all_inner_texts()
    assert len(names) > 10
    assert names == sorted(names, reverse=order < 0)


def test_a_search_keeps_through_sorting(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    page.get_by_label("Search by name, record number or group").fill("EX-01")
    expect(rows(page)).to_have_count(10)
    page.get_by_role("columnheader", name="Patient").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Patient")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page)).to_have_count(10)


def test_overdue_comes_first_by_itself(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    first = page.get_by_role("region", name=re.compile("Due first")).get_by_role("listitem").first
    expect(first).to_contain_text("Overdue")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Overdue")


def test_phase_filter_shows_that_phase_only(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    page.get_by_label("Phase").select_option("maintenance")
    expect(page.get_by_role("cell", name=re.compile("^Induction"))).to_have_count(0)
    assert page.get_by_role("cell", name=re.compile("^Maintenance")).count() >= 2


def test_a_change_is_told_in_words_and_not_by_colour_alone(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example"))
    expect(page.get_by_role("row").filter(has_text="Umar")).to_contain_text(re.compile(r"↓\s*\d+ \(−\d+ %\) better"))


@pytest.mark.story("HF-EXA-001")
def test_the_page_says_what_the_records_are(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/"))
    expect(page.get_by_role("note").filter(has_text="Simulated programme.")).to_be_visible()
    expect(page.get_by_role("note").filter(has_text="Real people, de-identified.")).to_be_visible()


@pytest.mark.story("HF-PAT-002")
def test_a_phone_shows_cards_without_sideways_scrolling(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE)
    page.goto(clinic.address("/caseload/?programme=example"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.get_by_text("Change from baseline").locator("visible=true").first).to_be_visible()
    page.get_by_text("Menu", exact=True).click()
    expect(page.get_by_role("navigation", name="Menu").get_by_role("link", name="Rules")).to_be_visible()
