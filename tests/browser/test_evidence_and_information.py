"""Staff read the evidence; a physician signs what patients may read; anybody reads it without an account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import faults_of, look

PUBLIC = "/information/example/"


@pytest.mark.story("HF-EVD-011")
def test_from_the_list_to_a_study_its_numbers_and_its_source(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE)
    page.goto(clinic.address("/evidence/"))
    page.get_by_label("Drug").select_option("midazolam")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 of 50 studies")
    page.goto(clinic.address("/evidence/studies/daly2018/"))
    picture = page.get_by_role("img", name="Response (≥50% fall in MADRS), from first dose").first
    expect(picture).to_be_visible()
    figure = page.get_by_role("figure").filter(has=picture).first
    figure.get_by_text("The numbers").click()
    expect(figure.get_by_role("row", name="esketamine 84 2 hours from first dose 58.3 % (7 people)")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("link", name="Daly EJ et al. JAMA Psychiatry 2018, table 1").click()
    expect(page.get_by_role("heading", name="Source", exact=True)).to_be_visible()


@pytest.mark.slow
@pytest.mark.story("HF-EVD-012")
def test_what_a_physician_signs_the_public_reads_and_no_more(clinic, signed_in, new_page):
    stranger = new_page(viewport=PHONE)
    stranger.goto(clinic.address(PUBLIC))
    expect(stranger.get_by_role("heading", name="Nothing to read here yet")).to_be_visible()
    expect(stranger.get_by_text("988")).to_be_visible()
    page = signed_in("prescriber")
    page.goto(clinic.address("/programmes/example/information/"))
    expect(page.get_by_text("Draft for staff")).to_be_visible()
    page.get_by_role("link", name=re.compile("Read and sign.*Driving")).click()
    boxes = page.get_by_role("group", name="Claims you have read").get_by_role("checkbox")
    signed = [box.locator("xpath=following-sibling::span").inner_text() for box in boxes.all()]
    for box in boxes.all():
        box.check()
    page.get_by_label("I have read each ticked claim").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="2 claims are signed")).to_be_visible()
    stranger.reload()
    assert len(signed) == 2
    for text in signed:
        expect(stranger.get_by_text(text, exact=True)).to_be_visible()
    expect(stranger.get_by_role("heading", name="Side effects")).to_have_count(0)
    stranger.get_by_text("Where this comes from").click()
    expect(stranger.get_by_text("Read and signed by").first).to_be_visible()
    assert look(stranger, clinic.address(PUBLIC)) == []
    assert look(page, clinic.address("/programmes/example/information/")) == []


@pytest.mark.story("HF-EVD-012")
def test_the_leaflet_prints_without_menus_and_with_the_sources_open(clinic, signed_in, new_page):
    page = signed_in("prescriber")
    page.goto(clinic.address("/programmes/example/information/dependence/"))
    page.get_by_role("checkbox").first.check()
    page.get_by_label("I have read each ticked claim").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    leaflet = new_page(viewport=DESKTOP, color_scheme="dark")
    leaflet.goto(clinic.address(PUBLIC))
    leaflet.emulate_media(media="print")
    assert leaflet.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"  # no dark paper
    expect(leaflet.get_by_role("banner")).to_be_hidden()
    expect(leaflet.get_by_role("heading", name="Where to get help now")).to_be_visible()
    expect(leaflet.get_by_text("Read and signed by").last).to_be_visible()
