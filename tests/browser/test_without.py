"""Without a mouse, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

FAR_ENOUGH = 80


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called `name`; fails where it cannot be reached."""
    for _ in range(FAR_ENOUGH):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const e = document.activeElement; const label = e.labels?.[0]?.innerText;"
            " return label || e.getAttribute('aria-label') || e.innerText || '' })()"
        )
        if re.search(name, focused):
            return
    raise AssertionError(f"{name!r} cannot be reached with the Tab key")


def test_keyboard_alone_signs_in_finds_a_patient_and_records_a_total(clinic, new_page):
    page = new_page()
    page.goto(clinic.address("/accounts/login/"))
    tab_to(page, "Username")
    page.keyboard.type("demo-nurse")
    tab_to(page, "Password")
    page.keyboard.type(clinic.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Search by name")
    page.keyboard.type("Jan")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["Example, Jan"])
    tab_to(page, "^Example, Jan$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Example, Jan")).to_be_visible()
    tab_to(page, "Record assessment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Record assessment")).to_be_visible()
    tab_to(page, "^MADRS$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="MADRS")).to_be_visible()
    tab_to(page, "MADRS total")
    page.keyboard.type("30")
    tab_to(page, "^Save$")
    page.keyboard.press("Enter")
    expect(page.get_by_text("of 60")).to_be_visible()


def test_the_focus_is_seen(clinic, new_page):
    page = new_page()
    page.goto(clinic.address("/accounts/login/"))
    tab_to(page, "Username")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


@pytest.mark.story("HF-PAT-002")
def test_everything_works_without_javascript(signed_in, open_patient):
    page = signed_in("nurse", java_script_enabled=False)
    page.get_by_label("Search by name, record number or group").fill("Wim")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["Example, Wim"])
    page.get_by_role("columnheader", name="Patient").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Patient")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["Example, Wim"])
    page.get_by_role("rowheader").get_by_role("link").click()
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="Ratings as a table")).to_be_visible()
    page.get_by_role("link", name="Record assessment").first.click()
    page.get_by_role("link", name="MADRS", exact=True).click()
    page.get_by_label("MADRS total").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("out of range")).first).to_be_visible()
    page.get_by_label("MADRS total").fill("11")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of 60")).to_be_visible()


@pytest.mark.story("HF-PAT-002")
def test_a_fifth_trial_is_added_without_javascript_and_answers_stay(signed_in, open_patient):
    page = open_patient(signed_in("prescriber", java_script_enabled=False), "Ada")
    page.get_by_text("More for this course").click()
    page.get_by_role("link", name="Record evaluation").locator("visible=true").last.click()
    page.get_by_role("group", name="Psychotic symptoms?").get_by_label("No", exact=True).check()
    page.get_by_label("Antidepressant; required").first.fill("Sertraline (invented)")
    page.get_by_role("button", name="Add another trial").click()
    expect(page.get_by_label("Antidepressant; required").first).to_have_value("Sertraline (invented)")
    expect(page.get_by_role("group", name="Psychotic symptoms?").get_by_label("No", exact=True)).to_be_checked()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    fifth = page.get_by_role("group").filter(has_text="Trial 5")
    expect(fifth.get_by_label("Antidepressant; required")).to_be_visible()
    fifth.get_by_label("Antidepressant; required").fill("Venlafaxine (invented)")
    page.get_by_role("button", name="Record and see the answer").click()
    expect(page.get_by_role("heading", level=1, name="Evaluation")).to_be_visible()
