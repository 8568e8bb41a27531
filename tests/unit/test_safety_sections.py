"""What the safety sections say, by row and note: denominators named, absences told, nothing made up for nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from holdfast.registry.extract import write_extract
from holdfast.registry.report.report import Report, report_of
from holdfast.registry.report.safety import SECTIONS
from holdfast.registry.report.sections import Section, Share, Table
from holdfast.registry.sets import from_rows, opened
from tests.registry_rows import MANIFEST, made_up
from tests.unit.test_registry_safety import deaths_at_the_end, eventful, many_with

KEYS = (
    "adverse-events", "safety-signals", "acute-effects", "exposure", "safety-checks", "serious-events",
    "safety-by-year",
)  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return eventful()


@pytest.fixture(scope="module")
def told(rows: dict[str, Any]) -> Report:
    return report_of(from_rows(rows, MANIFEST))


def table(section: Section, key: str) -> Table:
    return {one.key: one for one in section.tables}[key]


def at(found: Table, row: int | str, name: str) -> Any:
    place = [column.name for column in found.columns].index(name)
    one = found.rows[row] if isinstance(row, int) else next(r for r in found.rows if r[0] == row)
    return one[place]


@pytest.mark.story("HF-REG-052")
def test_every_share_names_whom_it_is_of_and_every_section_whom_it_counts(told: Report) -> None:
    assert len(SECTIONS) == len(KEYS)
    for key in KEYS:
        section = told.section(key)
        assert section.basis.endswith(".")
        for one in section.tables:
            assert all(column.of for column in one.columns if column.kind == "share"), one.key
            assert all("—" not in str(value) for row in one.rows for value in row), one.key


def under_watch(rows: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """Rows of a table of courses that started, from the day each was watched from."""
    since = {one["course"]: one["watched_from_day"] or 0 for one in rows["courses"] if one["started"]}
    return [one for one in rows[table] if one["course"] in since and one["day"] >= since[one["course"]]]


@pytest.mark.story("HF-REG-052")
def test_events_in_no_rate_are_told(rows: dict[str, Any], told: Report) -> None:
    section = told.section("adverse-events")
    left_out = len(rows["adverse_events"]) - len(under_watch(rows, "adverse_events"))
    assert left_out > 10
    (note,) = [one for one in section.notes if "are in no rate" in one]
    assert note.startswith(f"{left_out} events are in no rate: ")
    by_kind = table(section, "adverse-events-by-kind")
    counted = [one for one in under_watch(rows, "adverse_events") if one["treatment_session"]]
    sessions = under_watch(rows, "treatment_sessions")
    with_one = {(one["course"], one["treatment_session"]) for one in counted}
    assert at(by_kind, "any adverse event", "events") == len(counted)
    assert at(by_kind, "any adverse event", "courses") == Share(
        len({one["course"] for one in counted}), len({one["course"] for one in sessions})
    )
    assert at(by_kind, "any adverse event", "sessions") == Share(len(with_one), len(sessions))
    assert len(sessions) < len(rows["treatment_sessions"])


@pytest.mark.story("HF-REG-166")
def test_the_events_of_no_kind_of_their_own_are_told_beside_the_rates(rows: dict[str, Any], told: Report) -> None:
    events = under_watch(rows, "adverse_events")
    other = sum(one["category"] == "other" for one in events)
    (note,) = [one for one in told.section("adverse-events").notes if "are `other`" in one]
    assert note.startswith(f"Of {len(events)} events {other} are `other` ({100 * other / len(events):.0f} %)")
    assert 0 < other < len(events)


@pytest.mark.story("HF-REG-167")
def test_a_course_that_ended_by_death_is_told_as_a_death_where_no_event_was_written() -> None:
    told = report_of(from_rows(deaths_at_the_end(fatal_event=False), MANIFEST))
    deaths = table(told.section("adverse-events"), "adverse-events-over-time")
    assert (at(deaths, "death", "events"), at(deaths, "death", "courses")) == (1, Share(1, 60))
    section = told.section("serious-events")
    assert section.basis == "1 serious adverse event."
    ((*_, when, _),) = section.tables[0].rows
    assert section.tables[0].rows[0][:3] == (1, "death", "death")
    assert when == "within 28 days of the first dose"
    assert any("A course that ended by death" in note for note in section.notes)
    by_year = table(told.section("safety-by-year"), "safety-by-year")
    assert [(row[0], row[10]) for row in by_year.rows] == [("2025", 0), ("2026", 1)]


@pytest.mark.story("HF-REG-058")
def test_an_empty_programme_is_told_in_sentences() -> None:
    empty = report_of(from_rows({}, MANIFEST))
    for key in KEYS:
        section = empty.section(key)
        assert section.tables == section.pictures == ()
        assert section.basis


@pytest.mark.story("HF-REG-058")
def test_one_course_alone_is_told_with_wide_intervals() -> None:
    one = many_with("headache", 1, 1)
    found = report_of(from_rows(one, MANIFEST))
    by_kind = table(found.section("adverse-events"), "adverse-events-by-kind")
    headache = at(by_kind, "headache", "courses")
    assert (headache.events, headache.people) == (1, 1)
    assert at(by_kind, "headache", "clustered") is None
    low, high = at(by_kind, "headache", "rate").ends
    assert low < 1 < 50 < high
    assert found.section("safety-signals").basis.startswith("No signal. That is no proof of safety")


@pytest.mark.story("HF-REG-063")
def test_an_extract_has_no_years_and_says_so(tmp_path: Path, rows: dict[str, Any], told: Report) -> None:
    by_year = table(told.section("safety-by-year"), "safety-by-year")
    assert {row[0] for row in by_year.rows} == {"2024", "2025"}
    kinds = table(told.section("safety-by-year"), "safety-by-year-kinds")
    assert sum(int(str(row[3])) for row in kinds.rows) == sum(int(str(row[8])) for row in by_year.rows) > 50
    exposed = [row for row in by_year.rows if row[0] == "2025"]
    given = under_watch(rows, "treatment_sessions")
    assert sum(int(str(row[4])) for row in exposed) == len(given) < len(rows["treatment_sessions"])
    without = sum(one["year"] is None for one in under_watch(rows, "adverse_events"))
    assert without > 10
    assert told.section("safety-by-year").notes == (f"{without} events have no calendar year and are in no row.",)
    write_extract(tmp_path / "extract", rows, MANIFEST, k=5)
    left = report_of(opened([tmp_path / "extract"]))
    assert left.section("safety-by-year").tables == ()
    assert left.section("safety-by-year").basis.startswith(
        "The set holds no calendar years: an extract leaves them out"
    )
    assert left.section("adverse-events").tables


@pytest.mark.story("HF-REG-057")
def test_serious_lines_of_an_extract_hold_no_pseudonym_and_no_site(tmp_path: Path, rows: dict[str, Any]) -> None:
    write_extract(tmp_path / "extract", rows, MANIFEST, k=5)
    section = report_of(opened([tmp_path / "extract"])).section("serious-events")
    text = str(section.as_dict())
    assert len(section.tables[0].rows) > 5
    assert "north" not in text
    assert not any(one[name] in text for one in rows["courses"] for name in ("course", "person"))


@pytest.mark.story("HF-REG-064")
def test_checks_have_three_denominators(rows: dict[str, Any], told: Report) -> None:
    started = {one["course"] for one in rows["courses"] if one["started"] and one["drug"] == "ketamine"}
    going_on = {one["course"] for one in rows["courses"] if one["course"] in started and one["ended_day"] is None}
    found = table(told.section("safety-checks"), "safety-checks")
    (bladder,) = [row for row in found.rows if row[0] == "bladder" and row[1] == "ketamine"]
    cell = dict(zip([column.name for column in found.columns], bladder, strict=True))
    own = [one for one in rows["safety_checks"] if one["course"] in started]
    assert cell["done"] == Share(sum(one["done"] > 0 for one in own), len(started))
    assert cell["positive"] == Share(sum(one["positive"] > 0 for one in own), sum(one["done"] > 0 for one in own))
    now = [one for one in own if one["course"] in going_on]
    assert cell["overdue"] == Share(sum(one["state"] == "overdue" for one in now), len(going_on))
    assert cell["no_force"] == sum(one["state"] in ("inactive", "no-interval", "unknown-phase") for one in now) > 0


@pytest.mark.story("HF-REG-059")
def test_the_rule_is_told_with_its_limits_and_its_sources() -> None:
    found = report_of(from_rows(many_with("headache", 30, 60), MANIFEST)).section("safety-signals")
    assert "Holm's correction over the 16 kinds tested; a signal below 0.05 with 3 courses or more" in found.notes[0]
    assert found.basis.startswith("Signals: headache (esketamine, nasal).")
    assert "no proof and names no cause" in found.basis
    tested = table(found, "safety-signals")
    assert at(tested, "headache", "signal") == "yes"
    assert "▲ headache: 50.0 % here, 20.3 % published" in found.pictures[0].alternative
    assert "ASPIRE" in at(tested, "headache", "source")
    assert at(tested, "headache", "source").endswith("transcribed")
    assert [row[0] for row in tested.rows if row[7] == "yes"] == ["headache"]


@pytest.mark.story("HF-REG-055")
def test_published_figures_stand_beside_what_was_counted_like_them(told: Report) -> None:
    published = table(told.section("acute-effects"), "acute-published")
    by = {row[0]: row for row in published.rows if row[1] == "esketamine, nasal"}
    limits = table(told.section("acute-effects"), "acute-limits")
    early = {row[:3]: row[-1] for row in limits.rows}
    for ages, figure in (("under 65", "8 %"), ("65 and over", "17 %")):
        row = by[f"systolic rise of 40 mmHg or more, at least once in 28 days, {ages}"]
        same = early["esketamine, nasal", ages, "systolic rise of 40 mmHg or more"]
        assert isinstance(same, Share)
        assert (row[2], row[3], row[4]) == (figure, same.estimate.times(100), same.people)
        assert same.people > 3
        assert str(row[-1]).endswith("transcribed")
    felt = by["CADSS above 4, at least once in 28 days"]
    assert (felt[2], felt[3].value) == ("61 to 84 %", 100.0)  # type: ignore[union-attr]
    assert by["mean systolic rise, under 65"][2] == "13.3 mmHg"
    assert [row[0] for row in published.rows if row[1] != "esketamine, nasal"].count("mean systolic rise") == 2
    assert len(told.section("acute-effects").pictures) == 4


@pytest.mark.story("HF-REG-053")
def test_two_sites_are_told_beside_each_other() -> None:
    north, south = eventful(40, seed=1), eventful(40, seed=2)
    for one in south["courses"]:
        one["site"] = "south"
    both = {name: north[name] + south[name] for name in north}
    found = table(report_of(from_rows(both, MANIFEST)).section("adverse-events"), "adverse-events-by-site")
    assert [row[:2] for row in found.rows] == [
        (site, kind) for site in ("north", "south") for kind in ("any adverse event", "serious, of any kind", "death")
    ]
    assert "adverse-events-by-site" not in {
        one.key for one in report_of(from_rows(made_up(5, seed=1), MANIFEST)).section("adverse-events").tables
    }


@pytest.mark.story("HF-REG-059")
def test_a_site_that_writes_down_more_stands_out_and_others_do_not() -> None:
    several: dict[str, list[dict[str, Any]]] = {}
    for site, events in (("east", 3), ("north", 4), ("south", 30), ("west", 5)):
        rows = many_with("headache", events, 60)
        for one in rows["courses"]:
            one["site"] = site
        for name, every in rows.items():
            renamed = [{**row, "course": f"{site[0].encode().hex()}{row['course'][2:]}"} for row in every]
            several[name] = several.get(name, []) + renamed
    found = report_of(from_rows(several, MANIFEST)).section("safety-signals")
    standing_out = table(found, "safety-signals-sites")
    assert [(row[0], row[2]) for row in standing_out.rows] == [("south", "any adverse event"), ("south", "headache")]
    assert (standing_out.rows[1][3], standing_out.rows[1][4]) == (Share(30, 60), Share(12, 180))
    assert "over 8 comparisons" in found.notes[-1]
    alone = report_of(from_rows(many_with("headache", 30, 60), MANIFEST)).section("safety-signals")
    assert not any("Sites" in note for note in alone.notes)
