"""Derivations by worked example, and the corners of pooling: too little, too much alike, impossible."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis import derivations as derive
from holdfast.evidence.meta_analysis import effect_sizes as sizes
from holdfast.evidence.meta_analysis.influence import leave_one_out
from holdfast.evidence.meta_analysis.pooling import pool, subgroups
from holdfast.evidence.meta_analysis.regression import Model, meta_regression
from holdfast.evidence.meta_analysis.small_studies import egger, funnel, peters
from holdfast.evidence.meta_analysis.study_effects import study_effects

pytestmark = pytest.mark.story("HF-EVD-005")
FOUR = study_effects([-0.8, -0.2, -0.5, -1.1], [0.1, 0.05, 0.2, 0.15], ["a", "b", "c", "d"])


def test_an_sd_is_had_from_a_standard_error() -> None:
    found = derive.sd_from_standard_error(2.5, 16)
    assert found.value == 10
    assert found.how == "SD from SE 2.5 times the root of n 16"


def test_an_sd_is_had_from_the_interval_of_a_mean_by_t() -> None:
    # t of 24 degrees of freedom, 97.5 %: 2.0639 (any table); 5 * (2 * 2.0639) is the width of an interval of SD 25
    found = derive.sd_from_interval(10 - 2.0639 * 5, 10 + 2.0639 * 5, 25)
    assert found.value == pytest.approx(25, rel=1e-4)
    assert "24 df" in found.how


def test_an_sd_of_change_is_had_from_a_paired_p_value() -> None:
    # t of 24 degrees of freedom at p 0.05 is 2.0639, so SE = 6.1917 / 2.0639 = 3 and SD = 15
    assert derive.sd_from_p_value(-6.1917, 0.05, 25).value == pytest.approx(15, rel=1e-4)


def test_an_sd_of_change_is_had_from_both_sds_and_a_correlation_that_is_told() -> None:
    found = derive.sd_of_change(3, 5, 0.5)
    assert found.value == pytest.approx(math.sqrt(19))
    assert "an assumed correlation of 0.5" in found.how
    assert derive.correlation_from_sds(3, 5, math.sqrt(19)).value == pytest.approx(0.5)


def test_a_standard_error_is_had_from_the_interval_of_a_contrast() -> None:
    found = derive.se_from_interval(-4, -7.31, -0.64)  # TRANSFORM-2; its printed SE is 1.69
    assert found.value == pytest.approx(1.69, abs=0.02)
    assert "lopsided" not in found.how
    assert derive.se_from_interval(-3, -9, -2).how.endswith("which is lopsided around the estimate")
    ratio = derive.se_from_interval(2, 1, 4, ratio=True)
    assert ratio.value == pytest.approx(math.log(4) / 2 / 1.959964, rel=1e-6)
    assert derive.se_from_p_value(1.959964, 0.05).value == pytest.approx(1, rel=1e-6)


def test_events_are_had_from_a_percent_only_where_a_count_fits() -> None:
    assert derive.events_from_percent(53.6, 28).value == 15
    with pytest.raises(InputError, match="50 percent cannot be had of 7 patients: the nearest is 57"):
        derive.events_from_percent(50, 7)


def test_arms_taken_together_have_the_mean_and_sd_of_all_their_patients() -> None:
    a, b = [1.0, 2.0, 6.0], [4.0, 8.0, 9.0, 11.0]
    moments = [(len(x), float(np.mean(x)), float(np.std(x, ddof=1))) for x in (a, b)]
    n, mean, sd = derive.combined_arms(*zip(*moments, strict=True))
    assert (n, mean, sd) == pytest.approx((7, np.mean(a + b), np.std(a + b, ddof=1)))


def test_proportions_lead_back() -> None:
    events, n = np.array([0, 1, 7, 20]), np.array([20, 20, 20, 20])
    angle, _ = sizes.double_arcsine_proportion(events, n)
    assert sizes.proportion_from_double_arcsine(angle, 20) == pytest.approx([0, 0.05, 0.35, 1], abs=1e-9)
    logit, variance = sizes.logit_proportion(7, 20)
    assert sizes.proportion_from_logit(logit) == pytest.approx(0.35)
    assert variance == pytest.approx(1 / 7 + 1 / 13)


def test_a_table_without_events_says_nothing_on_a_ratio_and_something_on_a_difference() -> None:
    assert np.isnan(sizes.log_odds_ratio(0, 10, 0, 12)[0]).all()
    assert np.isnan(sizes.log_risk_ratio(10, 10, 12, 12)[0]).all()
    difference, variance = sizes.risk_difference(0, 10, 0, 12)
    assert abs(difference[0]) < 0.01
    assert variance[0] > 0


def test_no_rule_leaves_out_what_has_no_logarithm() -> None:
    y, _ = sizes.log_odds_ratio([0, 3], [10, 10], [2, 2], [10, 10], sizes.Continuity(to="none"))
    assert np.isnan(y[0])
    assert y[1] == pytest.approx(math.log(3 * 8 / (7 * 2)))


def test_two_studies_that_agree_have_a_wide_interval_all_the_same() -> None:
    found = pool(study_effects([-1.0, -0.5], [0.1, 0.1]))
    assert found.heterogeneity.tau2 < 0.1
    assert found.interval[1] - found.interval[0] > 5  # Student's t of one degree of freedom is 12.7
    assert pool(study_effects([-1.0, -0.5], [0.1, 0.1]), Model(interval="wald")).interval[1] < 0


def test_ad_hoc_intervals_are_never_narrower_than_walds() -> None:
    alike = study_effects([0.5, 0.51, 0.5], [0.1, 0.2, 0.3])
    plain, ad_hoc, wald = (pool(alike, Model(interval=kind)) for kind in ("hk", "hk-adhoc", "wald"))
    assert plain.se < wald.se / 10
    assert ad_hoc.se == pytest.approx(wald.se)
    assert np.ptp(ad_hoc.interval) > np.ptp(wald.interval)


def test_a_fixed_effect_predicts_no_new_study() -> None:
    assert pool(FOUR, Model("fixed", "wald")).prediction is None
    assert pool(FOUR).prediction_higgins is not None


def test_a_single_study_is_not_pooled() -> None:
    with pytest.raises(InputError, match="a stands alone: one study is shown, not pooled"):
        pool(study_effects([1.0], [0.1], ["a"]))
    alone = pool(study_effects([1.0], [0.25]), Model("fixed", "wald"))
    assert (alone.mean, alone.se) == (1.0, 0.5)


def test_the_funnel_opens_downwards_from_the_mean() -> None:
    lines = funnel(FOUR, -0.5)
    assert lines["line_low"][0] == lines["line_high"][0] == -0.5
    assert lines["line_high"][1] - lines["line_low"][1] == pytest.approx(2 * 1.959964 * math.sqrt(0.2), rel=1e-6)


def test_few_studies_bring_their_caution() -> None:
    assert egger(FOUR).caution == "of 4 studies, fewer than 10, it means little"


def test_groups_of_one_study_are_not_compared() -> None:
    with pytest.raises(InputError, match="two groups of two studies"):
        subgroups(FOUR, ["x", "x", "x", "y"])
    assert list(subgroups(FOUR, ["x", "y", "y", "x"]).pooled) == ["x", "y"]


IMPOSSIBLE: list[tuple[str, Callable[[], Any]]] = [
    ("its variance is 0", lambda: study_effects([1.0], [0.0])),
    ("its estimate is nan", lambda: study_effects([math.nan], [0.1])),
    ("2 estimates and 1 variances", lambda: study_effects([1.0, 2.0], [0.1])),
    ("2 estimates and 1 names", lambda: study_effects([1.0, 2.0], [0.1, 0.1], ["a"])),
    ("there is no study to pool", lambda: pool(study_effects([], []))),
    ("'ml' is no method", lambda: pool(FOUR, Model("ml"))),
    ("'t' is no kind of interval", lambda: Model(interval="t")),
    ("a level of 95", lambda: Model(level=95)),
    ("leaving one out needs three", lambda: leave_one_out(FOUR.without(0).without(0))),
    ("4 studies are too few for 4 coefficients", lambda: meta_regression(FOUR, {key: [1, 2, 3, 5] for key in "xyz"})),
    ("tell the same thing twice", lambda: meta_regression(FOUR, {"x": [1, 2, 3, 4], "y": [2, 4, 6, 8]})),
    ("never varies", lambda: meta_regression(FOUR, {"x": [3, 3, 3, 3]})),
    ("needs one number for each of the 4", lambda: meta_regression(FOUR, {"x": [1, 2, 3]})),
    ("1 values for 0 moderators", lambda: meta_regression(FOUR).predicted([1])),
    ("no moderators to test", lambda: meta_regression(FOUR).moderators_test()),
    ("11 events among 10 patients", lambda: sizes.log_odds_ratio(11, 10, 1, 10)),
    ("an arm of no patients", lambda: sizes.risk_difference(0, 0, 1, 10)),
    ("must be numbers", lambda: sizes.logit_proportion(math.nan, 10)),
    ("'some' is no continuity rule", lambda: sizes.Continuity(to="some")),
    ("an SD of 0", lambda: sizes.mean_of_arm(1, 0, 10)),
    ("1 patients have no SD", lambda: sizes.mean_of_arm(1, 2, 1)),
    ("from -1 to 1", lambda: sizes.standardised_mean_change(1, 2, 3, 10, 1.1)),
    ("lower limit must lie below", lambda: derive.sd_from_interval(5, 3, 10)),
    ("a p value of 0", lambda: derive.sd_from_p_value(3, 0, 10)),
    ("tells no SD", lambda: derive.sd_from_p_value(0, 0.5, 10)),
    ("tells no SE", lambda: derive.se_from_p_value(2, 1)),
    ("SE -1: it must be above zero", lambda: derive.sd_from_standard_error(-1, 10)),
    ("a correlation of 2", lambda: derive.sd_of_change(1, 1, 2)),
    ("would not vary", lambda: derive.sd_of_change(2, 2, 1)),
    ("cannot be of the same patients", lambda: derive.correlation_from_sds(1, 1, 5)),
    ("lies outside its interval", lambda: derive.se_from_interval(1, 2, 3)),
    ("ratios and their limits are above zero", lambda: derive.se_from_interval(1, 0, 3, ratio=True)),
    ("101 percent", lambda: derive.events_from_percent(101, 10)),
    ("a tilt needs three", lambda: egger(FOUR.without(0).without(0))),
    ("all of one size", lambda: egger(study_effects([1, 2, 3], [1, 1, 1]))),
    ("with and without the event", lambda: peters(FOUR, [0, 1, 2, 3], [9, 9, 9, 9])),
    ("events and patients of each study", lambda: peters(FOUR, [1], [9])),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "attempt"), IMPOSSIBLE, ids=[row[0] for row in IMPOSSIBLE])
def test_what_cannot_be_is_refused_in_a_sentence(sentence: str, attempt: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match=sentence):
        attempt()
