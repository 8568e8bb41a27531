"""Scores of forecasts equal their closed forms; the drift alarm keeps its false alarms; rivals are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, norm

from holdfast.errors import InputError
from holdfast.forecast import rivals
from holdfast.forecast.drift import ALARM, QUESTIONS, drift, evidence
from holdfast.forecast.scoring import (
    by_chance,
    chances_of_normal,
    chances_of_totals,
    chances_of_value,
    coverage,
    crps,
    crps_of_draws,
    crps_of_normal,
    held,
    interval,
    mean_and_sd,
    pit_histogram,
    places,
    share_of,
)

MOST = 60


def integrated(mean: float, sd: float, rating: float) -> float:
    """CRPS by its definition, by quadrature of the distribution function."""
    below = quad(lambda x: norm.cdf(x, mean, sd) ** 2, mean - 12 * sd, rating, epsabs=1e-10)[0]
    above = quad(lambda x: norm.sf(x, mean, sd) ** 2, rating, mean + 12 * sd, epsabs=1e-10)[0]
    return float(below + above)


@pytest.mark.parametrize(("mean", "sd", "rating"), [(20.0, 6.0, 31.0), (20.0, 6.0, 20.0), (5.0, 0.7, 3.0)])
def test_crps_of_a_normal_law_equals_its_integral(mean: float, sd: float, rating: float) -> None:
    found = float(crps_of_normal(mean, sd, rating))
    assert found == pytest.approx(integrated(mean, sd, rating), abs=1e-6)
    assert found > 0.1


def test_crps_of_a_standard_normal_at_its_mean_is_the_known_number() -> None:
    assert float(crps_of_normal(0.0, 1.0, 0.0)) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=1e-12)


def test_crps_of_a_value_is_the_absolute_error() -> None:
    assert crps(chances_of_value([12, 30], MOST), [20, 30]).tolist() == [8.0, 0.0]


@given(st.lists(st.integers(0, MOST), min_size=1, max_size=40), st.integers(0, MOST))
def test_chances_and_draws_have_the_same_crps(draws: list[int], rating: int) -> None:
    """Two ways: over totals, and over pairs of draws written out whole."""
    drawn = np.array(draws, dtype=float)
    by_pairs = np.abs(drawn - rating).mean() - np.abs(drawn[:, None] - drawn[None, :]).mean() / 2
    assert crps_of_draws(draws, rating) == pytest.approx(by_pairs, abs=1e-9)
    assert crps(chances_of_totals(draws, MOST)[None], [rating])[0] == pytest.approx(by_pairs, abs=1e-9)


def test_a_normal_law_in_whole_totals_has_nearly_the_crps_of_the_normal() -> None:
    """To a twelfth of a point: the variance of rounding."""
    chances = chances_of_normal([30.0] * 3, [7.0] * 3, MOST)
    assert crps(chances, [22, 30, 41]) == pytest.approx(crps_of_normal(30.0, 7.0, np.array([22, 30, 41])), abs=0.02)
    mean, sd = mean_and_sd(chances)
    assert mean[0] == pytest.approx(30.0, abs=0.01)
    assert sd[0] == pytest.approx(np.hypot(7.0, np.sqrt(1 / 12)), abs=0.02)


@given(st.integers(0, 40), st.floats(0.3, 20.0), st.sampled_from([0.5, 0.8, 0.95]))
def test_an_interval_of_whole_totals_holds_its_share_and_no_end_is_idle(mean: int, sd: float, share: float) -> None:
    chances = chances_of_normal(mean, sd, MOST)
    (low,), (high,) = interval(chances, share)
    assert held(chances, share)[0] >= share - 1e-9
    if low < high:
        assert chances[0, low + 1 :].sum() + 1e-9 >= 1 - (1 - share) / 2 - chances[0, low]
        assert chances[0, low + 1 : high].sum() < share


def test_places_are_even_where_forecasts_are_right_and_are_not_where_they_are_too_narrow() -> None:
    random = np.random.default_rng(3)
    mean = random.uniform(15, 40, 4000)
    came = np.rint(np.clip(mean + 6 * random.standard_normal(4000), 0, MOST))
    uniform = random.uniform(size=4000)
    right = pit_histogram(places(chances_of_normal(mean, np.full(4000, 6.0), MOST), came, uniform))
    narrow = pit_histogram(places(chances_of_normal(mean, np.full(4000, 3.0), MOST), came, uniform))
    expected = 400
    assert sum((one - expected) ** 2 / expected for one in right) < 27.9  # chi-squared of 9, 1 in 1,000
    assert narrow[0] + narrow[-1] > 2 * 2 * expected


def test_coverage_counts_what_lies_inside_and_says_what_was_to_be_expected() -> None:
    chances = np.repeat(chances_of_normal(30.0, 6.0, MOST), 4, axis=0)
    found = coverage(chances, [30, 30, 36, 55])
    assert [found[share]["inside"] for share in ("50", "80", "95")] == [2, 3, 3]
    assert 0.8 <= found["80"]["expected"] < 0.87


@pytest.mark.parametrize(("count", "of"), [(0, 5), (5, 5), (3, 27), (21, 27)])
def test_a_share_has_the_exact_interval(count: int, of: int) -> None:
    """Clopper and Pearson by the beta distribution of SciPy."""
    one = share_of(count, of)
    assert one.low == pytest.approx(beta.ppf(0.025, count, of - count + 1) if count else 0.0, abs=1e-9)
    assert one.high == pytest.approx(beta.ppf(0.975, count + 1, of - count) if count < of else 1.0, abs=1e-9)


def test_bins_of_a_chance_hold_everybody_once() -> None:
    found = by_chance([0.0, 0.19, 0.2, 0.99, 1.0], [False, True, True, True, False])
    assert [(one["from"], one["of"]) for one in found] == [(0.0, 2), (0.2, 1), (0.8, 2)]


def test_evidence_of_drift_is_a_fair_game() -> None:
    """Its expectation after any number of ratings is 1 under the null, question by question, summed out exactly."""
    from scipy.special import betaln
    from scipy.stats import binom

    from holdfast.forecast.drift import WEIGHT

    for q in QUESTIONS.values():
        k = np.arange(13)
        a, b = WEIGHT * q, WEIGHT * (1 - q)
        e = np.exp(betaln(a + k, b + 12 - k) - betaln(a, b) - k * np.log(q) - (12 - k) * np.log(1 - q))
        assert (e * binom.pmf(k, 12, q)).sum() == pytest.approx(1.0, abs=1e-12)
        all_inside = evidence(np.full(12, 0.51))[list(QUESTIONS.values()).index(q), -1]
        assert all_inside == pytest.approx(e[-1], abs=1e-9)


def test_false_alarms_stay_below_the_promise_however_often_one_looks() -> None:
    random = np.random.default_rng(5)
    alarms = sum(drift(random.uniform(size=300)).raised for _ in range(400))
    assert 0 < alarms <= 400 * ALARM + 3 * np.sqrt(400 * ALARM * (1 - ALARM))


def test_forecasts_that_are_far_too_narrow_raise_the_alarm_and_it_stays() -> None:
    random = np.random.default_rng(6)
    bad = norm.cdf(2 * random.standard_normal(200))
    found = drift([*bad, *random.uniform(size=2000)])
    assert found.raised_at is not None
    assert found.raised_at <= 200
    assert found.most >= 1 / ALARM
    assert drift([]).raised is False


def test_a_mixed_model_of_balanced_data_equals_the_analysis_of_variance() -> None:
    """REML of a balanced design has a closed form: mean squares between and within people."""
    random = np.random.default_rng(8)
    person = 5 * random.standard_normal(40)
    before, after = (33 + step + person + 4 * random.standard_normal(40) for step in (0.0, -9.0))
    found = rivals.mixed_model(
        np.tile(np.arange(40), 2), np.repeat([0.0, 1.0], 40), np.concatenate([before, after])
    )  # fmt: skip
    apart, middle = after - before, (before + after) / 2
    within = float(np.var(apart, ddof=1)) / 2
    between = float(np.var(middle, ddof=1)) - within / 2
    assert found.error == pytest.approx(np.sqrt(within), abs=1e-3)
    assert found.person == pytest.approx(np.sqrt(between), abs=1e-3)
    assert found.fixed == pytest.approx([before.mean(), apart.mean()], abs=1e-6)
    mean, sd = found.prediction(np.array([0.0, 1.0]), np.array([before[0], after[0]]))
    kept = 2 * between / (2 * between + within)
    assert mean == pytest.approx(after.mean() + kept * (middle[0] - middle.mean()), abs=1e-3)
    assert sd > found.error


def test_a_mixed_model_refuses_people_it_cannot_tell_apart() -> None:
    with pytest.raises(InputError, match="before and after"):
        rivals.mixed_model(np.arange(6), np.zeros(6), np.arange(6.0))


def test_a_line_through_virtual_people_finds_the_line() -> None:
    random = np.random.default_rng(9)
    ratings = random.uniform(10, 40, (2, 3000))
    later = 2 + 0.2 * ratings[0] + 0.6 * ratings[1] + 3 * random.standard_normal(3000)
    mean, sd = mean_and_sd(rivals.linear(ratings, later, np.array([30.0, 20.0]), MOST))
    assert mean[0] == pytest.approx(20.0, abs=0.3)
    assert sd[0] == pytest.approx(3.0, abs=0.2)
