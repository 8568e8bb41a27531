"""Entries made while the server is away: kept in the browser, also over a reload, and sent in order when it is back."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_accessibility import faults_of
from tests.browser.test_flow_sheet import Chair
from tests.faulty_line import Fault, FaultyLine

SOON_MS = 30_000  # the machine of the tests is shared


@pytest.fixture
def line(clinic: Any) -> Iterator[FaultyLine]:
    """Between the browser and the clinic; fails as told."""
    made = FaultyLine(int(clinic.url.rpartition(":")[2]))
    yield made
    made.close()


@pytest.fixture
def over_line(clinic: Any, line: FaultyLine, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page on which somebody signed in over the line."""

    def make(role: str, page: Page | None = None, **options: Any) -> Page:
        page = page or new_page(viewport=PHONE, **options)
        page.goto(f"{line.url}/accounts/login/")
        return sign_in(page, role, clinic.password)

    return make


def chair_of(clinic: Any, line: FaultyLine, page: Page, name: str, *, worker: bool = True) -> Chair:
    """A flow-sheet, opened over the line, the patient arrived; with the worker that opens it without the server."""
    chair = Chair(replace(clinic, url=line.url), page, name)
    chair.open(page).get_by_role("button", name="The patient is here").click()
    expect(page.locator("#now")).to_contain_text("Arrived", timeout=SOON_MS)
    if worker:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return chair


def enter(page: Page, pulse: int | str) -> None:
    """Two taps and one number."""
    page.get_by_label("Heart rate, /min").click()
    page.keyboard.type(str(pulse))
    page.get_by_role("button", name="Enter observation").click()
    expect(page.get_by_label("Heart rate, /min")).to_have_value("")


def pulses(page: Page) -> list[int]:
    """Heart rates in the list of entries, newest first."""
    told = page.get_by_role("region", name=re.compile("^Entries")).inner_text()
    return [int(n) for n in re.findall(r"HR (\d+)/min", told)]


def bar(page: Page) -> Any:
    return page.locator("#queue-bar")


@pytest.mark.slow
@pytest.mark.story("HF-SES-026")
def test_offline_entry_and_return(clinic, line, over_line):
    """The connection drops, three are entered, one of them after a reload; it returns, and they arrive in order."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Umar")
    page.context.set_offline(True)
    expect(bar(page)).to_contain_text("No connection to the clinic's server", timeout=SOON_MS)
    for pulse in (61, 62):
        enter(page, pulse)
    expect(bar(page)).to_contain_text("2 entries wait in this browser")
    waiting = page.get_by_role("region", name="Kept in this browser")
    expect(waiting.get_by_text("● Waiting")).to_have_count(2)
    assert faults_of(page) == []
    line.fail(Fault.CUT)
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_text("Opened without the server")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Umar")
    expect(waiting.get_by_text("● Waiting")).to_have_count(2)
    assert faults_of(page) == []
    enter(page, 63)
    expect(bar(page)).to_contain_text("3 entries wait")
    line.fail(Fault.NONE)
    expect(bar(page)).not_to_contain_text("No connection", timeout=SOON_MS)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 63/min", timeout=SOON_MS)
    assert pulses(page)[:3] == [63, 62, 61]
    expect(page.get_by_role("banner")).to_be_visible(timeout=SOON_MS)  # the whole page is back, with its frame
    page.reload()
    assert pulses(page)[:3] == [63, 62, 61]
    expect(waiting).to_have_count(0)


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
def test_what_arrives_late_says_so_and_a_wrong_clock_misplaces_nothing(clinic, line, over_line, new_page):
    """A tablet 3 hours ahead; an entry made, by its clock, 20 minutes before it is sent; somebody stays at it."""
    page = new_page(viewport=PHONE)
    page.clock.install(time=dt.datetime.now(dt.UTC) + dt.timedelta(hours=3))
    over_line("nurse", page)
    chair_of(clinic, line, page, "Vera")
    line.fail(Fault.CUT)
    enter(page, 71)
    for _ in range(10):
        page.clock.fast_forward("02:00")
        page.keyboard.press("Shift")  # a screen nobody touches is covered (test_screen_lock.py)
    line.fail(Fault.NONE)
    page.clock.run_for(20_000)
    expect(page.get_by_text(re.compile("Entered 2\\d min late")).first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text(re.compile("This device's clock is 20\\d min ahead"))).to_be_visible(timeout=SOON_MS)
    assert pulses(page)[:1] == [71]


@pytest.mark.slow
@pytest.mark.story("HF-SES-026")
def test_an_answer_that_never_arrived_makes_no_second_entry(clinic, line, over_line):
    """The server has committed; nobody hears of it; the entry is sent again and is the same one."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Wim")
    line.fail(Fault.ANSWERLESS)
    enter(page, 81)
    expect(bar(page)).to_contain_text("1 entry waits", timeout=SOON_MS)
    line.fail(Fault.NONE)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 81/min", timeout=SOON_MS)
    assert line.swallowed > 0
    assert pulses(page).count(81) == 1
    page.reload()
    assert pulses(page).count(81) == 1


@pytest.mark.slow
@pytest.mark.story("HF-SES-021")
def test_two_nurses_on_one_session_see_each_other_without_a_reload(clinic, line, over_line, signed_in):
    """Each enters while the other types; nothing typed is taken away, nothing entered is overwritten."""
    first = over_line("nurse")
    chair = chair_of(clinic, line, first, "Umar")
    second = signed_in("prescriber", viewport=PHONE)
    second.goto(clinic.address(chair.path))
    first.get_by_label("Systolic, mmHg").fill("131")
    enter(second, 91)
    expect(first.get_by_role("region", name="Entries")).to_contain_text("HR 91/min", timeout=SOON_MS)
    expect(first.get_by_label("Systolic, mmHg")).to_have_value("131")
    expect(first.get_by_text(re.compile(r"last 91, \d min ago"))).to_be_visible()
    first.get_by_label("Diastolic, mmHg").fill("82")
    first.get_by_role("button", name="Enter observation").click()
    expect(second.get_by_role("region", name="Entries")).to_contain_text("131/82 mmHg", timeout=SOON_MS)
    assert 91 in pulses(second)
    assert "Demo prescriber" in second.get_by_role("region", name="Entries").inner_text()


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_refused_entry_says_why_after_the_return_and_can_be_mended(clinic, line, over_line):
    """Kept while away, refused when sent; the rest goes on; put back into the form it is corrected once."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Vera")
    line.fail(Fault.CUT)
    page.get_by_label("Systolic, mmHg").fill("78")
    page.get_by_label("Diastolic, mmHg").fill("128")
    page.get_by_role("button", name="Enter observation").click()
    expect(bar(page)).to_contain_text("1 entry waits", timeout=SOON_MS)
    page.get_by_label("Heart rate, /min").fill("66")
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Enter observation").click()
    page.reload()
    line.fail(Fault.NONE)
    kept = page.get_by_role("region", name="Kept in this browser")
    expect(kept.get_by_text("▲ Refused")).to_be_visible(timeout=SOON_MS)
    expect(kept).to_contain_text("Systolic, mmHg is 78, not above")
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 66/min", timeout=SOON_MS)
    # Refused within seconds it is put back by itself, and the page keeps the form; later the page comes back whole.
    page.get_by_role("banner").or_(page.locator("form[data-refused]")).first.wait_for(timeout=SOON_MS)
    kept.get_by_role("button", name="Correct").click()
    expect(page.get_by_label("Diastolic, mmHg")).to_have_value("128")
    assert faults_of(page) == []
    page.get_by_label("Systolic, mmHg").fill("128")
    page.get_by_label("Diastolic, mmHg").fill("78")
    page.get_by_role("button", name="Enter observation").click()
    expect(page.get_by_role("region", name="Entries")).to_contain_text("128/78 mmHg", timeout=SOON_MS)
    expect(kept.get_by_text("▲ Refused")).to_have_count(0)
    expect(page.get_by_role("banner")).to_be_visible(timeout=SOON_MS)


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_full_disk_is_told_and_the_entry_stays_in_the_browser(clinic, line, over_line):
    """The answer is the one a full disk gives (tests/faults fills a real one)."""
    page = over_line("nurse", service_workers="block")  # with a worker, answers cannot be put in its place
    chair_of(clinic, line, page, "Wim", worker=False)
    full = json.dumps({"error": "The disk of this installation is full.", "code": "not-stored"})

    def answer(route: Any) -> None:
        if route.request.method == "POST":
            route.fulfill(status=507, content_type="application/json", body=full)
        else:
            route.continue_()

    page.route("**/entries/", answer)
    enter(page, 77)
    expect(bar(page)).to_contain_text("Not stored: The disk of this installation is full.", timeout=SOON_MS)
    expect(bar(page)).to_contain_text("1 entry waits in this browser")
    page.goto(f"{line.url}/caseload/")
    note = page.locator("#kept-entries")
    expect(note).to_contain_text(
        "1 entry of a flow-sheet of yours waits in this browser, not stored yet.", timeout=SOON_MS
    )
    assert faults_of(page) == []
    page.unroute("**/entries/")
    note.get_by_role("link", name="Open the flow-sheet").click()
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 77/min", timeout=SOON_MS)


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_server_that_is_slow_is_not_called_away(clinic, line, over_line):
    """Nothing comes back for longer than the page has patience, and the line stands."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Vera")
    line.fail(Fault.SILENT)
    enter(page, 58)
    expect(bar(page)).to_contain_text("No answer from the clinic's server since", timeout=2 * SOON_MS)
    expect(bar(page)).to_contain_text("it is slow, or the connection is. 1 entry waits")
    expect(bar(page)).not_to_contain_text("No connection")
    line.fail(Fault.NONE)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 58/min", timeout=2 * SOON_MS)


@pytest.mark.slow
@pytest.mark.story("HF-SES-027")
def test_a_refused_tap_is_told_elsewhere_as_refused(clinic, line, over_line):
    """It waits for a person and not for the server."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Vera")
    page.get_by_role("button", name="Cleared for the dose").click()
    expect(bar(page)).to_contain_text("Refused: Cleared for the dose", timeout=SOON_MS)
    page.goto(f"{line.url}/caseload/")
    note = page.locator("#kept-entries")
    expect(note).to_contain_text("1 entry of a flow-sheet of yours was refused and not stored", timeout=SOON_MS)
    expect(note).not_to_contain_text("waits")
    note.get_by_role("link", name="Open the flow-sheet").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_role("button", name="Discard")).to_have_count(0, timeout=SOON_MS)


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
def test_signed_out_loses_nothing_and_another_person_gets_nothing(clinic, line, over_line):
    """The session ends under the page; another nurse signs in on the tablet; the first one's entry waits for them."""
    page = over_line("nurse")
    chair = chair_of(clinic, line, page, "Umar")
    page.context.clear_cookies()
    enter(page, 55)
    expect(bar(page)).to_contain_text("You are signed out", timeout=SOON_MS)
    expect(bar(page)).to_contain_text("1 entry waits in this browser")
    until_keys_are_gone(page)
    over_line("prescriber", page)
    page.goto(f"{line.url}{chair.path}")
    expect(page.get_by_role("region", name="Entries")).to_be_visible()
    page.wait_for_timeout(1500)
    expect(page.get_by_role("region", name="Kept in this browser")).to_have_count(0)
    assert 55 not in pulses(page)
    (kept,) = page.evaluate(READABLE)
    assert '"person"' in kept
    assert "hr_per_min" not in kept
    page.context.clear_cookies()
    page.goto(f"{line.url}{chair.path}")
    sign_in(page, "nurse", clinic.password)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 55/min", timeout=SOON_MS)
    told = page.get_by_role("region", name="Entries").inner_text()
    assert "Demo nurse" in told[told.index("HR 55/min") : told.index("HR 55/min") + 40]


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
def test_a_page_left_open_sends_nothing_in_the_name_of_who_signed_in_since(clinic, line, over_line):
    """Two tabs of one browser: in the second somebody else signs in; the first says so and keeps its entry."""
    page = over_line("nurse", service_workers="block")
    chair = chair_of(clinic, line, page, "Vera", worker=False)
    page.route("**/entries/", lambda route: route.abort())
    enter(page, 57)
    expect(bar(page)).to_contain_text("1 entry waits", timeout=SOON_MS)
    other = page.context.new_page()
    page.context.clear_cookies()
    over_line("prescriber", other)
    page.unroute("**/entries/")
    expect(bar(page)).to_contain_text("Somebody else has signed in", timeout=SOON_MS)
    expect(page.get_by_role("region", name="Kept in this browser")).to_have_count(0)
    other.goto(f"{line.url}{chair.path}")
    assert 57 not in pulses(other)
    page.context.clear_cookies()
    page.goto(f"{line.url}{chair.path}")
    sign_in(page, "nurse", clinic.password)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 57/min", timeout=SOON_MS)


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
@pytest.mark.story("HF-ACC-006")
def test_locked_the_browser_opens_nothing_while_the_server_is_away(clinic, line, over_line):
    """A locked screen is opened by its PIN, and not by taking the tablet off the net and asking for the sheet again."""
    page = over_line("nurse")
    chair = chair_of(clinic, line, page, "Vera")
    page.get_by_text("Menu").click()
    page.get_by_role("button", name="Lock the screen").last.click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    line.fail(Fault.CUT)
    page.goto(f"{line.url}{chair.path}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The clinic's server does not answer", timeout=SOON_MS)
    page.wait_for_timeout(2000)  # the page says so first, and looks then for what it may open
    assert "Vera" not in page.content()


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
@pytest.mark.story("HF-ACC-006")
def test_a_sheet_opened_without_the_server_closes_when_nobody_is_there(clinic, line, over_line):
    """After the minutes of the lock, as a page would be covered; before them it stays, for whoever works with it."""
    page = over_line("nurse")
    chair_of(clinic, line, page, "Umar")
    line.fail(Fault.CUT)
    page.reload()
    expect(page.get_by_text("Opened without the server")).to_be_visible(timeout=SOON_MS)
    page.evaluate(LEFT_ALONE.replace("16 * 60000", "4 * 60000"))
    page.wait_for_timeout(5000)
    expect(page.get_by_text("Opened without the server")).to_be_visible()
    page.evaluate(LEFT_ALONE.replace("16 * 60000", "6 * 60000"))
    expect(page.get_by_role("heading", level=1)).to_have_text("The clinic's server does not answer", timeout=SOON_MS)
    assert "Umar" not in page.content()


def until_keys_are_gone(page: Page) -> None:
    """Asked from here: the content policy lets no page wait on a text that it would have to evaluate."""
    deadline = time.monotonic() + SOON_MS / 1000
    while not page.evaluate(KEYS_ARE_GONE):
        assert time.monotonic() < deadline, "a key is still kept"
        page.wait_for_timeout(100)


@pytest.mark.slow
@pytest.mark.story("HF-SES-028")
def test_signed_out_the_browser_opens_nothing_while_the_server_is_away(clinic, line, over_line):
    """After signing out, and after the time of the lock, a reload without the server shows no record."""
    page = over_line("nurse")
    chair = chair_of(clinic, line, page, "Wim")
    line.fail(Fault.CUT)
    enter(page, 59)
    page.evaluate(LEFT_ALONE)
    page.goto(f"{line.url}{chair.path}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The clinic's server does not answer", timeout=SOON_MS)
    expect(page.get_by_text("1 entry is kept in this browser, sealed.")).to_be_visible()
    assert "Wim" not in page.content()
    assert faults_of(page) == []
    line.fail(Fault.NONE)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 59/min", timeout=SOON_MS)
    page.get_by_text("Menu").click()
    page.get_by_role("button", name="Sign out").last.click()
    page.get_by_role("heading", level=1, name="Sign").wait_for()
    if page.get_by_role("button", name="Sign out").count():
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", level=1, name="Sign in", exact=True).wait_for()
    until_keys_are_gone(page)
    line.fail(Fault.CUT)
    page.goto(f"{line.url}{chair.path}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The clinic's server does not answer", timeout=SOON_MS)
    assert "Wim" not in page.content()


@pytest.mark.story("HF-SES-020")
def test_an_observation_is_one_number_and_at_most_three_taps(clinic, line, over_line):
    page = over_line("nurse")
    chair_of(clinic, line, page, "Umar")
    page.evaluate("window.taps = 0; addEventListener('pointerdown', () => { window.taps += 1; }, true)")
    enter(page, 73)
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 73/min", timeout=SOON_MS)
    assert page.evaluate("window.taps") == 2


@pytest.mark.slow
def test_a_slow_line_and_a_double_tap_make_one_entry(clinic, line, over_line):
    page = over_line("nurse")
    chair_of(clinic, line, page, "Vera")
    line.fail(Fault.SLOW)
    page.get_by_label("Heart rate, /min").fill("69")
    page.get_by_role("button", name="Enter observation").dblclick()
    line.fail(Fault.SLOW)
    healed = threading.Timer(2, lambda: line.fail(Fault.NONE))
    healed.start()
    expect(page.get_by_role("region", name="Entries")).to_contain_text("HR 69/min", timeout=SOON_MS)
    healed.join()
    assert pulses(page).count(69) == 1


OPEN = """new Promise((done, failed) => { const asked = indexedDB.open("holdfast-queue"); asked.onsuccess = () => {
  const db = asked.result; const all = db.transaction(["keys", "pages", "entries"], "readwrite"); const found = {};
  for (const name of ["keys", "pages", "entries"]) {
    all.objectStore(name).getAll().onsuccess = (e) => { found[name] = e.target.result; WORK };
  }
  all.oncomplete = () => { db.close(); done(RESULT); }; all.onerror = failed; }; })"""
KEYS_ARE_GONE = OPEN.replace("WORK", "").replace("RESULT", "!found.keys.length && !found.pages.length")
READABLE = OPEN.replace("WORK", "").replace(
    "RESULT",
    "found.entries.map((e) => JSON.stringify(e) + new TextDecoder('latin1').decode(e.seal.bytes))",
)
LEFT_ALONE = OPEN.replace(
    "WORK",
    "for (const key of name === 'keys' ? found.keys : [])"
    " all.objectStore('keys').put({...key, active_at: key.active_at - 16 * 60000})",
).replace("RESULT", "true")
