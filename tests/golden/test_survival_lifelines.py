"""Survival statistics against lifelines: survival/lifelines.json, made by the program beside it (make_lifelines.py).

Tolerance: 1e-9, relative to the value, 1e-12 where it is 0. Where a curve is at 0 or 1 lifelines tells an interval
without width, ours has none. Where it lies at a quantile's share exactly, lifelines' last binary digit decides the day
(0.7500000000000001 is not yet a quarter gone), so that those days are left to R.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.follow_up import FollowUp, follow_up
from holdfast.registry.log_rank import log_rank
from holdfast.registry.survival import kaplan_meier

HERE = Path(__file__).parent / "survival"
GOLDENS = json.loads((HERE / "lifelines.json").read_text(encoding="utf-8"))
GIVEN = {
    case["name"]: case
    for case in (*json.loads((HERE / "cases.json").read_text(encoding="utf-8"))["cases"], GOLDENS["alone"])
}
CASES = {case["name"]: case for case in GOLDENS["cases"]}
SHARES = (0.25, 0.5, 0.75)


def same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.array(ours, dtype=float), np.array(theirs, dtype=float), rtol=1e-9, atol=1e-12)


def followed(name: str, only: np.ndarray | None = None) -> FollowUp:
    case = GIVEN[name]
    who = np.ones(len(case["day"]), dtype=bool) if only is None else only
    entry = np.array(case["entry"])[who] if "entry" in case else None
    return follow_up(np.array(case["day"])[who], np.array(case["status"])[who], entered=entry, kinds=("one", "two"))


@pytest.mark.parametrize("name", CASES)
def test_curves_with_their_intervals_are_those_of_lifelines(name: str) -> None:
    points, golden = kaplan_meier(followed(name).as_one()).points, CASES[name]["curve"]
    for column in ("day", "at_risk", "events", "censored", "survival"):
        same([getattr(point, column) for point in points], golden[column])
    between = [place for place, point in enumerate(points) if 1e-12 < point.survival < 1 - 1e-12]
    for column in ("low", "high"):
        same([getattr(points[place], column) for place in between], [golden[column][place] for place in between])


@pytest.mark.parametrize("name", CASES)
def test_quantiles_are_those_of_lifelines(name: str) -> None:
    curve, golden = kaplan_meier(followed(name).as_one()), CASES[name]["curve"]
    for share, day in zip(SHARES, golden["quantiles"], strict=True):
        if not any(abs(point.survival - (1 - share)) < 1e-12 for point in curve.points):
            assert curve.quantile(share).value == day


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "log_rank" in case])
def test_log_rank_is_that_of_lifelines(name: str) -> None:
    group = np.array(GIVEN[name]["group"])
    ours = log_rank([followed(name, group == one).as_one() for one in sorted(set(GIVEN[name]["group"]))])
    golden = CASES[name]["log_rank"]
    same([ours.chi2, ours.df, ours.p_value], [golden["chi2"], golden["df"], golden["p"]])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "ends" in case])
def test_cumulative_incidences_are_those_of_lifelines(name: str) -> None:
    ends = cumulative_incidence(followed(name))
    for points, golden in zip(ends.by_kind, CASES[name]["ends"], strict=True):
        same(ends.days, golden["day"])
        same([point.share for point in points], golden["share"])


def test_something_is_compared() -> None:
    """Two programs that agree on nothing prove nothing: curves between 0 and 1, a test that finds, two kinds of end."""
    inside = [one for case in CASES.values() for one in case["curve"]["survival"] if 0 < one < 1]
    assert len(inside) > 100
    assert {bool(case["log_rank"]["p"] < 0.05) for case in CASES.values() if "log_rank" in case}
    assert sum("ends" in case for case in CASES.values()) >= 1
    assert GOLDENS["made_by"]["lifelines"]
