"""A passkey in a real browser: added, used after the password, and used alone; under the strict content policy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, ROOT
from tests.browser.test_accessibility import faults_of

PASSWORD = "keys-on-the-ring-7"


@pytest.fixture(scope="module")
def here(clinic):
    """The clinic under a name: a browser makes no passkey for a number."""
    environment = {**os.environ, "HOLDFAST_DATA": str(clinic.log.parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "holdfast", "user", "add", "kay", "--role", "programme_lead", "--password-stdin"]
    subprocess.run(command, cwd=ROOT, env=environment, input=PASSWORD, text=True, check=True, capture_output=True)
    return clinic.url.replace("127.0.0.1", "localhost")


def with_device(page):
    """A device that keeps passkeys and verifies its person, as Chromium's tests have it."""
    said = page.context.new_cdp_session(page)
    said.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    return said, said.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


@pytest.mark.slow
@pytest.mark.story("HF-ACC-005")
def test_a_passkey_is_added_and_opens_after_the_password_and_alone(here, new_page):
    page = new_page(viewport=PHONE)
    wrong = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    device, ref = with_device(page)
    page.goto(f"{here}/accounts/login/")
    page.get_by_label("Username").fill("kay")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)  # asked for again before a change of one's own sign-in
    page.get_by_role("button", name="Confirm").click()
    assert faults_of(page) == []
    page.get_by_role("textbox", name="Name").fill("phone")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{here}/accounts/2fa/")
    expect(page.get_by_text("signs in alone")).to_be_visible()
    assert faults_of(page) == []

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/")
    page.get_by_label("Username").fill("kay")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert faults_of(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/")
    assert faults_of(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/")
    device.send("WebAuthn.setUserVerified", {"authenticatorId": ref, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Nothing was used")).to_be_visible()
    assert wrong == []
