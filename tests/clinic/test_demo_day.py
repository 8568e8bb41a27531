"""The demo day: every state of a treatment day by the real actions, which then goes on to its end."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from holdfast.cli import demo_day
from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.audit.queries import verify
from holdfast.clinic.board.day import Board, DayReader
from holdfast.clinic.board.lines import headline, level, lines_of
from holdfast.clinic.example import goes_on
from holdfast.clinic.example.demo_day import BEGUN_BEFORE, CHAIRS, PARTS, load_demo_day, zone_of_the_day
from holdfast.clinic.example.life import Event
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.errors import ConfigurationError, RefusedError
from tests.clinic.test_example_programme import people

AFTERNOON = dt.datetime(2026, 11, 21, 19, 0, tzinfo=dt.UTC)
MOMENTS = [
    AFTERNOON,
    dt.datetime(
        2027, 3, 14, 7, 30, tzinfo=dt.UTC
    ),  # the night in which the clocks of New York go forward; 21:30 in Honolulu
    dt.datetime(2028, 2, 29, 5, 10, tzinfo=dt.UTC),  # ten past midnight in New York, 19:10 in Honolulu
]


def stands(board: Board) -> dict[str, str]:
    return {place.name: "; ".join(headline(card).state for card in place.cards) for place in board.places}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.story("HF-EXA-002")
@pytest.mark.parametrize("now", MOMENTS)
def test_every_state_is_there_and_the_day_goes_on_to_its_end(now: dt.datetime) -> None:
    programme, rest = load_demo_day(people=people(now), now=now)
    board = DayReader(programme.pk).board(now)
    assert programme.kind == "simulated"
    assert stands(board) == {
        "Chair 1": "Dose running", "Chair 2": "Paused", "Chair 3": "Before the dose", "Chair 4": "Dose running",
        "Chair 5": "Observation", "Chair 6": "Observation", "Room 1": "May leave", "Room 2": "Observation",
    }  # fmt: skip
    levels = {place.name: level(place.cards[0]) for place in board.places}
    assert [name for name in CHAIRS if levels[name] == "late"] == ["Chair 2", "Chair 3", "Chair 5", "Chair 6"]
    assert (levels["Room 1"], levels["Room 2"]) == ("good", "due")
    overdue = [line.text for line in lines_of(board.places[4].cards[0]) if line.tone == "late"]
    assert overdue == ["Overdue: Blood pressure, heart rate, SpO2, breathing, MOAA/S, CADSS"]
    assert (len(board.without_chair), len(board.expected), board.alerts) == (1, 1, 1)
    assert len(board.left) == 2
    assert not FlowSheetEntry.objects.filter(received_at__gt=now).exists()
    assert not any(entry.late_by for entry in FlowSheetEntry.objects.all())
    for event in rest:
        event.do(event.at)
    ended = TreatmentSession.objects.filter(course__patient__programme=programme, state="discharged")
    today = [row for row in ended if row.flow_sheet_entries.exists()]
    assert len(today) == len(PARTS)
    assert Counter(FlowSheetEntry.objects.values_list("kind", flat=True))["sign"] == len(PARTS)
    assert verify(actor=CommandLine()).sound
    refused = FlowSheetEntry.objects.filter(answer__ledger__has_key="refused")
    if now is not MOMENTS[1]:  # past midnight the ledger waits for the count of yesterday
        assert not refused.exists()


@pytest.mark.story("HF-EXA-002")
@pytest.mark.parametrize("day", [dt.datetime(2026, 7, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)])
def test_the_day_so_far_has_no_midnight_in_it(day: dt.datetime) -> None:
    begins = [day + dt.timedelta(minutes=10 * step) for step in range(144)]
    dates = [{at.astimezone(zone_of_the_day(now)).date() for at in (now - BEGUN_BEFORE, now)} for now in begins]
    assert {len(found) for found in dates} == {1}
    by_zone = Counter(zone_of_the_day(now).key for now in begins)
    assert by_zone["America/New_York"] > by_zone["Pacific/Honolulu"] > 0


@pytest.mark.django_db
def test_an_entry_that_has_no_place_any_more_is_left_out() -> None:
    made = []

    def refused(at: dt.datetime) -> None:
        raise RefusedError("the visitor was quicker")

    assert goes_on.carry_out(Event(AFTERNOON, 1, made.append))
    assert not goes_on.carry_out(Event(AFTERNOON, 2, refused))
    assert len(made) == 1
    assert made[0] > AFTERNOON


def test_what_is_to_come_waits_for_its_time_and_stops_with_the_server() -> None:
    made: list[dt.datetime] = []
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    stop = goes_on.start([Event(soon, 1, made.append)])
    stop.set()
    assert made == []


@pytest.mark.story("HF-EXA-002")
def test_a_folder_that_holds_anything_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "holdfast.sqlite3").write_text("records of people")
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "demo-day", "--folder", str(records), "--port", "8999"],
        text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == ConfigurationError.exit_code
    assert "is not empty; the demo day takes a new or an empty folder only" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in records.iterdir()] == ["holdfast.sqlite3"]
    assert (records / "holdfast.sqlite3").read_text() == "records of people"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for named in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError), demo_day._folder(named):
            pass


@pytest.mark.story("HF-EXA-002")
def test_a_folder_of_its_own_vanishes_and_a_named_one_stays(tmp_path: Path) -> None:
    with demo_day._folder(None) as own:
        (own / "holdfast.sqlite3").write_text("invented")
    assert not own.exists()
    with demo_day._folder(tmp_path / "new") as kept:
        (kept / "holdfast.sqlite3").write_text("invented")
    assert (kept / "holdfast.sqlite3").exists()


@pytest.mark.story("HF-EXA-002")
def test_nothing_of_another_installation_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    theirs = {"HOLDFAST_DATA": "/theirs", "HOLDFAST_DATABASE_URL": "postgresql://a@b/c", "HOLDFAST_URL": "https://x",
              "HOLDFAST_SMTP_HOST": "mail", "DJANGO_SETTINGS_MODULE": "theirs"}  # fmt: skip
    fake = SimpleNamespace(environ={"PATH": "/bin", **theirs})
    monkeypatch.setattr(demo_day, "os", fake)
    demo_day._forget_the_environment(tmp_path, 8123)
    assert fake.environ == {"PATH": "/bin", "HOLDFAST_DATA": str(tmp_path), "HOLDFAST_PORT": "8123"}
    assert os.environ is not fake.environ
