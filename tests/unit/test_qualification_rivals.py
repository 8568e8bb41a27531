"""The two simple rivals: what they learn from, what they leave out, and distributions against chance drawn anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.evidence.meta_analysis.effect_sizes import logit_proportion
from holdfast.evidence.meta_analysis.pooling import pool
from holdfast.evidence.meta_analysis.regression import Model
from holdfast.evidence.meta_analysis.study_effects import study_effects
from holdfast.evidence.qualification import rivals
from holdfast.evidence.qualification.predictive import Expected, points, share
from holdfast.evidence.qualification.rival_rows import kind_of, known, known_rows, role_of, window_of
from holdfast.evidence.qualification.rivals import mean_of_studies, regressed
from holdfast.evidence.tables import outcome, outcomes


def test_true_values_of_few_studies_reach_as_far_as_students_t():
    true = Expected(-0.4, 0.7, 2).true_values
    assert np.quantile(true, [0.05, 0.5, 0.95]) == pytest.approx([-0.4 - 0.7 * 2.92, -0.4, -0.4 + 0.7 * 2.92], abs=0.06)


def test_a_share_against_chance_drawn_anew():
    told = share(Expected(-0.4, 0.7, 6), 28, 50.0, "test", 5)
    random = np.random.default_rng(3)
    rates = 1 / (1 + np.exp(-(-0.4 + 0.7 * random.standard_t(6, 400_000))))
    drawn = 100 * random.binomial(28, rates) / 28
    for p in (0.025, 0.1, 0.5, 0.9, 0.975):
        assert told.percentiles[p] == pytest.approx(np.quantile(drawn, p), abs=3.6)  # one person of 28
    assert told.place == pytest.approx((drawn < 50).mean() + (drawn == 50).mean() / 2, abs=0.01)
    assert 20 < told.percentiles[0.5] < 60


def test_points_against_the_sum_of_two_normal_distributions():
    told = points(Expected(-12.0, 3.0, 10_000), 4.0, -7.0, "test", 5)
    assert told.percentiles[0.5] == pytest.approx(-12.0, abs=0.02)
    assert told.percentiles[0.975] == pytest.approx(-12 + 1.96 * 5, abs=0.1)
    assert told.percentiles[0.1] == pytest.approx(-12 - 1.2816 * 5, abs=0.1)
    assert told.place == pytest.approx(0.8413, abs=0.002)  # one of the joint SDs above


def test_the_mean_is_that_of_the_meta_analysis_without_the_study(monkeypatch):
    rows = [known(outcome(name)) for name in ("T0043", "T0128", "T0125", "T0074")]
    monkeypatch.setattr(rivals, "known_rows", lambda: tuple(row for row in rows if row is not None))
    told = mean_of_studies(outcome("T0005"))
    assert told.studies == 3
    daly = [logit_proportion([row.value * row.n_analysed / 100], [row.n_analysed])
            for row in map(outcome, ("T0128", "T0125"))]  # fmt: skip
    others = [logit_proportion([row.value * row.n_analysed / 100], [row.n_analysed])
              for row in map(outcome, ("T0043", "T0074"))]  # fmt: skip
    y = [float(np.mean([one[0][0] for one in daly])), *(float(one[0][0]) for one in others)]
    v = [float(np.mean([one[1][0] for one in daly])), *(float(one[1][0]) for one in others)]
    pooled = pool(study_effects(y, v), Model("reml", "hk-adhoc"))
    assert told.percentiles[0.5] == pytest.approx(100 / (1 + np.exp(-pooled.mean)), abs=100 / 17)
    assert told.how == "same role and time"


def test_a_study_never_predicts_itself(monkeypatch):
    asked = outcome("T0128")
    before = (mean_of_studies(asked).percentiles, regressed(asked).percentiles)
    rivals._regression.cache_clear()
    lying = tuple(replace(one, value=9.0) if one.row.study.id == "daly2018" else one for one in known_rows())
    monkeypatch.setattr(rivals, "known_rows", lambda: lying)
    assert (mean_of_studies(asked).percentiles, regressed(asked).percentiles) == before
    other = outcome("T0043")
    assert mean_of_studies(other).percentiles[0.5] > 60  # and another study is moved by it, so that the test can see
    rivals._regression.cache_clear()


def test_rivals_learn_only_from_what_may_be_fitted():
    rows = known_rows()
    assert len(rows) > 120
    assert {one.row.study.split for one in rows} == {"calibrate"}
    assert "unverified" not in {one.row.status for one in rows}
    assert all(one.row.subgroup is None and one.variance > 0 for one in rows)


def test_too_few_studies_say_nothing(monkeypatch):
    two = tuple(known(outcome(name)) for name in ("T0043", "T0074"))
    monkeypatch.setattr(rivals, "known_rows", lambda: two)
    rivals._regression.cache_clear()
    assert mean_of_studies(outcome("T0005")) is None
    assert regressed(outcome("T0005")) is None
    rivals._regression.cache_clear()


def test_numbers_of_kinds_that_few_report_have_no_rival():
    odd = next(row for row in outcomes() if row.outcome == "time_to_relapse_median")
    assert kind_of(odd) is None
    assert mean_of_studies(odd) is None
    assert regressed(odd) is None


def test_the_regression_takes_up_only_terms_that_several_studies_tell():
    told = regressed(outcome("T0005"))
    assert "control arm" in told.how
    assert regressed(outcome("T0230")).how.count(",") <= 1  # nine differences bear no more than two terms


def test_controls_are_predicted_below_drugs():
    placebo, drug = mean_of_studies(outcome("T0119")), mean_of_studies(outcome("T0128"))
    assert role_of(outcome("T0119")) == "control"
    assert placebo.percentiles[0.5] < 20 < drug.percentiles[0.5]


def test_windows_part_hours_from_weeks_and_other_anchors():
    assert window_of(outcome("T0095")) == "first hours"
    assert window_of(outcome("T0119")) == "days 1 to 4"
    assert window_of(outcome("T0158")) == "weeks 3 to 6"
    assert window_of(outcome("T0046")) == "from last dose"
