"""How old somebody can be is one number, wherever an age is entered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.clinic.patients.models import Patient
from holdfast.eligibility import Evaluation
from holdfast.errors import InputError
from holdfast.exchange.score_table import read_lines, read_participants
from holdfast.facts import load
from holdfast.facts.plausible import plausible

OLDEST = 130


def in_a_table(age: float, folder: Path) -> None:
    path = folder / "participants.csv"
    path.write_text(f"participant_id,age_y\na,{age}\n")
    lines, _ = read_lines(path, ["participant_id"])
    _, bad = read_participants(lines)
    if bad:
        raise InputError(bad[0].reason)


ENTRIES: dict[str, Callable[[float, Path], object]] = {
    "evaluation": lambda age, folder: Evaluation(age_y=age),
    "participants of a trial": in_a_table,
    "treatment of an adult": lambda age, folder: plausible("age_y", age),
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_each_entry_takes_the_ceiling_and_refuses_what_is_above(entry: Callable, tmp_path: Path) -> None:
    entry(OLDEST, tmp_path)
    for age in (OLDEST + 1, 1961):
        with pytest.raises(InputError, match="to 130 y; give the age in years, not the year of birth"):
            entry(age, tmp_path)


def test_the_database_and_both_rows_of_the_table_say_the_same() -> None:
    facts = load()
    assert {facts.row(f"plausible.{name}")["max"] for name in ("age_y", "recorded_age_y")} == {OLDEST}
    (constraint,) = [c for c in Patient._meta.constraints if c.name == "patient_age_is_possible_and_says_when"]
    assert f"('age_y__lte', {OLDEST})" in str(constraint.condition)


def test_a_child_may_be_on_record_and_is_not_treated() -> None:
    assert plausible("recorded_age_y", 9) == 9
    with pytest.raises(InputError, match="outside 18 to 130"):
        plausible("age_y", 9)
