"""A programme lead requires two-step sign-in, is led to set it up herself, and signs in with a code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, ROOT
from tests.browser.test_accessibility import faults_of

PASSWORD = "second-steps-count-2"
KEY = "two-step-study"


def code_now(secret: str) -> str:
    """The six digits an authenticator app shows (RFC 6238), reckoned here and not by the clinic."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    found = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = found[-1] & 15
    return f"{(struct.unpack('>I', found[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture(scope="module")
def tess(clinic):
    """A programme lead with a programme of her own."""
    environment = {**os.environ, "HOLDFAST_DATA": str(clinic.log.parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    for words in (
        ("user", "add", "tess", "--role", "programme_lead", "--password-stdin"),
        ("programme", "import", "docs/examples/scores.csv", "--key", KEY, "--for", "tess"),
    ):
        subprocess.run(
            [sys.executable, "-m", "holdfast", *words], cwd=ROOT, env=environment, input=PASSWORD, text=True,
            check=True, capture_output=True,
        )  # fmt: skip
    return "tess"


def sign_in(page, clinic, name):
    page.goto(clinic.address("/accounts/login/"))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.slow
@pytest.mark.story("HF-ACC-004")
def test_a_programme_requires_it_and_its_people_set_it_up(clinic, tess, new_page):
    page = new_page(viewport=PHONE)
    sign_in(page, clinic, tess)
    page.goto(clinic.address(f"/programmes/{KEY}/"))
    page.get_by_role("button", name="Require it of everybody").click()
    expect(page.get_by_role("heading", name="Set up two-step sign-in")).to_be_visible()
    page.goto(clinic.address("/caseload/"))
    expect(page.get_by_text("Every other page opens once it is set up")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("link", name="Set it up now").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_text("Secret:").locator("code").inner_text().strip()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    page.get_by_role("button", name="Turn on").click()
    page.goto(clinic.address("/caseload/"))
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()

    again = new_page(viewport=PHONE)
    sign_in(again, clinic, tess)
    expect(again.get_by_role("heading", name="Enter your code")).to_be_visible()
    again.goto(clinic.address("/caseload/"))
    expect(again.get_by_role("heading", name="Enter your code")).to_be_visible()

    page.goto(clinic.address("/accounts/2fa/totp/deactivate/"))
    page.get_by_role("button", name="Stop using it").click()
    expect(page.get_by_text("Two-step sign-in is required here").first).to_be_visible()
    assert faults_of(page) == []
