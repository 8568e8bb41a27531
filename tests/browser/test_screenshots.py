"""Pictures for README and docs, taken anew with HOLDFAST_SCREENSHOTS=1 (`make docs SCREENSHOTS=1`)."""

from __future__ import annotations

import os
import re

import pytest

from tests.browser.conftest import PHONE, ROOT, sign_in

IMAGES = ROOT / "docs" / "images"
WANTED = os.environ.get("HOLDFAST_SCREENSHOTS") == "1"
pytestmark = pytest.mark.skipif(not WANTED, reason="pictures are written only when HOLDFAST_SCREENSHOTS=1")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("desktop-light", {"color_scheme": "light"}),
        ("desktop-dark", {"color_scheme": "dark"}),
        ("phone-light", {"color_scheme": "light", "viewport": PHONE}),
    ],
)
def test_pictures_of_caseload_and_patient(clinic, signed_in, open_patient, name, options):
    IMAGES.mkdir(parents=True, exist_ok=True)
    page = signed_in("nurse", device_scale_factor=1, **options)
    page.goto(clinic.address("/caseload/?programme=example"))
    page.screenshot(path=IMAGES / f"caseload-{name}.png")
    open_patient(page, "Liam")
    page.locator("canvas").wait_for()
    first = "Due" if "phone" not in name else re.compile("over time$")
    page.get_by_role("heading", name=first, exact=True).evaluate("element => element.scrollIntoView()")
    page.screenshot(path=IMAGES / f"patient-{name}.png")


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("founding-desktop-light", "/evidence/founding/diamond2014/#h-model", {"color_scheme": "light"}),
        ("founding-phone-dark", "/evidence/founding/diamond2014/#h-model", {"color_scheme": "dark", "viewport": PHONE}),
        ("study-desktop-light", "/evidence/studies/daly2018/#h-course", {"color_scheme": "light"}),
        ("study-phone-light", "/evidence/studies/daly2018/#h-course", {"color_scheme": "light", "viewport": PHONE}),
        ("articles-desktop-light", "/evidence/articles/", {"color_scheme": "light"}),
    ],
)
def test_pictures_of_the_evidence(clinic, signed_in, name, path, options):
    IMAGES.mkdir(parents=True, exist_ok=True)
    page = signed_in("nurse", device_scale_factor=1, **options)
    page.goto(clinic.address(path))
    page.screenshot(path=IMAGES / f"evidence-{name}.png")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("desktop-light", {"color_scheme": "light", "viewport": {"width": 1280, "height": 1000}}),
        ("tablet-dark", {"color_scheme": "dark", "viewport": {"width": 1024, "height": 768}}),
        ("phone-dark", {"color_scheme": "dark", "viewport": PHONE}),
    ],
)
def test_pictures_of_the_board(demo_day, new_page, name, options):
    IMAGES.mkdir(parents=True, exist_ok=True)
    page = new_page(device_scale_factor=1, **options)
    page.goto(demo_day.address("/accounts/login/"))
    sign_in(page, "nurse", demo_day.password)
    page.goto(demo_day.address("/board/"))
    page.get_by_text("● Live").wait_for()
    if "desktop" not in name:
        page.locator("#h-chairs").evaluate("element => element.scrollIntoView()")
    page.screenshot(path=IMAGES / f"board-{name}.png")
