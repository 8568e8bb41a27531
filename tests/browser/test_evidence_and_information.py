"""Staff read the evidence; a physician signs what patients may read; anybody reads it without an account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from holdfast.cli import main
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


@pytest.mark.story("HF-EVD-030")
def test_a_founding_study_by_keyboard_from_the_menu_to_a_row(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE)
    page.goto(clinic.address("/evidence/"))
    page.get_by_role("link", name="Founding studies").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Diamond/McShane 2014 (Oxford)").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Diamond/McShane 2014 (Oxford)")).to_be_visible()
    expect(page.get_by_text("from 25 to 168 days")).to_be_visible()
    expect(page.get_by_role("img", name="Published beside the model, percent, nmda-driven")).to_be_visible()
    rival = page.get_by_text("hnk-driven:")
    rival.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Predicted beside published, hnk-driven")).to_be_visible()
    page.get_by_role("link", name="T0048", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="T0048")).to_be_visible()


@pytest.mark.slow
@pytest.mark.story("HF-EVD-031")
def test_the_pages_as_files_are_read_without_a_server_or_a_script(new_page, tmp_path):
    folder = tmp_path / "evidence"
    assert main(["evidence", "pages", "--output", str(folder)]) == 0
    page = new_page(viewport=PHONE, offline=True, java_script_enabled=True)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    names = ("index", "study-daly2018", "founding-diamond2014", "compare", "articles", "table-care_thresholds")
    for name in names:
        for size, scheme, rules in ((PHONE, "light", ()), (DESKTOP, "dark", ("color-contrast",))):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.goto(f"{folder.as_uri()}/{name}.html")
            faults += [f"{name}, {size['width']} px, {scheme}: {fault}" for fault in faults_of(page, *rules)]
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                faults.append(f"{name} scrolls sideways at {size['width']} px")
    assert faults == []
    assert [one for one in asked if not one.startswith("file:")] == []
    page.goto(f"{folder.as_uri()}/index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.get_by_role("link", name="Daly 2018 (SYNAPSE)").click()
    page.get_by_role("region", name="Numbers as a table").get_by_role(
        "link", name="T0094", exact=True
    ).click()  # leads to its own place on the page
    expect(page.locator("#T0094")).to_be_in_viewport()
