"""Limits, reviews and schedules of forecasts come from forecast_choices.csv, and a spoiled row is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holdfast.errors import UnknownNameError
from holdfast.facts import load, read_tables
from holdfast.facts.loader import PACKAGED
from holdfast.facts.schema import Row
from holdfast.forecast import choices as of_choices
from holdfast.forecast.choices import choice, choices
from holdfast.forecast.patient_file import read_patient
from holdfast.forecast.plans import TAPER, plans
from holdfast.forecast.verdicts import Learnt, Likeness
from holdfast.policies.frontier import near_weeks

pytestmark = pytest.mark.story("HF-FOR-006")
PATIENT: dict[str, object] = {
    "today": 0, "doses": [{"day": 0, "drug": "esketamine", "route": "nasal", "dose_mg": 56}],
    "ratings": [{"day": 0, "scale": "madrs", "total": 30}],
}  # fmt: skip


def changed(row: Row, **cells: object) -> Row:
    return replace(row, values={**row.values, **cells})


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The table with other numbers."""
    told = load()
    new: dict[str, tuple[float, ...]] = {
        "unlike": (0.2,), "least_learnt": (0.5,), "every": (6.0,), "taper_every": (2.0, 3.0), "taper_sessions": (1.0,),
        "near_frontier": (2.0,),
    }  # fmt: skip
    rows = tuple(
        changed(row, value=new[row["symbol"]]) if row["symbol"] in new else row for row in told.rows("forecast_choices")
    )
    monkeypatch.setattr(of_choices, "load", lambda: replace(told, tables={"forecast_choices": rows}))
    choices.cache_clear()
    yield
    choices.cache_clear()


def test_every_number_says_why_it_is_held_to_be_so() -> None:
    rows = load().rows("forecast_choices")
    assert len(rows) == 8
    assert {row["status"] for row in rows} == {"assumed"}
    assert all(row["note"] for row in rows)


def test_the_numbers_decide_as_they_stand() -> None:
    assert (Likeness(0.009, ()).unlike, Likeness(0.011, ()).unlike) == (True, False)
    assert (Learnt(0.19, 3).enough, Learnt(0.21, 3).enough) == (False, True)
    assert choice("review", "d") == 28
    assert near_weeks() == 1
    names = [plan.name for plan in plans(read_patient(PATIENT), 182.0)]
    assert [name for name in names if name.startswith("every-")] == [f"every-{k}-weeks" for k in (1, 2, 3, 4)]
    taper = next(plan for plan in plans(read_patient(PATIENT), 182.0) if plan.name == TAPER)
    assert taper.words == "4 every week, 4 every 2 weeks, then every 4 weeks"
    assert np.diff((0.0, *taper.days)).tolist() == [7] * 4 + [14] * 4 + [28] * 3


@pytest.mark.usefixtures("others")
def test_other_numbers_decide_otherwise() -> None:
    assert Likeness(0.1, ()).unlike
    assert not Learnt(0.4, 3).enough
    assert near_weeks() == 2
    found = plans(read_patient(PATIENT), 60.0)
    assert [plan.name for plan in found if plan.name.startswith("every-")] == ["every-6-weeks"]
    taper = next(plan for plan in found if plan.name == TAPER)
    assert taper.words == "1 every 2 weeks, then every 3 weeks"
    assert taper.days == (14.0, 35.0, 56.0)


def test_a_number_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UnknownNameError, match="near_frontier"):
        choice("near_frontire", "weeks")


@pytest.mark.parametrize(
    ("symbol", "old", "new", "column", "said"),
    [
        ("unlike", ",0.01,", ",1.5,", "value", "does not lie between 0 and 1"),
        ("review", ",28,", ",0,", "value", "must be above 0"),
        ("taper_sessions", ",4;4,", ",4;3.5,", "value", "must hold whole numbers"),
        ("near_frontier", ",weeks,", ",stone,", "unit", "is not one of"),
        ("near_frontier", '"No source says which difference matters; one week of a year is our line"', "", "note",
         "a choice of ours says why"),
    ],
)  # fmt: skip
def test_a_spoiled_row_is_told(tmp_path: Path, symbol: str, old: str, new: str, column: str, said: str) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    table = folder / "forecast_choices.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    (place,) = [n for n, line in enumerate(lines) if line.startswith(f"forecast_choices.{symbol},")]
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new, 1)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    facts, faults = read_tables(folder)
    assert facts is None
    assert str(faults[0]).startswith(f"forecast_choices.csv line {place + 1} column {column}: ")
    assert said in str(faults[0])
