"""Meta-analysis against R metafor: meta_analysis/goldens.json, made by the program beside it (make_goldens.R).

Tolerance: 1e-6, relative to the larger of 1 and the value for estimates, relative to the value alone where values are
tiny. metafor ran with its convergence limits at 1e-14, for by default it stops REML at steps of 1e-5.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.evidence.meta_analysis import effect_sizes as sizes
from holdfast.evidence.meta_analysis.analysis import analyses
from holdfast.evidence.meta_analysis.influence import influences, leave_one_out
from holdfast.evidence.meta_analysis.pooling import Pooled, pool, subgroups
from holdfast.evidence.meta_analysis.questions import Question
from holdfast.evidence.meta_analysis.regression import Model, meta_regression
from holdfast.evidence.meta_analysis.selection import select
from holdfast.evidence.meta_analysis.small_studies import egger, peters
from holdfast.evidence.meta_analysis.study_effects import study_effects

HERE = Path(__file__).parent / "meta_analysis"
GOLDENS = json.loads((HERE / "goldens.json").read_text(encoding="utf-8"))
POOLED = {case["name"]: case for case in GOLDENS["pooled"]}
PUBLISHED = {case["name"]: case["pooled"]["reml/hk"] for case in GOLDENS["published"]}
MODELS = list(POOLED["two"]["pooled"])
pytestmark = pytest.mark.story("HF-EVD-005")


def agree(ours: Any, theirs: Any, tolerance: float = 1e-6) -> None:
    """Each of our numbers is theirs, to a share of theirs; NaN where they have none."""
    mine, golden = np.atleast_1d(np.asarray(ours, dtype=float)), np.atleast_1d(np.asarray(theirs, dtype=float))
    assert mine.shape == golden.shape
    np.testing.assert_allclose(mine, golden, rtol=tolerance, atol=1e-12)


def model(key: str) -> Model:
    return Model(*key.split("/"))


def summary(one: Pooled) -> dict[str, Any]:
    h = one.heterogeneity
    return {
        "mean": one.mean, "se": one.se, "low": one.interval[0], "high": one.interval[1], "p": one.p_value,
        "tau2": h.tau2, "q": h.q, "q_p": h.q_p, "i2": h.i2_percent, "h2": h.h2, "weights": one.weights_percent,
        "prediction": one.prediction, "higgins": one.prediction_higgins, "tau2_interval": h.tau2_interval,
        "i2_interval": h.i2_interval,
    }  # fmt: skip


@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("name", POOLED)
def test_pooled_results_are_those_of_metafor(name: str, key: str) -> None:
    case = POOLED[name]
    ours = summary(pool(study_effects(case["y"], case["v"]), model(key)))
    for quantity, golden in case["pooled"][key].items():
        if golden is None:
            assert ours[quantity] is None, quantity
        else:
            agree(ours[quantity], golden)


@pytest.mark.parametrize("name", [name for name in POOLED if name != "two"])
def test_the_result_without_each_study_and_its_influence_are_those_of_metafor(name: str) -> None:
    case = POOLED[name]
    studies = study_effects(case["y"], case["v"])
    for ours, golden in zip(leave_one_out(studies), case["leave_one_out"], strict=True):
        for quantity, value in golden.items():
            agree(summary(ours)[quantity], value)
    found = influences(studies)
    golden = case["influence"]
    agree([one.studentized_residual for one in found], golden["studentized"])
    agree([one.dffits for one in found], golden["dffits"])
    agree([one.cook_distance for one in found], golden["cook"])
    agree([one.covariance_ratio for one in found], golden["cov_ratio"])
    agree([one.without.heterogeneity.tau2 for one in found], golden["tau2"])
    agree([one.weight_percent for one in found], golden["weight"])


@pytest.mark.parametrize("name", [name for name in POOLED if name != "two"])
def test_eggers_regression_is_that_of_metafor(name: str) -> None:
    case = POOLED[name]
    ours, golden = egger(study_effects(case["y"], case["v"])), case["egger"]
    agree([ours.slope, ours.slope_se, ours.statistic, ours.p_value, ours.limit, *ours.limit_interval],
          [golden[q] for q in ("slope", "slope_se", "statistic", "p", "limit", "low", "high")])  # fmt: skip


@pytest.mark.parametrize("key", MODELS)
def test_regression_on_moderators_is_that_of_metafor(key: str) -> None:
    case = GOLDENS["regression"][0]
    fit = meta_regression(study_effects(case["y"], case["v"]), {"x1": case["x1"], "x2": case["x2"]}, model(key))
    golden, h = case["fits"][key], fit.heterogeneity
    agree(fit.coefficients, golden["b"])
    agree(fit.standard_errors, golden["se"])
    agree(fit.intervals, np.stack([golden["low"], golden["high"]], axis=1))
    agree(fit.p_values, golden["p"])
    agree([h.tau2, h.q, h.q_p, h.i2_percent, h.h2], [golden[q] for q in ("tau2", "q", "q_p", "i2", "h2")])
    statistic, df, p = fit.moderators_test()
    assert df == 2
    agree([statistic, p], [golden["qm"], golden["qm_p"]])
    agree(fit.predicted([0.3, 1])[: len(golden["predicted"])], golden["predicted"])


def test_subgroups_are_pooled_and_compared_as_in_metafor() -> None:
    case = GOLDENS["regression"][0]
    found = subgroups(study_effects(case["y"], case["v"]), case["group"])
    agree([found.pooled[g].mean for g in "ab"], case["subgroups"]["mean"])
    agree([found.pooled[g].se for g in "ab"], case["subgroups"]["se"])
    agree([found.q_between, found.p_value], [case["subgroups"]["q"], case["subgroups"]["p"]])


RULES = {
    "zero_cells": sizes.Continuity(), "all": sizes.Continuity(to="all"), "keep_empty": sizes.Continuity(keep_empty=True)
}  # fmt: skip
CONTRASTS = {"OR": sizes.log_odds_ratio, "RR": sizes.log_risk_ratio, "RD": sizes.risk_difference}


@pytest.mark.parametrize("case", GOLDENS["counts"], ids=lambda case: case["name"])
def test_effect_sizes_of_counts_are_those_of_metafor(case: dict[str, Any]) -> None:
    cells = case["a"], case["n1"], case["c"], case["n2"]
    for measure, contrast in CONTRASTS.items():
        for rule, continuity in RULES.items():
            y, v = contrast(*cells, continuity)
            golden = case["sizes"][f"{measure}/{rule}"]
            agree(y, golden["y"])
            agree(v, golden["v"])
    for key, (y, v) in {"PLO": sizes.logit_proportion(case["a"], case["n1"]),
                        "PFT": sizes.double_arcsine_proportion(case["a"], case["n1"])}.items():  # fmt: skip
        agree(y, case["sizes"][key]["y"])
        agree(v, case["sizes"][key]["v"])
    agree(sizes.proportion_from_double_arcsine(case["arcsine"], sizes.harmonic_mean(case["n1"])), case["proportion"])


@pytest.mark.parametrize("case", GOLDENS["counts"], ids=lambda case: case["name"])
def test_peters_regression_is_a_weighted_one_of_r(case: dict[str, Any]) -> None:
    a, n1, c, n2 = (np.array(case[q], dtype=float) for q in ("a", "n1", "c", "n2"))
    y, v = sizes.log_odds_ratio(a, n1, c, n2)
    known = np.isfinite(y)
    ours = peters(study_effects(y[known], v[known]), (a + c)[known], (n1 + n2)[known])
    golden = case["peters"]
    agree([ours.slope, ours.slope_se, ours.statistic, ours.p_value, ours.limit],
          [golden[q] for q in ("slope", "slope_se", "statistic", "p", "limit")])  # fmt: skip


def test_effect_sizes_of_means_are_those_of_metafor() -> None:
    case = GOLDENS["means"][0]
    both = [case[q] for q in ("m1", "s1", "n1", "m2", "s2", "n2")]
    ours = {
        "MD": sizes.mean_difference(*both), "SMD": sizes.standardised_mean_difference(*both),
        "SMD/unbiased": sizes.standardised_mean_difference(*both, unbiased_variance=True),
        "MN": sizes.mean_of_arm(*both[:3]),
        "SMCR": sizes.standardised_mean_change(case["m1"], case["s1"], case["m2"], case["n1"], case["r"]),
    }  # fmt: skip
    for key, (y, v) in ours.items():
        agree(y, case["sizes"][key]["y"])
        agree(v, case["sizes"][key]["v"])


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("response at day 28", Question("response", 28)),
        ("points at day 1", Question("change", 1, comparator="placebo with hospital care")),
    ],
)
def test_what_the_tables_hold_is_pooled_as_metafor_pools_it(name: str, question: Question) -> None:
    (found,) = analyses(select(question), Model())
    assert found.pooled is not None
    ours = summary(found.pooled)
    for quantity, golden in PUBLISHED[name].items():
        agree(ours[quantity], golden)


def _can_run_metafor() -> bool:
    if not shutil.which("Rscript"):
        return False
    ask = (
        "quit(status = !(requireNamespace('metafor', quietly = TRUE) && requireNamespace('jsonlite', quietly = TRUE)))"
    )
    return subprocess.run(["Rscript", "-e", ask], check=False, capture_output=True).returncode == 0


@pytest.mark.slow
def test_the_goldens_are_what_r_makes() -> None:
    if not _can_run_metafor():
        pytest.skip("R with metafor and jsonlite is not installed; apt-get install r-cran-metafor r-cran-jsonlite")
    made = subprocess.run(["Rscript", str(HERE / "make_goldens.R")], check=True, capture_output=True, text=True)
    fresh, kept = flat(json.loads(made.stdout)), flat(GOLDENS)
    assert len(fresh) == len(kept) > 4000
    for mine, golden in zip(fresh, kept, strict=True):
        assert mine == pytest.approx(golden, rel=1e-6, abs=1e-9)


def flat(value: Any) -> list[float]:
    """Every number of a JSON value, in order."""
    if isinstance(value, dict):
        return [number for inner in value.values() for number in flat(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in flat(inner)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_goldens_hold_something() -> None:
    assert GOLDENS["made_by"].startswith("R ")
    assert abs(POOLED["far apart"]["pooled"]["reml/hk"]["tau2"]) > 0.5
    assert POOLED["too much alike"]["pooled"]["reml/hk"]["tau2_interval"] is None
    assert sum(len(case["pooled"]) for case in GOLDENS["pooled"]) == 9 * 12
