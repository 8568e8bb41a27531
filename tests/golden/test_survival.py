"""Survival statistics against R survival: survival/goldens.json, made by the program beside it (make_goldens.R).

Tolerance: 1e-9, relative to the value, 1e-12 where it is 0. R's day of a quantile is halfway along a flat piece, which
is `flat="middle"` here. Where R's plain interval has no width, at 1, ours has none at all: it would tell certainty.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.registry.competing import cumulative_incidence
from holdfast.registry.follow_up import FollowUp, follow_up
from holdfast.registry.log_rank import LogRank, log_rank, stratified_log_rank
from holdfast.registry.survival import MIDDLE, Curve, kaplan_meier
from holdfast.statistics.estimate import Estimate
from holdfast.statistics.intervals import exact_rate, exact_share
from holdfast.statistics.multiplicity import holm
from holdfast.statistics.wilson import wilson_share

HERE = Path(__file__).parent / "survival"
GOLDENS = json.loads((HERE / "goldens.json").read_text(encoding="utf-8"))
GIVEN = {case["name"]: case for case in json.loads((HERE / "cases.json").read_text(encoding="utf-8"))["cases"]}
CASES = {case["name"]: case for case in GOLDENS["cases"]}
SHARES = (0.25, 0.5, 0.75)


def agree(ours: Any, theirs: Any) -> None:
    """Each of our numbers is theirs; None where they have none."""
    mine = np.array([np.nan if one is None else one for one in np.atleast_1d(np.asarray(ours, dtype=object))], float)
    golden = np.array([np.nan if x is None else x for x in np.atleast_1d(np.asarray(theirs, dtype=object))], float)
    assert mine.shape == golden.shape
    np.testing.assert_allclose(mine, golden, rtol=1e-9, atol=1e-12)


def followed(name: str, only: np.ndarray | None = None) -> FollowUp:
    case = GIVEN[name]
    who = np.ones(len(case["day"]), dtype=bool) if only is None else only
    entry = np.array(case["entry"])[who] if "entry" in case else None
    return follow_up(np.array(case["day"])[who], np.array(case["status"])[who], entered=entry, kinds=("one", "two"))


def column(curve: Curve, name: str) -> list[Any]:
    return [getattr(point, name) for point in curve.points]


def quantiles(curve: Curve, end: str) -> list[Any]:
    return [getattr(curve.quantile(share, flat=MIDDLE), end) for share in SHARES]


def curve_agrees(curve: Curve, golden: dict[str, Any]) -> None:
    for name in ("day", "at_risk", "events", "censored", "survival", "error", "low", "high"):
        theirs = np.atleast_1d(np.asarray(golden[name], dtype=object)).copy()
        if name in ("low", "high"):
            theirs[np.atleast_1d(golden["survival"]) == 1] = None
        agree(column(curve, name), theirs)
    for end in ("value", "low", "high"):
        agree(quantiles(curve, end), golden["quantiles"][end])


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("interval", ["log-log", "plain"])
def test_curves_and_medians_are_those_of_r(name: str, interval: str) -> None:
    curve_agrees(kaplan_meier(followed(name).as_one(), interval=interval), CASES[name][interval.replace("-", "_")])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "ends" in case])
def test_cumulative_incidences_are_those_of_r(name: str) -> None:
    ends, golden = cumulative_incidence(followed(name)), CASES[name]["ends"]
    agree(ends.days, golden["day"])
    for kind, points in enumerate(ends.by_kind):
        agree([point.share for point in points], golden["share"][kind])
        if "error" in golden:  # with late entry R has another estimate of it, and that alone
            agree([point.variance**0.5 for point in points], golden["error"][kind])
            agree([point.low for point in points], golden["low"][kind])
            agree([point.high for point in points], golden["high"][kind])
        if "cmprsk" in CASES[name]:
            agree([point.share for point in points], CASES[name]["cmprsk"]["share"][kind])


def by_group(name: str, who: np.ndarray) -> list[FollowUp]:
    group = np.array(GIVEN[name]["group"])
    return [followed(name, who & (group == one)).as_one() for one in sorted(set(GIVEN[name]["group"]))]


def same_test(ours: LogRank, golden: dict[str, Any]) -> None:
    agree([ours.chi2, ours.df, ours.p_value], [golden["chi2"], golden["df"], golden["p"]])
    agree([one.observed for one in ours.groups], golden["observed"])
    agree([one.expected for one in ours.groups], golden["expected"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "log_rank" in case])
def test_log_rank_is_that_of_r(name: str) -> None:
    everybody, site = np.ones(len(GIVEN[name]["day"]), dtype=bool), np.array(GIVEN[name]["site"])
    same_test(log_rank(by_group(name, everybody)), CASES[name]["log_rank"])
    strata = {str(one): by_group(name, site == one) for one in set(GIVEN[name]["site"])}
    same_test(stratified_log_rank(strata), CASES[name]["stratified"])


def ends_of(one: Estimate) -> list[float | None]:
    return [one.low, one.high]


@pytest.mark.parametrize("golden", GOLDENS["shares"], ids=lambda g: f"{g['events']} of {g['people']}")
def test_shares_are_those_of_r(golden: dict[str, Any]) -> None:
    events, people = golden["events"], golden["people"]
    agree(ends_of(exact_share(events, people)), golden["exact"])
    agree(ends_of(exact_share(events, people, 0.9)), golden["exact_90"])
    agree(ends_of(wilson_share(events, people)), golden["wilson"])


@pytest.mark.parametrize("golden", GOLDENS["rates"], ids=lambda g: f"{g['events']} in {g['exposure']}")
def test_rates_are_those_of_r(golden: dict[str, Any]) -> None:
    agree(ends_of(exact_rate(golden["events"], golden["exposure"])), golden["exact"])
    agree(ends_of(exact_rate(golden["events"], golden["exposure"], 0.99)), golden["exact_99"])


def test_adjusted_p_values_are_those_of_r() -> None:
    golden = GOLDENS["adjusted"]
    agree(holm(golden["p"]), golden["holm"])


def test_a_share_that_adds_up_to_all_has_no_interval() -> None:
    """Added from parts a share of 1 comes out as 0.999..., whose logarithm is no number to divide by."""
    days = list(range(1, 7))
    (ends,) = cumulative_incidence(follow_up(np.array(days), np.ones(len(days), dtype=int), kinds=("one",))).by_kind
    assert ends[-1].share == pytest.approx(1.0)
    assert (ends[-1].low, ends[-1].high) == (None, None)
