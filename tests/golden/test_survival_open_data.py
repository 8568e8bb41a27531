"""Survival of open data sets against R survival: survival/open_data.json, numbers derived by make_goldens.R.

Relapse to drinking and to cocaine (Singer and Willett), first skin event of the CDISC pilot. Tolerance: 1e-9.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.registry.follow_up import FollowUp, follow_up
from holdfast.registry.log_rank import log_rank, stratified_log_rank
from holdfast.registry.survival import kaplan_meier
from tests.golden.test_survival import curve_agrees, same_test
from tests.shared_data import need

pytestmark = pytest.mark.shared_data
SETS = {one["name"]: one for one in json.loads(
    (Path(__file__).parent / "survival" / "open_data.json").read_text(encoding="utf-8"))["sets"]}  # fmt: skip
COLUMNS = {"alcohol": ("weeks", "censor"), "cocaine": ("weeks", "censor"), "cdisc": ("AVAL", "CNSR")}
WEEK_D = {"alcohol": 7}  # whose weeks are fractions of one, told in days


def rows_of(name: str, folder: Path) -> list[dict[str, str]]:
    path = need(folder / SETS[name]["source"], f"the open data set {name}")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def followed(name: str, rows: list[dict[str, str]]) -> FollowUp:
    day, censored = COLUMNS[name]
    days = [round(float(one[day]) * WEEK_D.get(name, 1)) for one in rows]
    return follow_up(np.array(days), np.array([int(one[censored] == "0") for one in rows])).as_one()


@pytest.mark.story("HF-REG-152")
@pytest.mark.parametrize("name", SETS)
def test_curves_of_open_data_are_those_of_r(name: str, shared_data: Path) -> None:
    rows, golden = rows_of(name, shared_data), SETS[name]
    assert len(rows) == golden["people"]
    curve_agrees(kaplan_meier(followed(name, rows)), golden["log_log"])


@pytest.mark.story("HF-REG-152")
@pytest.mark.parametrize("name", [name for name, one in SETS.items() if "log_rank" in one])
def test_log_rank_of_open_data_is_that_of_r(name: str, shared_data: Path) -> None:
    rows, golden = rows_of(name, shared_data), SETS[name]
    groups = sorted({one[golden["by"]] for one in rows})

    def by_group(chosen: list[dict[str, Any]]) -> list[FollowUp]:
        return [followed(name, [one for one in chosen if one[golden["by"]] == group]) for group in groups]

    same_test(log_rank(by_group(rows)), golden["log_rank"])
    if "stratified" in golden:
        strata = {
            site: by_group([one for one in rows if one["SITEID"] == site]) for site in {r["SITEID"] for r in rows}
        }
        same_test(stratified_log_rank(strata), golden["stratified"])
