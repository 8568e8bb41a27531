"""The safety report of one calendar year against plain loops over the rows of that year."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.registry.extract import write_extract
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.over_parts import report_over_parts
from holdfast.registry.report.report import Report
from holdfast.registry.report.sections import Share, Table
from holdfast.registry.report.yearly import count_year, tell_year
from holdfast.registry.safety.counts import event_cells
from holdfast.registry.safety.year import year_cells
from holdfast.registry.sets import RegistrySet, from_rows, opened
from tests.gates.repository import ROOT
from tests.registry_rows import MANIFEST
from tests.unit.test_registry_follow_up_cut import event, many
from tests.unit.test_registry_safety import deaths_at_the_end, many_with

pytestmark = pytest.mark.story("HF-REG-169")
NORTH = ROOT / "docs" / "examples" / "registry" / "north"
YEARS = (2024, 2025)


def rows_of(table: str) -> list[dict[str, Any]]:
    found = duckdb.sql(f"SELECT * FROM read_parquet('{NORTH / table}.parquet')")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def north() -> RegistrySet:
    return opened([NORTH])


def told(rows: dict[str, Any], year: int) -> Report:
    return tell_year(count_year(from_rows(rows, MANIFEST), year), (MANIFEST,), Choices(), year)


def table(report: Report, section: str, key: str) -> Table:
    return {one.key: one for one in report.section(section).tables}[key]


def row_of(found: Table, first: str) -> dict[str, Any]:
    (row,) = [one for one in found.rows if one[0] == first]
    return dict(zip([column.name for column in found.columns], row, strict=True))


@pytest.mark.parametrize("year", YEARS)
def test_a_year_holds_the_rows_of_that_year(north: RegistrySet, year: int) -> None:
    cells = year_cells(north, year)
    events = [one for one in rows_of("adverse_events") if one["year"] == year]
    sessions = [one for one in rows_of("treatment_sessions") if one["year"] == year]
    exposure = [one for one in rows_of("exposure") if one["year"] == year]
    assert cells["over_time"].over("kind").of("any")["events"] == len(events) > 50
    assert cells["given"].where(band="all").over().of()["sessions"] == len(sessions) > 100
    started = cells["started"].over().of()
    assert (started["courses"], started["days"]) == (len(exposure), sum(one["days"] for one in exposure))
    assert cells["measured"].over("measure").of("sbp_rise")["sessions"] == len(sessions)
    begun = [one for one in rows_of("courses") if one["started"] and one["year"] == year]
    assert cells["begun_in_year"].over().of()["courses"] == len(begun)


def test_the_years_of_a_set_add_up_to_all_of_it(north: RegistrySet) -> None:
    every, by_year = event_cells(north), [year_cells(north, year) for year in YEARS]
    for name, of in (("over_time", "events"), ("started", "days"), ("in_sessions", "events"), ("windows", "courses")):
        assert sum(one[name].over().of()[of] for one in by_year) == every[name].over().of()[of] > 0, name


def test_whoever_began_late_in_a_year_is_followed_to_the_end_of_the_first_days() -> None:
    """Sixty courses of forty days with ten days of the year left, a headache of thirty on day 25: in the next year."""
    rows = many_with("headache", 30, 60)
    for one in rows["courses"]:
        one["year"] = 2025
    for one in rows["adverse_events"]:
        one.update(day=25, year=2026, treatment_session=None)
    for one in rows["treatment_sessions"]:
        one["year"] = 2025 if one["day"] < 10 else 2026
    rows["exposure"] = [
        {"course": one["course"], "year": year, "treatment_sessions": 0, "dose_mg": 0.0, "doses_of_unknown_mg": 0,
         "days": days} for one in rows["courses"] for year, days in ((2025, 10), (2026, 31))
    ]  # fmt: skip
    first, second = (table(told(rows, year), "safety-signals", "safety-signals") for year in (2025, 2026))
    assert (row_of(first, "headache")["observed"], row_of(first, "headache")["signal"]) == (30, "yes")
    assert "headache" not in {row[0] for row in second.rows}
    rates = table(told(rows, 2026), "adverse-events", "adverse-events-over-time")
    assert row_of(rates, "headache")["events"] == 30
    assert row_of(rates, "headache")["months"] == pytest.approx(60 * 31 / (365.25 / 12))
    assert told(rows, 2025).section("adverse-events").notes[0].startswith("No adverse event is on record.")


@pytest.mark.parametrize("fatal_event", [True, False])
def test_a_death_is_in_one_year_and_in_no_other(fatal_event: bool) -> None:
    rows = deaths_at_the_end(fatal_event=fatal_event)
    if fatal_event:  # it began in December, and the course was closed in January
        for one in rows["adverse_events"]:
            one.update(year=2025)
    for one in rows["treatment_sessions"]:
        one["year"] = 2025 if one["day"] < 15 else 2026
    deaths = {}
    for year in (2025, 2026):
        report = told(rows, year)
        deaths[year] = row_of(table(report, "year", "safety-by-year"), str(year))["deaths"]
        assert len(report.section("serious-events").tables) == deaths[year]
    assert deaths == ({2025: 1, 2026: 0} if fatal_event else {2025: 0, 2026: 1})


def test_checks_done_in_the_year_have_the_courses_of_the_year_below_them() -> None:
    rows = deaths_at_the_end(fatal_event=False)
    first, second = (one["course"] for one in rows["courses"][:2])
    for one in rows["safety_checks"]:
        one.update(done=3, positive=1)
    rows["checks_by_year"] = [
        {"course": first, "safety_check": "bladder", "year": 2025, "done": 2, "positive": 0},
        {"course": first, "safety_check": "bladder", "year": 2026, "done": 1, "positive": 1},
        {"course": second, "safety_check": "bladder", "year": 2026, "done": 1, "positive": 0},
    ]
    bladder = row_of(table(told(rows, 2026), "safety-checks", "safety-checks"), "bladder")
    assert (bladder["done"], bladder["times"], bladder["positive"], bladder["found"]) == (
        Share(2, 60),
        2,
        Share(1, 2),
        1,
    )
    rows["checks_by_year"][0]["done"] = 3
    with pytest.raises(InputError, match="checks_by_year: 1 checks of a course were done more often by year"):
        from_rows(rows, MANIFEST)


def test_parts_of_a_set_give_the_same_year() -> None:
    one, several = (report_over_parts([NORTH], year=2025, parts=parts) for parts in (1, 3))
    assert one.as_dict() == several.as_dict()
    assert one.as_dict()["year"] == 2025


def test_a_set_without_years_and_a_year_nobody_was_treated_in_are_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows |= many_with("headache", 30, 60)
    write_extract(tmp_path / "extract", rows, MANIFEST, k=5)
    with pytest.raises(InputError, match="the set holds no calendar years: an extract leaves them out"):
        report_over_parts([tmp_path / "extract"], year=2025)
    assert main(["registry", "report", str(NORTH), "--year", "2019", "--output", str(tmp_path / "report")]) == 3
    assert "year 2019 is not on record; there are 2024, 2025" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_days_of_a_year_begin_with_the_watch_and_end_with_the_course() -> None:
    """Ten courses taken over on day 150 (of 2025) and followed to day 200, of which the last 21 days are of 2026."""
    rows = many(10, to=200, watched_from_day=150, year=2025)
    for one in rows["courses"][:5]:
        one |= {"ended_day": 190, "end_reason": "completed", "followed_to_day": 190}
    for one in rows["courses"]:
        rows["exposure"] += [
            {"course": one["course"], "year": year, "treatment_sessions": 0, "dose_mg": 0.0, "doses_of_unknown_mg": 0,
             "days": days} for year, days in ((2025, 30), (2026, one["followed_to_day"] - 179))
        ]  # fmt: skip
    late, early = rows["courses"][0]["course"], rows["courses"][9]["course"]
    rows["adverse_events"] = [event(late, 260) | {"year": 2026}, event(early, 185) | {"year": 2026}]
    cells = {year: year_cells(from_rows(rows, MANIFEST), year) for year in YEARS_OF_THE_WATCH}
    assert [one["started"].over().of()["days"] for one in cells.values()] == [10 * 30, 5 * 11 + 5 * 21]
    assert [one["over_time"].over("kind").of("any")["events"] for one in cells.values()] == [0, 1]
    assert cells[2026]["after"].over("kind").of("any")["events"] == 1  # seventy days after its end


YEARS_OF_THE_WATCH = (2025, 2026)
