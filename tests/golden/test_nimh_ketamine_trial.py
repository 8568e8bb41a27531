"""The NIMH ketamine trial at day 2. Source: OpenNeuro ds005917 (CC0), tidy scores of the shared folder; expected
numbers: its README, rounded to two decimals there (tolerance 0.005)."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.cli.output import read_csv
from holdfast.outcomes import compute, definition
from holdfast.outcomes.score_rows import COLUMNS

pytestmark = pytest.mark.shared_data


def depressed(path: Path, name: str):
    cells = compute(read_csv(path, COLUMNS), definition(name), scale="madrs", source=path.name)
    (cell,) = [c for c in cells if c.group == "MDD"]
    return cell


@pytest.mark.story("HF-IMP-003")
def test_response_is_6_of_27(nimh_scores):
    cell = depressed(nimh_scores, "response_50")
    assert (cell.leg, cell.day, cell.events, cell.n_judged) == ("ketamine", 2, 6, 27)
    assert (cell.n_baseline, cell.n_missing) == (32, 5)
    assert cell.mean_change == pytest.approx(-9.22, abs=0.005)
    assert cell.sd_change == pytest.approx(10.39, abs=0.005)


def test_four_have_a_madrs_of_10_or_less(nimh_scores):
    assert depressed(nimh_scores, "madrs_le10").events == 4


def test_groups_are_not_pooled(nimh_scores):
    cells = compute(read_csv(nimh_scores, COLUMNS), definition("response_50"), scale="madrs")
    assert {c.group: c.n_rated for c in cells} == {"MDD": 27, "BP": 2, "HC": 17}
