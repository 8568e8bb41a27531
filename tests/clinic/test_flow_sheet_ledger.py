"""A device given or a vial drawn at the chair stands in the drug ledger by the same entry, once, or says why not."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from holdfast.clinic.drug_ledger import queries, standing
from holdfast.clinic.drug_ledger.models import DrugLot, Movement
from holdfast.clinic.worklist.queries import work
from tests.clinic.conftest import NOW, People
from tests.clinic.flow_sheet_days import CALM, Day, new_day
from tests.clinic.ledger import VIALS, account, draw, receive

pytestmark = [pytest.mark.django_db, pytest.mark.story("HF-SES-034")]
EARLY = NOW - dt.timedelta(hours=3)


def stocked(day: Day, **label: object) -> DrugLot:
    return receive(day.people, now=EARLY, **label).lot


def movements() -> list[tuple[str, Decimal]]:
    return [(row.kind, row.quantity) for row in Movement.objects.order_by("pk")]


def ready(day: Day, **dose: object) -> None:
    day.asked()
    day.dose(**(dose or {"dose_mg": 56}))
    day.note("observation", CALM, at=-10)
    day.note("clearance", at=-5)


def ready_for_infusion(people: People) -> Day:
    """40 mg are cleared, with a vial in the safe."""
    day = new_day(people, protocol="iv-racemic")
    stocked(day, label=VIALS)
    ready(day, weight_kg=80, height_cm=180, concentration_mg_per_ml=1)
    return day


def test_devices_given_are_drawn_and_given_in_the_ledger(people: People) -> None:
    day = new_day(people)
    lot = stocked(day, lot_number="24A17")
    ready(day)
    key = uuid.uuid4()
    for _ in range(2):
        first = day.note("device", {"lot": "24a17 "}, at=0, key=key)
    day.note("device", {"lot": "24A17"}, at=5)
    assert movements() == [("received", 20), ("drawn", 1), ("given", 1), ("drawn", 1), ("given", 1)]
    assert first.entry.answer["ledger"] == {"said": "1 device of lot 24A17 given"}
    assert standing.balance(lot.pk) == 18
    given = Movement.objects.filter(kind="given").first()
    assert (given.treatment_session, given.happened_at) == (day.treatment_session, NOW)
    (line,) = queries.sessions_of(people.programme, NOW.date())
    assert line.stands == "agrees"


def test_what_was_drawn_in_the_ledger_before_is_given_and_not_drawn_again(people: People) -> None:
    day = new_day(people)
    lot = stocked(day, lot_number="24A17")
    draw(people, lot, 2, treatment_session=day.treatment_session, now=NOW - dt.timedelta(minutes=10))
    ready(day)
    for at in (0, 5):
        day.note("device", {"lot": "24A17"}, at=at)
    assert [kind for kind, _ in movements()] == ["received", "drawn", "given", "given"]
    assert queries.open_drawings(people.programme) == []


def test_a_programme_without_stock_of_the_drug_keeps_no_ledger(people: People) -> None:
    day = new_day(people)
    receive(people, VIALS, now=EARLY)
    ready(day)
    done = day.note("device", {"lot": "24A17"}, at=0)
    assert "ledger" not in done.entry.answer
    assert [kind for kind, _ in movements()] == ["received"]


@pytest.mark.parametrize(
    ("lot", "says"), [("other", "no esketamine device of that lot is in stock"), ("24A17", "was not closed")]
)
def test_what_the_ledger_refuses_is_told_and_the_entry_stands(people: People, lot: str, says: str) -> None:
    """A dose that was given is never unwritten because of the book; the worklist holds it until both agree."""
    day = new_day(people)
    receive(people, now=NOW - dt.timedelta(days=1) if lot == "24A17" else EARLY, lot_number="24A17")
    ready(day)
    done = day.note("device", {"lot": lot}, at=0)
    assert says in done.entry.answer["ledger"]["refused"]
    assert day.state == "dosing"
    assert [kind for kind, _ in movements()] == ["received"]
    later = NOW + dt.timedelta(hours=1)
    found = [i.due.kind for i in work(actor=people.nurse, now=later)]
    assert lot == "24A17" or "ledger:session" in found


def test_a_vial_is_drawn_at_the_start_and_given_at_the_end(people: People) -> None:
    day = ready_for_infusion(people)
    started = day.note("start", {"rate_ml_per_h": 60, "lot": "KET-1", "drawn_ml": 1}, at=0)
    assert started.entry.answer["ledger"] == {"said": "1 mL of lot KET-1 drawn"}
    ended = day.note("stop", {"whole": True}, at=40)
    assert ended.entry.answer["ledger"] == {"said": "40 mg of lot KET-1 given"}
    (drawing,) = queries.drawings_of_session(actor=people.nurse, treatment_session=day.treatment_session)
    assert drawing.sentence.startswith("drawn 1 mL = given 0.8 mL")
    assert drawing.open_words == "0.2 mL"
    account(people, drawing.row, wasted="0.2", cause="remainder", now=NOW + dt.timedelta(hours=1))
    assert queries.open_drawings(people.programme) == []


def test_a_start_without_a_lot_is_told(people: People) -> None:
    day = ready_for_infusion(people)
    assert "nothing was drawn" in day.note("start", {}, at=0).entry.answer["ledger"]["refused"]
    refused = day.note("stop", {"whole": False, "reason": "nausea"}, at=10).entry.answer["ledger"]["refused"]
    assert "nothing that is open was drawn" in refused


def test_a_correction_on_the_sheet_is_told_beside_the_ledger(people: People) -> None:
    """The ledger is corrected before a second person: until then the two differ, in words, on the worklist."""
    day = ready_for_infusion(people)
    day.note("start", {"lot": "KET-1", "drawn_ml": 1}, at=0)
    day.note("stop", {"whole": True}, at=40)
    day.note(
        "stop", {"whole": False, "dose_mg": 30, "reason": "nausea"}, at=41, supersedes=day.keys["stop"], why="misread"
    )
    assert [kind for kind, _ in movements()] == ["received", "drawn", "given"]
    (line,) = queries.sessions_of(people.programme, NOW.date())
    assert line.stands == "differs"


def test_the_page_offers_open_lots_and_shows_the_ledger(people: People) -> None:
    day = new_day(people)
    stocked(day, lot_number="24A17")
    stocked(day, lot_number="OLD", expires_on=dt.date(2026, 11, 5))
    ready(day)
    client = Client()
    client.force_login(people.nurse)
    address = reverse("flow-sheet", args=[day.treatment_session.public_id])
    shown = client.get(address).content.decode()
    assert 'value="24A17"' in shown
    assert "24A17, 20 devices" in shown
    assert 'value="OLD"' not in shown
    assert "Nothing was drawn for this treatment session" in shown
    record = reverse("flow-sheet-record", args=[day.treatment_session.public_id, "device"])
    assert client.post(record, {"key": str(uuid.uuid4()), "lot": ""}).status_code == 422
    day.note("device", {"lot": "24A17"}, at=0)
    day.note("device", {"lot": "B-9"}, at=5)
    shown = " ".join(client.get(address).content.decode().split())
    assert "Drug ledger: 1 device of lot 24A17 given" in shown
    assert "Not in the drug ledger" in shown
    assert "drawn 1 device = given 1 device" in shown
