"""Signing in and out, wrong passwords, colours, and what a role may not open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.story("HF-ACC-001")
def test_a_wrong_password_says_so_and_opens_nothing(clinic, new_page):
    page = new_page()
    page.goto(clinic.address("/caseload/"))
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.get_by_label("Username").fill("demo-nurse")
    page.get_by_label("Password", exact=True).fill("not-the-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.get_by_role("heading", name="Caseload")).to_have_count(0)


@pytest.mark.story("HF-ACC-001")
def test_sign_in_leads_to_the_caseload_and_sign_out_ends_it(clinic, signed_in):
    page = signed_in("nurse")
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    page.get_by_text("Demo nurse").first.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.goto(clinic.address("/caseload/"))
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_each_role_starts_where_its_work_is(signed_in):
    expect(signed_in("auditor").get_by_role("heading", name="Record of actions")).to_be_visible()
    expect(signed_in("administrator").get_by_role("heading", name="People")).to_be_visible()
    expect(signed_in("front-desk").get_by_role("heading", name="Caseload")).to_be_visible()


@pytest.mark.story("HF-ACC-002")
def test_the_front_desk_sees_who_comes_and_no_score(signed_in):
    page = signed_in("front-desk")
    expect(page.get_by_text("Not shown to your role").first).to_be_visible()
    expect(page.get_by_text("MADRS")).to_have_count(0)


@pytest.mark.story("HF-ACC-002")
def test_a_page_of_another_role_is_refused_in_words(clinic, signed_in):
    page = signed_in("administrator")
    answer = page.goto(clinic.address("/caseload/"))
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", name="Not permitted")).to_be_visible()
    expect(page.get_by_text("Ask an administrator")).to_be_visible()


def test_a_therapist_cannot_reach_the_evaluation_form(clinic, signed_in, open_patient):
    page = open_patient(signed_in("prescriber"), "Umar")
    page.get_by_text("More for this course").click()
    address = page.get_by_role("link", name="Record evaluation").get_attribute("href")
    other = signed_in("therapist")
    answer = other.goto(clinic.address(address))
    assert answer is not None
    assert answer.status == 403
    expect(other.get_by_role("heading", name="Not permitted")).to_be_visible()


def test_dark_colours_are_chosen_and_kept(clinic, signed_in):
    page = signed_in("nurse", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_text("Demo nurse").first.click()
    page.get_by_role("button", name="Dark, for a dim room").locator("visible=true").click()
    page.goto(clinic.address("/rules/"))
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    assert max(int(part) for part in dark.removeprefix("rgb(").rstrip(")").split(",")) < 60
