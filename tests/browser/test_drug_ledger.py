"""A day of the controlled-drug ledger: received, drawn, given, wasted before a second person, and counted by two."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

LOT = "JOURNEY-1"


def receive_devices(page: Page, url: str) -> None:
    page.goto(f"{url}/programmes/example/drugs/receive/")
    page.get_by_label("Esketamine").check()
    page.get_by_label("Nasal device").check()
    page.get_by_label(re.compile("^Strength")).fill("28")
    page.get_by_label("as base").check()
    page.get_by_label("Lot number").fill(LOT)
    page.get_by_label(re.compile("^Expires on")).fill("2031-12-31")
    page.get_by_label("How many").fill("6")
    page.get_by_role("button", name="Take into stock").click()
    expect(page.get_by_role("link", name=re.compile(LOT)).first).to_be_visible()


def second_person(page: Page, password: str, username: str = "demo-prescriber") -> None:
    page.get_by_label("Second person: user name").fill(username)
    page.get_by_label("Second person: password").fill(password)


def count_every_lot(page: Page, devices_of_the_journey: str) -> None:
    """The other lots of the example as they are; those of the journey as told."""
    page.get_by_role("group", name=re.compile(LOT)).get_by_label("Devices").fill(devices_of_the_journey)
    page.get_by_role("group", name=re.compile("EXAMPLE-E1")).get_by_label("Devices").fill("22")
    vials = page.get_by_role("group", name=re.compile("EXAMPLE-K1"))
    vials.get_by_label("Sealed vials").fill("9")
    of_another_journey = page.get_by_role("group", name=re.compile("REMS-1"))  # its two devices were given today
    if of_another_journey.count():
        of_another_journey.get_by_label("Devices").fill("0")


@pytest.mark.story("HF-LED-001")
@pytest.mark.story("HF-LED-003")
@pytest.mark.story("HF-LED-004")
def test_close_of_day_with_a_count_difference(clinic, signed_in):
    nurse = signed_in("nurse", java_script_enabled=False)
    receive_devices(nurse, clinic.url)

    # Three devices are drawn: two are given, one was primed by mistake and is wasted before the prescriber.
    nurse.get_by_role("link", name=f"Draw from lot {LOT}").click()
    nurse.get_by_label("Drawn, devices").fill("3")
    nurse.get_by_role("button", name="Draw").click()
    expect(nurse.get_by_role("region", name=re.compile("Out of the safe"))).to_contain_text("open 3 devices")
    nurse.get_by_role("link", name="Count and close the day").click()
    expect(nurse.get_by_role("region", name="Out of the safe")).to_contain_text("drawn 3 devices")
    nurse.get_by_role("link", name=re.compile(LOT)).click()
    nurse.get_by_label(re.compile("^Given")).fill("2")
    nurse.get_by_label(re.compile("^Wasted")).fill("1")
    nurse.get_by_label(re.compile("^Why wasted")).select_option("primed")
    second_person(nurse, "not-the-password")
    nurse.get_by_role("button", name="Enter").click()
    expect(nurse.get_by_role("alert")).to_contain_text("do not belong together")
    second_person(nurse, clinic.password)
    nurse.get_by_role("button", name="Enter").click()
    expect(nurse.get_by_text("Accounted for")).to_be_visible()
    expect(nurse.get_by_text("Given: 2 devices × 28 mg = 56 mg esketamine (base)")).to_be_visible()

    # The count: one device is missing. The page of the count has not said what the ledger holds.
    nurse.goto(clinic.address("/programmes/example/drugs/close/"))
    expect(nurse.get_by_role("main")).not_to_contain_text("3 devices")
    count_every_lot(nurse, "2")
    second_person(nurse, clinic.password)
    nurse.get_by_role("button", name="Enter the count").click()
    expect(nurse.get_by_role("status")).to_contain_text("The day is not closed")
    expect(nurse.get_by_role("row", name=re.compile(LOT))).to_contain_text("1 device missing")
    expect(nurse.get_by_role("button", name="Explain")).to_have_count(0)
    count_page = nurse.url

    # Nothing is drawn meanwhile.
    nurse.goto(clinic.address("/programmes/example/drugs/"))
    nurse.get_by_role("link", name=f"Draw from lot {LOT}").click()
    nurse.get_by_label("Drawn, devices").fill("1")
    nurse.get_by_role("button", name="Draw").click()
    expect(nurse.get_by_role("alert")).to_contain_text("differs from the ledger and is not explained")

    # The programme lead explains it; the day is closed and the ledger says what was counted.
    lead = signed_in("programme-lead", java_script_enabled=False)
    lead.goto(count_page)
    lead.get_by_role("button", name="Explain and close the day").click()
    expect(lead.get_by_role("alert")).to_contain_text("Not filled in yet")
    lead.get_by_label("What explains the difference").fill("Found crushed under the drawer; kept for destruction")
    lead.get_by_role("button", name="Explain and close the day").click()
    expect(lead.get_by_role("main")).to_contain_text("Found crushed under the drawer")
    lead.get_by_role("link", name="Day sheet").click()
    expect(lead.get_by_text("Closed", exact=False).first).to_be_visible()
    expect(lead.get_by_role("main")).to_contain_text("2 devices × 28 mg = 56 mg esketamine (base)")

    # Drawing goes on.
    nurse.get_by_label("Drawn, devices").fill("1")
    nurse.get_by_role("button", name="Draw").click()
    expect(nurse.get_by_role("region", name=re.compile("Out of the safe"))).to_contain_text("open 1 device")
    nurse.get_by_role("link", name=re.compile("Account for it")).click()
    nurse.get_by_label(re.compile("^Put back sealed")).fill("1")
    nurse.get_by_role("button", name="Enter").click()
    expect(nurse.get_by_text("Accounted for")).to_be_visible()
