"""Times to relapse and remission of virtual trials against plain loops: who counts, medians, Cox's hazard ratio."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from holdfast.evidence.virtual_trials.counting import Seen, of_arm
from holdfast.evidence.virtual_trials.survival import (
    Clock,
    Followed,
    hazard_ratio,
    median_days,
    share_with_event,
    to_first,
    to_relapse,
)
from holdfast.model.mood.relapse import relapse_day
from holdfast.outcomes.definitions import definition

pytestmark = pytest.mark.story("HF-EVD-009")
SEEDS = st.integers(0, 2**32 - 1)
DAYS = np.array([7, 14, 21, 28, 35, 42, 49, 56])
RELAPSE, REMISSION = "relapse_sustain1", "madrs_le12"


def followed(random: np.random.Generator, people: int, rate: float) -> Followed:
    days = np.ceil(random.exponential(1 / rate, (3, people)) / 7) * 7
    end = random.integers(1, 15, (3, people)) * 7.0
    counted = random.random((3, people)) < 0.9
    return Followed(np.minimum(days, end), (days <= end) & counted, counted)


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_the_hazard_ratio_is_the_maximum_of_the_partial_likelihood(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = followed(random, 40, 0.02), followed(random, 30, 0.05)
    found = hazard_ratio(one, other)
    for row in range(3):
        people = [
            (days, event, group)
            for group, each in ((1, one), (0, other))
            for days, event, counted in zip(each.days[row], each.event[row], each.counted[row], strict=True)
            if counted
        ]

        def unlikely(log_ratio: float, people: list[tuple[float, bool, int]] = people) -> float:
            total = 0.0
            for days, event, group in people:
                if event:
                    at_risk = sum(np.exp(log_ratio * g) for d, _, g in people if d >= days)
                    total -= log_ratio * group - np.log(at_risk)
            return total

        best = minimize_scalar(unlikely, bounds=(-5, 5), method="bounded", options={"xatol": 1e-9})
        assert np.log(found.estimate[row]) == pytest.approx(best.x, abs=1e-4)
        assert found.low[row] < found.estimate[row] < found.high[row]
        step = 1e-3
        curve = (unlikely(best.x + step) - 2 * unlikely(best.x) + unlikely(best.x - step)) / step**2
        assert np.log(found.high[row] / found.low[row]) == pytest.approx(2 * 1.95996 / np.sqrt(curve), rel=1e-3)


def test_without_an_event_the_hazard_ratio_is_0_or_unknown() -> None:
    some = Followed(np.array([[7.0, 14.0, 21.0]]), np.array([[True, True, False]]), np.ones((1, 3), dtype=bool))
    none = Followed(np.full((1, 3), 21.0), np.zeros((1, 3), dtype=bool), np.ones((1, 3), dtype=bool))
    found = hazard_ratio(none, some)
    assert (found.estimate[0], found.low[0]) == (0, 0)
    # Events of `some` on days 7 and 14, of 3 and 2 at risk beside 3: log(1 + h) + log(1 + 1.5 h) grows by 1.96^2 / 2.
    assert np.log1p(found.high[0]) + np.log1p(1.5 * found.high[0]) == pytest.approx(1.95996**2 / 2, rel=1e-4)
    assert np.isnan(hazard_ratio(some, none).estimate[0])
    assert np.isnan(hazard_ratio(none, none).estimate[0])


def rated(seed: int) -> Seen:
    random = np.random.default_rng(seed)
    totals = random.integers(5, 32, (2, 12, 1 + len(DAYS))).astype(float)
    totals[..., 0] = random.integers(25, 45, (2, 12))
    left = random.integers(2, 30, (2, 12))
    totals[..., 1:][np.arange(len(DAYS)) >= left[..., None]] = np.nan
    return Seen(totals, DAYS * 24.0, "madrs", failure=False, last_dose_h=0.0)


@settings(max_examples=12, deadline=None)
@given(SEEDS)
@example(62714)  # on day 35 exactly half have relapsed
def test_relapse_and_its_median_are_those_of_plain_loops(seed: int) -> None:
    seen, places = rated(seed), list(range(len(DAYS)))
    found = to_relapse(seen, places, RELAPSE, Clock())
    days = relapse_day(DAYS, seen.totals[..., 1:].reshape(-1, len(DAYS)), definition(RELAPSE), np.full(24, 6.0))
    np.testing.assert_allclose(share_with_event(found), 100 * (~np.isnan(days)).reshape(2, 12).mean(axis=1))
    among = to_relapse(seen, places, RELAPSE, Clock(among=REMISSION, ratings=(0, 1, 2)))
    for row in range(2):
        for person in range(12):
            totals = seen.totals[row, person, 1:]
            begun = [day for day, total in zip(DAYS[:3], totals[:3], strict=True) if total <= 12]
            assert among.counted[row, person] == bool(begun)
            day = confirmed(totals, begun[0] if begun else 0)
            last = max([d for d, total in zip(DAYS, totals, strict=True) if not np.isnan(total)], default=0)
            if begun:
                expected = (day or max(last, begun[0])) - begun[0]
                assert (among.event[row, person], among.days[row, person]) == (day is not None, expected)
        assert median_days(among)[row] == pytest.approx(kaplan_meier(among, row), nan_ok=True)


def confirmed(totals: np.ndarray, since: int) -> int | None:
    """Day on which two ratings in a row, 5 to 15 days apart, are both 22 or more, after `since`."""
    rule = definition(RELAPSE)
    assert (rule.repeat, rule.repeat_min_d, rule.repeat_max_d, rule.values) == (2, 5, 15, (22,))
    high = [day for day, total in zip(DAYS, totals, strict=True) if day > since and total >= 22]
    for first, second in pairwise(DAYS):
        if first in high and second in high:
            return int(second)
    return None


def kaplan_meier(one: Followed, row: int) -> float:
    staying = Fraction(1)  # half is half: of floats a product that is exactly a half may come out above it
    people = [(d, e) for d, e, c in zip(one.days[row], one.event[row], one.counted[row], strict=True) if c]
    for day in sorted({d for d, e in people if e}):
        staying *= 1 - Fraction(sum(bool(e) for d, e in people if d == day), sum(d >= day for d, _ in people))
        if 2 * staying <= 1:
            return float(day)
    return float("nan")


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_what_is_read_off_totals_is_that_of_numpy(seed: int) -> None:
    random = np.random.default_rng(seed)
    totals = random.integers(0, 41, (3, 20, 5)).astype(float)
    totals[..., 0] = random.integers(20, 41, (3, 20))
    felt = random.integers(0, 60, (3, 20, 5)).astype(float)
    seen = Seen(totals, np.array([0.7, 24.0, 48.0, 72.0]), "madrs", failure=False, last_dose_h=0.0,
                sessions_h=(0.0, 24.0, 60.0), cadss=felt)  # fmt: skip
    good = 2 * totals[..., 1:] <= totals[..., :1]
    for row in range(3):
        change = (totals[row, :, 4] - totals[row, :, 0]) / totals[row, :, 0]
        expected = np.corrcoef(felt[row, :, 1], change)[0, 1]
        assert of_arm("correlation_with_cadss", seen, [0, 3], None)[row] == pytest.approx(expected)
        spread = np.sqrt((totals[row, :, 4].var(ddof=1) + totals[row, :, 0].var(ddof=1)) / 2)
        fall = (totals[row, :, 0] - totals[row, :, 4]).mean()
        assert of_arm("effect_size_from_baseline", seen, [3], None)[row] == pytest.approx(fall / spread)
        end = good[row, :, 3]
        onset = 100 * good[row, end, :3].any(axis=1).mean() if end.any() else np.nan
        assert of_arm("onset_before", seen, [0, 1, 2, 3], "response_50")[row] == pytest.approx(onset, nan_ok=True)
        before = [1, 1, 2, 3]  # treatment sessions before each rating
        numbers = [before[np.argmax(person)] for person in good[row] if person.any()]
        found = of_arm("sessions_to_median", seen, [0, 1, 2, 3], "response_50")[row]
        assert found == pytest.approx(np.median(numbers) if numbers else np.nan, nan_ok=True)


def test_time_to_remission_counts_to_the_first_rating_that_shows_it() -> None:
    totals = np.array([[[30.0, 20, 11, 30], [30, 12, 12, 12], [30, 20, np.nan, np.nan], [30, 20, 20, 20]]])
    seen = Seen(totals, np.array([7.0, 14, 21]) * 24, "madrs", failure=True, last_dose_h=0.0)
    found = to_first(seen, [0, 1, 2], REMISSION)
    assert found.days.tolist() == [[14, 7, 7, 21]]
    assert found.event.tolist() == [[True, True, False, False]]
