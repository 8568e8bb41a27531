"""Every page: no axe violation, no error of the content policy, no sideways scrolling; two widths, light and dark."""

from __future__ import annotations

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.conftest import DESKTOP, PHONE

# Addresses that show no page of their own: they change something and lead elsewhere, or answer one word.
NO_PAGE = {
    "home", "health", "theme", "account_logout", "programme-setting", "baseline-fix", "evaluation-override",
    "user-close", "information-withdraw", "break-glass-close", "programme-two-step", "user-two-step-reset",
    "alert-take", "alert-live", "alert-banner", "follow-up-done", "duty-add", "duty-minutes", "duty-text", "duty-end",
    "board-start", "board-live", "board-names", "chair-add", "chair-end",
    "flow-sheet-record", "flow-sheet-entries", "flow-sheet-worker",
    "screen-lock-now", "screen-unlock", "still-here", "work-own", "programme-work-own", "rems-form-sent",
    "job-retry", "forecast-ask", "learning-check-ask", "drift-alarm-close",
    "programme-report-ask", "programme-report-file",
    "account_signup", "account_email", "account_set_password", "account_reset_password", "mfa_download_recovery_codes",
    "course-referral", "consent-withdraw", "plan-sessions", "letter-preview", "letter-file",
    "check-ins-pause", "check-ins-follow-up", "check-in-revoke", "reminders-stop",
    "reminders-evaluation", "reminder-drop", "qualification-report",  # the last sends a file
}  # fmt: skip
# Pages that need a second factor or a state of the account that the demo people are not in.
SAME_TEMPLATES = {
    "account_inactive", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate", "mfa_trust",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_list_webauthn",
    "mfa_add_webauthn", "mfa_login_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn",
    "mfa_edit_webauthn", "mfa_signup_webauthn",
}  # fmt: skip


def faults_of(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong, by all its rules or these alone, with the element."""
    options = {"runOnly": list(rules)} if rules else None
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {node['html'][:140]}" for v in found for node in v["nodes"]]


def look(page: Page, address: str) -> list[str]:
    """Open one page at every width and colour; every fault with where it was seen."""
    faults: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            faults.append(f"console: {said.text}")

    page.on("console", heard)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address} answered {answer.status}"
        seen = f"{size['width']} px"
        faults += [f"{seen}, light: {fault}" for fault in faults_of(page)]
        page.emulate_media(color_scheme="dark")  # colours alone hang on it
        faults += [f"{seen}, dark: {fault}" for fault in faults_of(page, "color-contrast")]
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            faults.append(f"{seen}: the page scrolls sideways")
    page.remove_listener("console", heard)
    return faults


def clinical_pages(page: Page, url: str) -> dict[str, str]:
    """Addresses of the pages about one person, found by following links as a prescriber."""
    page.goto(f"{url}/caseload/?programme=example")
    patient = page.get_by_role("rowheader").get_by_role("link", name="Umar").first.get_attribute("href")
    page.goto(url + (patient or ""))

    def link(name: str) -> str:
        return page.get_by_role("link", name=name, exact=True, include_hidden=True).first.get_attribute("href") or ""

    found = {
        "patient": patient or "",
        "course-open": link("Open a course"),
        "patient-correct": link("Correct details"),
        "assessment-choose": link("Record assessment"),
        "session-record": link("Record treatment session"),
        "safety-record": link("Record safety check"),
        "adverse-event-record": link("Record adverse event"),
        "session-plan": link("Plan sessions"),
        "evaluation-record": link("Record evaluation"),
        "phase-change": link("Change phase"),
        "evaluation": link("Open"),
        "review-record": link("Record review"),
        "check-ins": link("Check-ins"),
        "reminders": link("Reminders"),
        "registry-consent": link("Registry: consent of this patient"),
        "session-correct": page.get_by_role("link", name="Correct treatment session").first.get_attribute("href") or "",
        "session-cancel": page.get_by_role("link", name="Cancel treatment session").first.get_attribute("href") or "",
    }
    history = page.get_by_role("region", name="History").get_by_role("link", name=re.compile("MADRS"))
    found["assessment"] = history.first.get_attribute("href") or ""
    found["assessment-correct"] = f"{found['assessment']}correct/"
    found["check-ins-agree"] = f"{found['check-ins']}agree/"
    found["reminders-agree"] = f"{found['reminders']}agree/"
    found["assessment-record"] = f"{found['assessment-choose']}phq-9/"
    assert all(found.values()), found
    return found


STANDING = {
    "account_login": ("nobody", "/accounts/login/"),
    "about": ("nobody", "/about/"),
    "design": ("nobody", "/about/design/"),
    "caseload": ("prescriber", "/caseload/"),
    "worklist": ("nurse", "/worklist/"),
    "quick-pin": ("nurse", "/accounts/pin/"),
    "patient-add": ("prescriber", "/patients/add/"),
    "programme-list": ("prescriber", "/programmes/"),
    "programme": ("programme-lead", "/programmes/example/"),
    "referral-list": ("nurse", "/referrals/"),
    "programme-outcomes": ("programme-lead", "/programmes/example/outcomes/"),
    "programme-safety": ("programme-lead", "/programmes/example/safety/"),
    "learning-check": ("programme-lead", "/programmes/example/forecasts/"),
    "consent-documents": ("programme-lead", "/programmes/example/consent-texts/"),
    "consent-document-add": ("programme-lead", "/programmes/example/consent-texts/add/"),
    "rule-sign": ("prescriber", "/programmes/example/sign/pre.bp.eu65/"),
    "drug-ledger-list": ("nurse", "/drugs/"),
    "drug-ledger": ("nurse", "/programmes/example/drugs/"),
    "drug-receive": ("nurse", "/programmes/example/drugs/receive/"),
    "drug-close": ("nurse", "/programmes/example/drugs/close/"),
    "rule-list": ("prescriber", "/rules/"),
    "rule": ("prescriber", "/rules/elig.ci.aneurysm/"),
    "study-list": ("nurse", "/evidence/"),
    "study": ("nurse", "/evidence/studies/daly2018/"),
    "founding-list": ("nurse", "/evidence/founding/"),
    "founding": ("nurse", "/evidence/founding/diamond2014/"),
    "evidence-compare": ("nurse", "/evidence/compare/"),
    "article-conflicts": ("nurse", "/evidence/articles/"),
    "qualification": ("nurse", "/evidence/qualification/"),
    "fact-list": ("nurse", "/evidence/numbers/"),
    "fact": ("nurse", "/evidence/numbers/T0005/"),
    "source": ("nurse", "/evidence/sources/uspi_2019_reprint/"),
    "information": ("nobody", "/information/"),
    "information-programme": ("nobody", "/information/example/"),
    "information-draft": ("prescriber", "/programmes/example/information/"),
    "information-sign": ("prescriber", "/programmes/example/information/effects/"),
    "board": ("nurse", "/programmes/example/board/"),
    "board-chairs": ("programme-lead", "/programmes/example/board/chairs/"),
    "alert-list": ("nurse", "/alerts/"),
    "duty": ("programme-lead", "/programmes/example/duty/"),
    "break-glass-list": ("programme-lead", "/break-glass/"),
    "audit-list": ("auditor", "/audit/"),
    "audit-verify": ("auditor", "/audit/verify/"),
    "duty-address": ("nurse", "/reach-me/"),
    "job-list": ("programme-lead", "/jobs/"),
    "user-list": ("administrator", "/people/"),
    "user-add": ("administrator", "/people/add/"),
    "account_change_password": ("nurse", "/accounts/password/change/"),
    "two-step-needed": ("nurse", "/accounts/2fa/needed/"),
    "mfa_index": ("nurse", "/accounts/2fa/"),
    "mfa_activate_totp": ("nurse", "/accounts/2fa/totp/activate/"),
}
CLINICAL = (
    "patient", "patient-correct", "course-open", "assessment-choose", "session-record", "safety-record", "session-plan",
    "adverse-event-record",
    "evaluation-record", "phase-change", "evaluation", "review-record", "session-correct", "session-cancel",
    "assessment", "assessment-correct", "assessment-record", "check-ins", "check-ins-agree",
    "reminders", "reminders-agree",
    "registry-consent",
)  # fmt: skip
OF_THE_LEDGER = ("drug-lot", "drug-draw", "drug-remove", "drug-account", "drug-correct", "drug-day", "drug-count")
FOUND_BY_LINK = (
    "user",
    "patient-reads",
    "break-glass-open",
    "break-glass-review",
    "check-in",
    "reminder",
    "flow-sheet",
    "flow-sheet-correct",
    "flow-sheet-slip",
    "flow-sheet-offline",  # opens the sheet itself where the server answers; looked at in test_offline.py
    "session-chair",
    "rems-form",
    "rems-form-print",
    "referral-add",
    "referral",
    "referral-correct",
    "consent-document",
    "consent",
    "consent-paper",
    "plan",
    "plan-change",
    "course-end",
    "letters",
    "letter-write",
    "letter-correct",
    "expected-range",
    "forecast-course",
    "forecast",
    "forecast-compare",
)  # each in the test of its own part: break glass, check-ins, flow-sheet, board, REMS, journeys, time course, forecasts


@pytest.mark.slow
@pytest.mark.parametrize("name", STANDING)
@pytest.mark.story("HF-PAT-002")
def test_a_standing_page_has_no_fault(clinic, kept_page, name):
    role, path = STANDING[name]
    assert look(kept_page(role), clinic.address(path)) == []


@pytest.mark.slow
@pytest.mark.story("HF-PAT-002")
def test_the_pages_about_a_person_have_no_fault(clinic, signed_in):
    page = signed_in("prescriber")
    addresses = clinical_pages(page, clinic.url)
    assert set(addresses) == set(CLINICAL)
    faults = {name: look(page, clinic.address(path)) for name, path in addresses.items()}
    assert {name: found for name, found in faults.items() if found} == {}


def ledger_pages(page: Page, url: str) -> dict[str, str]:
    """Addresses of the pages about one lot of the example, found by following links as a nurse."""

    def link(name: str) -> str:
        return page.get_by_role("link", name=re.compile(name)).first.get_attribute("href") or ""

    page.goto(f"{url}/programmes/example/drugs/")
    found = {"drug-lot": link("Ketamine vial, lot EXAMPLE-K1")}
    page.goto(url + found["drug-lot"])
    found |= {"drug-draw": link("^Draw$"), "drug-remove": link("^Waste or send away"), "drug-correct": link("^Correct")}
    found["drug-account"] = link("^Account")
    yesterday = datetime.datetime.now(ZoneInfo("America/New_York")).date() - datetime.timedelta(days=1)
    found["drug-day"] = f"/programmes/example/drugs/days/{yesterday}/"
    page.goto(url + found["drug-day"])
    found["drug-count"] = link("^Open the count")
    assert all(found.values()), found
    return found


@pytest.mark.slow
@pytest.mark.story("HF-PAT-002")
def test_the_pages_of_the_drug_ledger_have_no_fault(clinic, signed_in):
    page = signed_in("nurse")
    addresses = ledger_pages(page, clinic.url)
    assert set(addresses) == set(OF_THE_LEDGER)
    faults = {name: look(page, clinic.address(path)) for name, path in addresses.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.slow
@pytest.mark.parametrize("role", ["front-desk", "therapist"])
def test_the_patient_page_of_a_narrower_role_has_no_fault(clinic, signed_in, open_patient, role):
    page = open_patient(signed_in(role), "Umar")
    assert look(page, page.url) == []


def test_the_page_of_a_person_who_signs_in_has_no_fault(clinic, signed_in):
    page = signed_in("administrator")
    path = page.get_by_role("link", name="Demo nurse").get_attribute("href")
    assert look(page, clinic.address(path)) == []


@pytest.mark.story("HF-AUD-003")
def test_the_page_of_who_read_a_record_has_no_fault(clinic, signed_in, open_patient):
    open_patient(signed_in("therapist"), "Umar")
    page = open_patient(signed_in("programme-lead"), "Umar")
    path = page.get_by_role("link", name="Who read this record").get_attribute("href")
    assert look(page, clinic.address(path)) == []
    expect(page.get_by_role("row").filter(has_text="Demo therapist")).to_contain_text("patient")


def test_a_refused_form_and_the_crisis_page_have_no_fault(signed_in, open_patient):
    page = open_patient(signed_in("nurse"), "Jan")
    page.get_by_role("link", name="Record assessment").first.click()
    page.get_by_role("link", name="PHQ-9", exact=True).click()
    page.get_by_label("Nearly every day").last.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Act now")).to_be_visible()
    assert faults_of(page) == []


def test_error_pages_have_no_fault(clinic, signed_in):
    page = signed_in("administrator")
    page.goto(clinic.address("/caseload/"))
    assert faults_of(page) == []
    page.goto(clinic.address("/no-such-page/"))
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert faults_of(page) == []


def test_targets_are_big_enough_to_touch(clinic, signed_in):
    page = signed_in("nurse", viewport=PHONE)
    page.goto(clinic.address("/caseload/?programme=example"))
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button, select, input[type=search], summary, nav a')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.innerText)"
    )
    assert small == []


def test_every_address_is_looked_at_or_shows_no_page():
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    looked_at = {*STANDING, *CLINICAL, *OF_THE_LEDGER, *FOUND_BY_LINK}
    assert names - looked_at - NO_PAGE - SAME_TEMPLATES == set()


def test_the_gate_can_go_red(new_page):
    page = new_page()
    page.set_content("<html><body><img src='x.png'><p>no language, no title, no alternative text</p></body></html>")
    assert faults_of(page) != []
