"""An esketamine session with two devices and REMS data, from the chair to the ledger, the form and the worklist."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import look
from tests.browser.test_flow_sheet import CALM, WELL, Chair

LOT = "REMS-1"


def receive_two(page: Page, url: str) -> None:
    page.goto(f"{url}/programmes/example/drugs/receive/")
    page.get_by_label("Esketamine").check()
    page.get_by_label("Nasal device").check()
    page.get_by_label(re.compile("^Strength")).fill("28")
    page.get_by_label("as base").check()
    page.get_by_label("Lot number").fill(LOT)
    page.get_by_label(re.compile("^Expires on")).fill("2031-12-31")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Take into stock").click()


@pytest.mark.slow
@pytest.mark.story("HF-SES-034")
@pytest.mark.story("HF-SES-035")
def test_esketamine_session_with_two_devices_and_rems_data(clinic, signed_in):
    doctor = signed_in("prescriber")
    receive_two(doctor, clinic.url)
    chair = Chair(clinic, doctor, "Liam")
    chair.ask(doctor, ago=200)
    chair.send(doctor, "dose", {"dose_mg": 56}, ago=190)
    chair.send(doctor, "observation", CALM, ago=185)
    chair.send(doctor, "clearance", ago=180)
    page = chair.open(doctor)
    expect(page.get_by_label(re.compile(f"{LOT}, 2 devices"))).to_be_visible()
    for number in (0, 1):
        chair.send(doctor, "device", {"lot": LOT}, ago=178 - 5 * number)
    chair.open(page)
    expect(page.get_by_text(f"Drug ledger: 1 device of lot {LOT} given").first).to_be_visible()
    expect(page.get_by_role("region", name="Drug ledger")).to_contain_text("drawn 1 device = given 1 device")
    chair.send(doctor, "observation", CALM | {"sbp_mmhg": 146, "moaas": 4, "dissociation": "moderate"}, ago=138)
    chair.send(doctor, "mental-state", {"assessed": True, "suicidality_evaluated": True}, ago=56)
    chair.send(doctor, "recovery", WELL, ago=55)
    chair.send(doctor, "observation", CALM | {"dissociation": "none"}, ago=56)
    page = chair.open(doctor)
    page.get_by_role("button", name="The patient leaves").click()
    page.get_by_role("link", name="REMS form").click()
    form = page.url
    expect(page.get_by_role("heading", name=re.compile("5 missing"))).to_be_visible()
    expect(page.get_by_role("region", name="From the flow-sheet")).to_contain_text("146/78")
    assert look(page, form) == []

    page.goto(clinic.address("/worklist/?kind=rems&programme=example"))
    waiting = page.get_by_role("listitem").filter(has_text="Liam").filter(has_text="REMS form of treatment session")
    expect(waiting).to_contain_text("Send the monitoring form by")
    waiting.get_by_role("link", name="REMS form").click()
    page.get_by_role("button", name="Sign the form").click()
    expect(page.get_by_text("answer it, or say why not").first).to_be_visible()
    page.get_by_label("Minutes after the first device").fill("75")
    for question, answer in (
        ("Vital signs were acceptable before the dose", "Yes"), ("Vital signs were acceptable at the end", "Yes"),
        ("Respiratory depression", "No"), ("Another serious adverse event", "No"),
    ):  # fmt: skip
        page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
    page.get_by_role("button", name="Sign the form").click()
    expect(page.get_by_text("✓ Signed, version 1")).to_be_visible()
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_text("✓ Sent").first).to_be_visible()
    assert look(page, form) == []
    assert look(page, f"{form}print/") == []
    page.goto(clinic.address("/worklist/?kind=rems&programme=example"))
    expect(page.get_by_role("main")).not_to_contain_text("Liam")


@pytest.mark.slow
@pytest.mark.story("HF-WRK-002")
def test_work_is_taken_and_handed_back_on_a_phone(clinic, signed_in):
    """Without JavaScript too: every step is a form."""
    nurse = signed_in("nurse", viewport=PHONE, java_script_enabled=False)
    nurse.goto(clinic.address("/worklist/?kind=review&programme=example"))
    item = nurse.get_by_role("listitem").filter(has_text="Hugo")
    expect(item).to_contain_text("Nobody yet")
    item.get_by_role("button", name=re.compile("^Take")).click()
    item = nurse.get_by_role("listitem").filter(has_text="Hugo")
    expect(item).to_contain_text("Yours")
    nurse.goto(clinic.address("/worklist/?owner=mine&programme=example"))
    expect(nurse.get_by_role("listitem").filter(has_text="Hugo")).to_have_count(1)
    nurse.get_by_role("listitem").filter(has_text="Hugo").get_by_role("button", name=re.compile("^Hand back")).click()
    expect(nurse.get_by_text("Nothing of that is to do.")).to_be_visible()
