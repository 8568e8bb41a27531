"""The report as a reader opens it: no axe violation, no sideways scrolling, at two widths, light and dark, on paper."""

from __future__ import annotations

import pytest

from holdfast.evidence.qualification.judgement import judgement
from holdfast.evidence.qualification.report.document import report
from holdfast.printed.html import html
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import faults_of
from tests.qualification_tables import HYPOTHESIS, RESPONSES, predicted, score


@pytest.fixture(scope="module")
def page_text() -> str:
    rows = [predicted(row, off=40.0, sd=12.0) for row in RESPONSES]
    daly = [predicted(f"T{number:04d}", off=2.0, sd=4.0) for number in range(95, 105)]
    scores = [score(name, study, -9.0) for name in ("nmda-driven", "mixed") for study in ("zarate2006", "daly2018")]
    about = {"model": "holdfast-2", "files": {"left_out.csv": "0123456789abcdef"}}
    return html(report(judgement([*rows, *daly], scores, HYPOTHESIS), about, {"Written on": "2026-11-21"}))


@pytest.mark.slow
@pytest.mark.story("HF-EVD-020")
def test_the_report_has_no_fault(new_page, page_text):
    page = new_page()
    for size, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.set_content(page_text)
        assert faults_of(page) == [], (size, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_report_leads_to_each_study_and_prints_on_white(new_page, page_text):
    page = new_page(color_scheme="dark")
    page.set_content(page_text)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    page.get_by_text("parts", exact=False).first.click()
    page.get_by_role("link", name="Zarate 2006 (NIMH)").click()
    assert page.get_by_role("heading", name="Zarate 2006 (NIMH)").is_visible()
    picture = page.get_by_role("region", name="Zarate 2006 (NIMH)", exact=True).get_by_role("img")
    assert "published 71" in (picture.first.get_attribute("aria-label") or "")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_role("navigation").is_visible()
