"""Pooling by a second way, and what no unit, order or shift may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from holdfast.evidence.meta_analysis import derivations as derive
from holdfast.evidence.meta_analysis import effect_sizes as sizes
from holdfast.evidence.meta_analysis.pooling import pool
from holdfast.evidence.meta_analysis.regression import Model, meta_regression
from holdfast.evidence.meta_analysis.study_effects import StudyEffects, study_effects

pytestmark = pytest.mark.story("HF-EVD-005")
SEEDS = st.integers(0, 2**32 - 1)
STUDIES = st.integers(3, 25)


def drawn(seed: int, k: int) -> StudyEffects:
    """Studies of very different sizes, alike or far apart."""
    random = np.random.default_rng(seed)
    v = 4 / random.integers(4, 400, k)
    return study_effects(random.normal(-0.4, np.sqrt(v + random.choice([0, 0.05, 1.0])), k), v)


def minus_restricted_log_likelihood(studies: StudyEffects, tau2: float) -> float:
    """Written with whole matrices, as in a textbook, to share nothing with the code under test."""
    covariance = np.diag(studies.variances + tau2)
    design = np.ones((len(studies), 1))
    inverse = np.linalg.inv(covariance)
    information = design.T @ inverse @ design
    projector = inverse - inverse @ design @ np.linalg.inv(information) @ design.T @ inverse
    y = studies.estimates
    return 0.5 * float(np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + y @ projector @ y)


@settings(max_examples=40, deadline=None)
@given(SEEDS, STUDIES)
def test_no_tau2_is_more_likely_than_the_one_found(seed: int, k: int) -> None:
    studies = drawn(seed, k)
    tau2 = pool(studies).heterogeneity.tau2
    other = minimize_scalar(
        lambda t: minus_restricted_log_likelihood(studies, t), bounds=(0, 20), method="bounded", options={"xatol": 1e-9}
    )
    assert minus_restricted_log_likelihood(studies, tau2) <= other.fun + 1e-9
    if tau2 > 1e-3:
        near = [minus_restricted_log_likelihood(studies, tau2 * f) for f in (0.99, 1.01)]
        assert minus_restricted_log_likelihood(studies, tau2) < min(near)


@settings(max_examples=40, deadline=None)
@given(SEEDS, STUDIES, st.sampled_from(["reml", "dl", "pm"]), st.floats(-5, 5), st.floats(0.1, 30))
def test_units_shifts_and_order_change_nothing_else(seed: int, k: int, method: str, shift: float, unit: float) -> None:
    studies = drawn(seed, k)
    order = np.random.default_rng(seed).permutation(k)
    moved = study_effects(((studies.estimates + shift) * unit)[order], (studies.variances * unit**2)[order])
    one, other = pool(studies, Model(method)), pool(moved, Model(method))
    assert other.mean == pytest.approx((one.mean + shift) * unit, rel=1e-6, abs=1e-6)
    assert other.heterogeneity.tau2 == pytest.approx(one.heterogeneity.tau2 * unit**2, rel=1e-6, abs=1e-8 * unit**2)
    assert other.heterogeneity.i2_percent == pytest.approx(one.heterogeneity.i2_percent, rel=1e-6, abs=1e-6)
    assert other.se == pytest.approx(one.se * unit, rel=1e-6)
    assert other.p_value == pytest.approx(pool(study_effects(studies.estimates + shift, studies.variances),
                                               Model(method)).p_value, rel=1e-5, abs=1e-12)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(SEEDS, STUDIES)
def test_the_interval_of_tau2_and_q_agree_on_their_ends(seed: int, k: int) -> None:
    studies = drawn(seed, k)
    h = pool(studies).heterogeneity
    if h.tau2_interval is None:
        assert h.q < k - 1
        assert h.tau2 == 0
    else:
        low, high = h.tau2_interval
        assert 0 <= low <= high
        at_high = pool(study_effects(studies.estimates, studies.variances + high), Model("fixed", "wald"))
        assert 0.974 < at_high.heterogeneity.q_p < 0.976


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(5, 20))
def test_a_moderator_of_two_values_is_the_difference_of_two_groups(seed: int, k: int) -> None:
    studies = drawn(seed, k)
    group = (np.arange(k) % 2).astype(float)
    fit = meta_regression(studies, {"group": group}, Model("fixed", "wald"))
    means = [pool(studies.where(group == g), Model("fixed", "wald")) for g in (0, 1)]
    assert fit.coefficients[1] == pytest.approx(means[1].mean - means[0].mean, rel=1e-9, abs=1e-9)
    assert fit.standard_errors[1] == pytest.approx(np.hypot(means[0].se, means[1].se))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_every_proportion_leads_back_from_its_double_arcsine(n: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, n))
    angle, _ = sizes.double_arcsine_proportion(events, n)
    assert sizes.proportion_from_double_arcsine(angle, n)[0] == pytest.approx(events / n, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.floats(-30, 30), st.floats(0.5, 20), st.sampled_from([3, 10, 300]))
def test_an_sd_survives_every_way_of_printing_it(mean: float, sd: float, n: int) -> None:
    se = sd / np.sqrt(n)
    assert derive.sd_from_standard_error(se, n).value == pytest.approx(sd)
    half = 4.30265273 if n == 3 else None
    if half is not None:  # Student's t of 2 degrees of freedom, from any table
        assert derive.sd_from_interval(mean - half * se, mean + half * se, n).value == pytest.approx(sd, rel=1e-6)
    assert derive.sd_of_change(sd, sd, 0.5).value == pytest.approx(sd)
    assert derive.correlation_from_sds(sd, 2 * sd, derive.sd_of_change(sd, 2 * sd, 0.3).value).value == pytest.approx(
        0.3
    )
