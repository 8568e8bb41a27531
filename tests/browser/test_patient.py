"""The patient page and what is recorded from it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import faults_of

CRISIS = re.compile("Act now")
LEAST = "Not at all"


def record(page, scale):
    page.get_by_role("link", name="Record assessment").first.click()
    page.get_by_role("link", name=scale, exact=True).click()


def answer_phq9(page, *, item_9, leave_out=()):
    groups = page.get_by_role("group")
    for number in range(1, 10):
        if number in leave_out:
            continue
        wanted = item_9 if number == 9 else LEAST
        groups.filter(has_text=re.compile(rf"^\s*{number}\. ")).get_by_label(wanted).check()


@pytest.mark.story("HF-PAT-001")
def test_the_curve_is_drawn_and_the_same_is_a_table(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Umar")
    chart = page.locator("canvas")
    expect(chart).to_be_visible()
    assert chart.evaluate("c => c.width") > 300
    drawn = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert chart.evaluate(drawn) > 20
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="Ratings as a table")).to_contain_text("14")
    page.get_by_role("navigation", name="Scale").get_by_role("link", name="PHQ-9").click()
    expect(page.get_by_role("heading", name="PHQ-9 over time")).to_be_visible()


@pytest.mark.story("HF-SAF-001")
def test_the_page_names_label_definitions_staging_and_exposure(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Umar")
    for words in ("Off-label", "Response: a fall of 50 % from baseline", "Maudsley Staging", "Thase-Rush", "MGH-s"):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_role("region", name="Exposure")).to_contain_text("mg")
    expect(page.get_by_text("nothing is predicted")).to_be_visible()


def test_a_course_of_study_days_shows_days_and_no_date(clinic, signed_in):
    page = signed_in("nurse")
    page.goto(clinic.address("/caseload/?programme=example-study"))
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_text("This course counts study days")).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text(re.compile(r"Day \d"))


@pytest.mark.story("HF-CRI-001")
def test_item_9_of_the_phq9_shows_the_crisis_text_at_once(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Hugo")
    record(page, "PHQ-9")
    answer_phq9(page, item_9="Several days")
    page.get_by_role("button", name="Save").click()
    crisis = page.get_by_role("alert").filter(has_text=CRISIS)
    expect(crisis).to_be_visible()
    expect(crisis).to_contain_text("not an emergency service")
    expect(crisis).to_contain_text("988")
    expect(crisis.get_by_role("link", name="sui.phq9.q9").first).to_be_visible()
    expect(crisis).to_contain_text("Level: not triaged yet")
    expect(crisis).to_contain_text("No rule names a person at this answer.")
    expect(crisis).to_contain_text("was never checked at its official site")
    expect(page.get_by_text("of 27")).to_be_visible()


@pytest.mark.story("HF-CRI-001")
def test_an_alert_leads_to_the_screener_and_the_screener_says_who_is_told(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Gail")
    record(page, "PHQ-9")
    answer_phq9(page, item_9="More than half the days")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Clinician, now:")).to_be_visible()
    page.goto(page.url)  # the response is there again whenever the rating is opened
    page.get_by_role("alert").get_by_role("link", name="Record C-SSRS").click()
    for name, said in (("Question 1", "Yes"), ("Question 2", "Yes"), ("Question 3", "Yes"), ("Question 4", "No"),
                       ("Question 5", "No"), ("Question 6, in the lifetime", "No"),
                       ("Question 6, within the past 3 months", "No")):  # fmt: skip
        page.get_by_role("group", name=name, exact=True).get_by_label(said, exact=True).check()
    page.get_by_role("button", name="Save").click()
    crisis = page.get_by_role("alert").filter(has_text=CRISIS)
    expect(crisis).to_contain_text("Level: moderate by the C-SSRS screener.")
    expect(crisis).to_contain_text("Clinician, the same day:")
    expect(crisis.get_by_role("link", name="Record C-SSRS")).to_have_count(0)
    page.get_by_role("link", name="Back to the patient").click()
    first = page.get_by_text("Thoughts of death or self-harm", exact=False).first.bounding_box()
    assert first is not None
    assert first["width"] > 200, "its buttons leave the line no room"
    page.get_by_role("link", name="See the answer").click()
    expect(page.get_by_text("and the C-SSRS was asked since")).to_be_visible()
    page.get_by_text("What this answer asked for").click()
    assert faults_of(page) == []
    page.get_by_role("link", name="C-SSRS moderate").click()
    expect(page.get_by_role("alert").filter(has_text=CRISIS)).to_be_visible()


@pytest.mark.story("HF-CRI-001")
def test_item_9_speaks_even_where_the_form_is_incomplete(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Ines")
    record(page, "PHQ-9")
    answer_phq9(page, item_9="Nearly every day", leave_out=(3,))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text=CRISIS)).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Not saved yet")).to_be_visible()
    expect(page.get_by_role("group").filter(has_text="3. ").get_by_text("Not answered yet.")).to_be_visible()


def test_item_9_at_zero_shows_no_crisis_text(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Hugo")
    record(page, "PHQ-9")
    answer_phq9(page, item_9=LEAST)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="PHQ-9")).to_be_visible()
    expect(page.get_by_text(CRISIS)).to_have_count(0)


@pytest.mark.story("HF-SCL-002")
def test_the_difficulty_item_is_asked_kept_and_not_scored(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Kira")
    record(page, "PHQ-9")
    answer_phq9(page, item_9=LEAST)
    page.get_by_role("group", name=re.compile("how difficult have these problems")).get_by_label(
        "Very difficult"
    ).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile(r"^0 of 27"))).to_be_visible()
    row = page.get_by_role("row").filter(has_text="how difficult have these problems")
    expect(row).to_contain_text("Very difficult")
    expect(row).to_contain_text("Not scored")
    page.get_by_role("link", name="Correct").click()
    expect(page.get_by_label("Very difficult")).to_be_checked()


@pytest.mark.story("HF-SCL-002")
def test_a_licensed_scale_takes_a_total_and_refuses_one_out_of_range(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Kira")
    record(page, "MADRS")
    expect(page.get_by_role("radio")).to_have_count(0)
    total = page.get_by_label("MADRS total")
    total.fill("61")
    page.get_by_role("button", name="Save").click()
    expect(total).to_have_attribute("aria-invalid", "true")
    said_by = total.get_attribute("aria-describedby") or ""
    beside = " ".join(page.locator(f"[id='{name}']").inner_text() for name in said_by.split())
    assert "0 to 60" in beside
    assert "61" in beside
    total.fill("33")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of 60")).to_be_visible()


@pytest.mark.story("HF-REC-002")
def test_a_correction_adds_a_version_and_keeps_the_old_one(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Gail")
    record(page, "MADRS")
    page.get_by_label("MADRS total").fill("21")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("MADRS total").fill("12")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("A correction needs its reason.")).to_be_visible()
    page.get_by_label("Why is it corrected").fill("Digits were swapped")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Why: Digits were swapped")).to_be_visible()
    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("This version was replaced.")).to_be_visible()
    expect(page.get_by_role("status").get_by_role("link", name="Open the newest")).to_be_visible()


@pytest.mark.story("HF-PRO-002")
def test_the_dose_is_worked_out_line_by_line(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Hugo")
    page.get_by_role("link", name="Record treatment session", exact=True).click()
    page.get_by_label("Weight, kg").fill("82")
    page.get_by_label("Height, cm").fill("178")
    page.get_by_label("Concentration drawn, mg per mL").fill("1")
    page.get_by_role("button", name="Show the arithmetic").click()
    expect(page.get_by_role("status")).to_contain_text("41 mg")
    expect(page.get_by_text("82 kg").first).to_be_visible()
    expect(page.get_by_label("Dose given, mg")).to_have_value("41")


def test_a_safety_check_is_recorded_and_shown(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Olga")
    page.get_by_role("link", name="Record safety check", exact=True).click()
    page.get_by_label("Bladder").check()
    page.get_by_label("To be watched").check()
    page.get_by_label("Note").fill("Frequency at night")
    page.get_by_role("button", name="Save").click()
    done = page.get_by_role("region", name="Safety checks done")
    expect(done).to_contain_text("Frequency at night")


@pytest.mark.story("HF-ELG-001")
def test_an_evaluation_lists_every_reason_with_its_rule_and_can_be_overridden(signed_in, open_patient):
    page = open_patient(signed_in("prescriber"), "Ada")
    page.get_by_text("More for this course").click()
    page.get_by_role("link", name="Record evaluation").locator("visible=true").last.click()
    page.get_by_role("group", name="Psychotic symptoms?").get_by_label("Yes").check()
    page.get_by_role("button", name="Record and see the answer").click()
    expect(page.get_by_text("A stop stands against treatment.")).to_be_visible()
    stops = page.get_by_role("listitem").filter(has_text="elig.rc.psychosis")
    expect(stops.first).to_be_visible()
    for method in ("Maudsley", "Thase-Rush", "MGH-s"):
        expect(page.get_by_text(re.compile(method)).first).to_be_visible()
    stops.first.get_by_text("Override", exact=False).first.click()
    stops.first.get_by_label("Why go on in spite of this").fill("Symptoms ended a year ago")
    stops.first.get_by_role("button", name="Override with this reason").click()
    expect(page.get_by_text("Symptoms ended a year ago")).to_be_visible()
    page.get_by_role("link", name="elig.rc.psychosis").first.click()
    expect(page.get_by_role("heading", level=1, name="elig.rc.psychosis")).to_be_visible()
    expect(page.get_by_text("Source", exact=True).first).to_be_visible()


def test_a_phase_that_rules_forbid_is_refused_with_the_reasons(signed_in, open_patient):
    page = open_patient(signed_in("prescriber"), "Ben")
    page.get_by_text("More for this course").click()
    page.get_by_role("link", name="Change phase").locator("visible=true").last.click()
    page.get_by_label("Evaluated").check()
    page.get_by_role("button", name="Change phase").click()
    expect(page.get_by_text("No evaluation is recorded for this course.")).to_be_visible()


@pytest.mark.story("HF-REC-002")
def test_a_treatment_session_is_corrected_and_the_old_record_stays_readable(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Umar")
    page.get_by_role("link", name="Correct treatment session").first.click()
    page.get_by_label("Dose given, mg").fill("33")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("A correction needs its reason.").first).to_be_visible()
    page.get_by_label("Why is it corrected").fill("Read from the pump again")
    page.get_by_role("button", name="Save the correction").click()
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text(re.compile("33 mg ketamine, a correction"))).to_be_visible()
    expect(history.get_by_text("Why: Read from the pump again")).to_be_visible()
    expect(history.get_by_text(re.compile("replaced by a newer version")).first).to_be_visible()


def test_a_planned_treatment_session_is_cancelled_with_its_reason(signed_in, open_patient):
    page = open_patient(signed_in("front-desk"), "Hugo")
    page.get_by_role("link", name="Cancel treatment session").first.click()
    page.get_by_role("button", name="Cancel this treatment session").click()
    expect(page.get_by_text("A cancellation needs its reason.").first).to_be_visible()
    page.get_by_label("Why is it cancelled").fill("The patient is away")
    page.get_by_role("button", name="Cancel this treatment session").click()
    expect(page.get_by_role("region", name="Treatment sessions", exact=True)).to_contain_text("cancelled")


@pytest.mark.story("HF-REC-002")
def test_details_are_corrected_and_the_old_ones_stay_readable(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Kira")
    page.get_by_role("link", name="Correct details").click()
    page.get_by_label("Diagnosis").fill("Major depression, first episode (invented)")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("A correction needs its reason.").first).to_be_visible()
    page.get_by_label("Why are they corrected").fill("Copied from another letter")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("Major depression, first episode (invented)").first).to_be_visible()
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("Patient details corrected: diagnosis")).to_be_visible()
    expect(history.get_by_text(re.compile("Diagnosis was .*Why: Copied from another letter"))).to_be_visible()
