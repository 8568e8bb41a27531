"""Registry sets: written whole, the same bytes twice, read back, and every fault of a spoiled one named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import InputError
from holdfast.registry.common_model import TABLES
from holdfast.registry.sets import RegistrySet, checked, counted, from_rows, opened, part_of
from holdfast.registry.written import write_rows
from tests.registry_rows import MANIFEST, made_up


@pytest.fixture
def rows() -> dict[str, Any]:
    """Thirty courses."""
    return made_up(30, seed=1)


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path: Path, rows: dict[str, Any]) -> None:
    write_rows(tmp_path / "a", rows, MANIFEST)
    write_rows(tmp_path / "b", {name: every[::-1] for name, every in rows.items()}, MANIFEST)
    names = sorted(one.name for one in (tmp_path / "a").iterdir())
    assert len(names) == len(TABLES) + 1
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def test_what_is_read_is_what_was_written(tmp_path: Path, rows: dict[str, Any]) -> None:
    write_rows(tmp_path / "set", rows, MANIFEST)
    found, plain = opened([tmp_path / "set"]), from_rows(rows, MANIFEST)
    assert found.n == 30
    assert {name: len(found.tables[name]["course"]) for name in TABLES} == {name: len(rows[name]) for name in TABLES}
    for name in TABLES:
        assert all((found.tables[name][c] == v)[~_missing(v)].all() for c, v in plain.tables[name].items())
    assert sum(counted(found, "route").values()) == 30
    totals = sorted(one["total"] for one in rows["ratings"] if one["total"] is not None)
    assert sorted(found.tables["ratings"]["total"][~_missing(found.tables["ratings"]["total"])]) == totals
    assert len(totals) > 100


def _missing(values: Any) -> Any:
    return values != values


def test_parts_hold_every_course_once(tmp_path: Path, rows: dict[str, Any]) -> None:
    write_rows(tmp_path / "set", rows, MANIFEST)
    manifests = checked([tmp_path / "set"])
    parts: list[RegistrySet] = [part_of([tmp_path / "set"], manifests, part, 4) for part in range(4)]
    assert sum(part.n for part in parts) == 30
    assert sum(part.n > 0 for part in parts) > 1
    assert sum(len(part.tables["ratings"]["day"]) for part in parts) == len(rows["ratings"])
    whole = opened([tmp_path / "set"])
    assert sorted(d for part in parts for d in part.courses["dealt"]) == sorted(whole.courses["dealt"])


SPOILT = {
    "a word nobody knows": ("courses", {"sex": "x"}, "courses.sex is a word the common data model has not"),
    "a name for a pseudonym": ("courses", {"person": "Ada Lovelace"}, "courses.person is no pseudonym"),
    "an end after everything": ("courses", {"ended_day": 9000, "end_reason": "died"}, "ends after the last day"),
    "an end without a reason": ("courses", {"ended_day": 29, "end_reason": None}, "without a reason"),
    "a day of another age": ("courses", {"referred_day": -9999}, "courses.referred_day is not within"),
    "maintenance before its time": ("courses", {"maintenance_day": 27}, "to maintenance before the end of induction"),
    "a rating tomorrow": ("ratings", {"day": 999}, "ratings: a row lies after the last day"),
    "a rating of nobody": ("ratings", {"course": "f" * 32}, "ratings: a row is of no course of the set"),
    "a dose before the first": ("treatment_sessions", {"day": -3}, "treatment_sessions: a row lies before day 0"),
    "pressures exchanged": ("treatment_sessions", {"sbp_before_mmhg": 60.0}, "systolic not above diastolic"),
    "a dose of nothing known": ("treatment_sessions", {"dose_mg": 1e9}, "treatment_sessions.dose_mg is not within"),
    "a year of 400 days": ("exposure", {"days": 400}, "exposure: a row has more days than a year"),
    "more sessions by year": (
        "exposure",
        {"treatment_sessions": 99},
        "more treatment sessions by year than under watch",
    ),
    "an event of no session": ("adverse_events", {"treatment_session": 99}, "a treatment session that is not there"),
    "an empty word": ("courses", {"drug": None}, "courses.drug is empty where it is required"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_is_named_with_table_and_course_and_nothing_is_written(
    tmp_path: Path, rows: dict[str, Any], fault: str
) -> None:
    table, change, words = SPOILT[fault]
    place = next(i for i, one in enumerate(rows[table]) if table != "courses" or one["started"])
    rows[table][place] = {**rows[table][place], **change}
    with pytest.raises(InputError) as raised:
        write_rows(tmp_path / "set", rows, MANIFEST)
    assert words in str(raised.value)
    assert rows[table][place]["course"] in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_is_not_of_the_model_is_refused(rows: dict[str, Any]) -> None:
    rows["courses"][0]["name"] = "Ada"
    with pytest.raises(InputError, match="courses row 1: no column is called 'name'"):
        from_rows(rows, MANIFEST)


def test_a_row_that_stands_twice_is_named(rows: dict[str, Any]) -> None:
    rows["ratings"].append(rows["ratings"][3])
    with pytest.raises(InputError, match="1 rows stand twice by course, scale, day"):
        from_rows(rows, MANIFEST)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "manifest.json").unlink(), "is no registry set"),
        (lambda f: (f / "manifest.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "manifest.json").write_text('{"format": "x"}'), "its format is not"),
        (lambda f: _changed(f, version=2), "is version 2 of the common data model; this Holdfast reads 1"),
        (lambda f: _changed(f, sites=3), "does not say what a manifest says"),
        (lambda f: _changed(f, files={}), "does not say what a manifest says"),
        (
            lambda f: (f / "ratings.parquet").write_bytes((f / "ratings.parquet").read_bytes()[:-9]),
            "cut short or changed",
        ),
        (lambda f: (f / "courses.parquet").unlink(), "is missing or cannot be read"),
    ],
)
def test_a_damaged_set_is_named(tmp_path: Path, rows: dict[str, Any], spoil: Any, words: str) -> None:
    write_rows(tmp_path / "set", rows, MANIFEST)
    spoil(tmp_path / "set")
    with pytest.raises(InputError, match=words):
        opened([tmp_path / "set"])


def _changed(folder: Path, **what: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | what))


def test_an_empty_programme_is_a_set(tmp_path: Path) -> None:
    write_rows(tmp_path / "set", {}, MANIFEST)
    assert opened([tmp_path / "set"]).n == 0
