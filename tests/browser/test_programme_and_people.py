"""Programme settings, signing a rule, the audit, people."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_prescriber_signs_a_rule(clinic, signed_in):
    page = signed_in("prescriber")
    page.goto(clinic.address("/programmes/example/"))
    page.get_by_role("link", name="Sign dose.iv.ibw").click()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("Confirm that you have read the rule.").first).to_be_visible()
    page.get_by_label(re.compile("I have read the rule")).check()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_role("status")).to_contain_text("dose.iv.ibw is signed")
    expect(page.get_by_role("region", name="Signed rules")).to_contain_text("dose.iv.ibw")


def test_a_programme_lead_chooses_the_remission_cut_and_the_patient_page_names_it(clinic, signed_in, open_patient):
    page = signed_in("programme-lead")
    page.goto(clinic.address("/programmes/example/"))
    group = page.get_by_role("region", name="remission madrs")
    group.get_by_label(re.compile("12 or less")).check()
    group.get_by_role("button", name=re.compile("^Choose")).click()
    expect(page.get_by_role("status")).to_contain_text("The setting is chosen")
    open_patient(page, "Liam")
    page.get_by_role("navigation", name="Scale").get_by_role("link", name="MADRS").click()
    expect(page.get_by_text("Remission: MADRS total ≤ 12")).to_be_visible()
    page.goto(clinic.address("/programmes/example/"))
    group.get_by_label(re.compile("10 or less")).check()
    group.get_by_role("button", name=re.compile("^Choose")).click()


def test_the_auditor_filters_the_record_and_verifies_its_chain(signed_in):
    page = signed_in("auditor")
    page.get_by_label(re.compile("^Action")).fill("evaluation.record")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("cell", name="evaluation.record").first).to_be_visible()
    expect(page.get_by_role("cell", name="assessment.record")).to_have_count(0)
    page.get_by_role("link", name="Verify the chain").click()
    expect(page.get_by_role("status")).to_contain_text("as they were written")


def test_an_administrator_adds_and_closes_an_account(signed_in):
    page = signed_in("administrator")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Nora Night")
    page.get_by_label("User name").fill("nora")
    page.get_by_label("Role").select_option("nurse")
    page.get_by_label("First password").fill("short")
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("alert")).to_contain_text("password")
    page.get_by_label("First password").fill("a-long-and-odd-passphrase")
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("row").filter(has_text="Nora Night")).to_contain_text("open")
    page.get_by_role("link", name="Nora Night").click()
    page.get_by_role("button", name="Close this account").click()
    expect(page.get_by_role("row").filter(has_text="Nora Night")).to_contain_text("closed")


def test_a_new_patient_is_added_and_a_course_opened(clinic, signed_in):
    page = signed_in("prescriber")
    page.goto(clinic.address("/caseload/?programme=example"))
    page.get_by_role("link", name="Add patient").click()
    page.get_by_label("Name or study label").fill("Example, Zelda")
    page.get_by_label("Date of birth").fill("1985-02-28")
    page.get_by_label("Age in years").fill("40")
    page.get_by_role("button", name="Add patient").click()
    expect(page.get_by_text("Give a date of birth or an age, not both").first).to_be_visible()
    page.get_by_label("Age in years").fill("")
    page.get_by_role("button", name="Add patient").click()
    page.get_by_role("link", name="Open a course").click()
    page.get_by_label("Protocol").select_option("iv-racemic")
    page.get_by_role("button", name="Open course").click()
    expect(page.get_by_role("listitem").filter(has_text="Referred").first).to_be_visible()
    expect(page.get_by_text("Evaluation to be recorded", exact=True)).to_be_visible()


def test_rules_are_searched_and_read_with_their_source(clinic, signed_in):
    page = signed_in("front-desk")
    page.goto(clinic.address("/rules/"))
    page.get_by_label("Search in id, text and class").fill("aneurysm")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="elig.ci.aneurysm").click()
    expect(page.get_by_text("Hard stop")).to_be_visible()
    expect(page.get_by_text("Place in it")).to_be_visible()
