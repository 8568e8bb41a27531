"""Virtual trials two independent ways: people against courses of events, statistics against SciPy and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from holdfast.evidence.virtual_trials.counting import Seen, difference, effect_size, of_arm
from holdfast.evidence.virtual_trials.lives import Setting, lived
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.model.courses.event_courses import event_rows
from holdfast.model.mood.fluctuation import path
from holdfast.model.mood.score import rated
from holdfast.model.named_models import DEFAULT_MODEL, named_model
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.event_tables import Events
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.random_numbers import Purpose, named_normal

pytestmark = pytest.mark.story("HF-EVD-009")
SIZES = st.tuples(st.integers(2, 6), st.integers(3, 12), st.integers(0, 2**32 - 1))


def values(sizes: tuple[int, int, int], *, missing: bool) -> tuple[np.ndarray, np.ndarray]:
    replicates, people, seed = sizes
    random = np.random.default_rng(seed)
    one, other = random.normal(-8, 6, (replicates, people)), random.normal(-3, 4, (replicates, people))
    if missing and people > 4:
        one[:, 0], other[0, 1] = np.nan, np.nan
    return one, other


@settings(max_examples=60, deadline=None)
@given(SIZES, st.booleans())
def test_intervals_are_those_of_scipy(sizes: tuple[int, int, int], missing: bool) -> None:
    one, other = values(sizes, missing=missing)
    welch, paired = difference(one, other, paired=False), difference(one, other, paired=True)
    for row in range(len(one)):
        a, b = one[row][~np.isnan(one[row])], other[row][~np.isnan(other[row])]
        expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
        assert (welch.low[row], welch.high[row]) == pytest.approx((expected.low, expected.high), rel=1e-9)
        both = ~np.isnan(one[row]) & ~np.isnan(other[row])
        expected = stats.ttest_rel(one[row][both], other[row][both]).confidence_interval()
        assert (paired.low[row], paired.high[row]) == pytest.approx((expected.low, expected.high), rel=1e-9)
        pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2))
        assert effect_size(one, other)[row] == pytest.approx((a.mean() - b.mean()) / pooled, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(SIZES)
def test_rates_and_the_median_loss_are_those_of_plain_loops(sizes: tuple[int, int, int]) -> None:
    replicates, people, seed = sizes
    random = np.random.default_rng(seed)
    totals = random.integers(0, 41, (replicates, people, 6)).astype(float)
    totals[..., 0] = random.integers(20, 41, (replicates, people))
    at_h = np.array([4.0, 24.0, 72.0, 168.0, 336.0])
    seen = Seen(totals, at_h, "madrs", failure=False, last_dose_h=24.0)
    every = range(5)
    good = 2 * totals[..., 1:] <= totals[..., :1]
    kinds = ("ever_response", "held_response", "sensitivity", "loss_of_response_median", "response_kept")
    found = {kind: of_arm(kind, seen, list(every), "response_50") for kind in kinds}
    np.testing.assert_allclose(of_arm("response", seen, [2], "response_50"), 100 * good[..., 2].mean(axis=1))
    np.testing.assert_allclose(found["ever_response"], 100 * good.any(axis=-1).mean(axis=1))
    np.testing.assert_allclose(found["held_response"], 100 * good.all(axis=-1).mean(axis=1))
    for row in range(replicates):
        end = good[row, :, -1]
        share = 100 * good[row, end, 0].mean() if end.any() else np.nan
        assert found["sensitivity"][row] == pytest.approx(share, nan_ok=True)
        kept = 100 * good[row, good[row, :, 0]].all(axis=1).mean() if good[row, :, 0].any() else np.nan
        assert found["response_kept"][row] == pytest.approx(kept, nan_ok=True)
        assert found["loss_of_response_median"][row] == pytest.approx(median_loss(good[row], at_h), nan_ok=True)


def median_loss(good: np.ndarray, at_h: np.ndarray) -> float:
    """Without people who leave, Kaplan-Meier is counting: when has half of those in response lost it?"""
    lost_at = [next((place for place in range(1, 5) if not person[place]), 99) for person in good if person[0]]
    for place in range(1, 5):
        if lost_at and sum(at <= place for at in lost_at) >= len(lost_at) / 2:
            return float((at_h[place] - 24.0) / 24.0)
    return float("nan")


def test_people_are_rated_as_courses_of_events_are() -> None:
    """Three open infusions in murrough-2013-repeated's own people, by another road through the solver."""
    one, count, seed = trial("murrough-2013-repeated"), 200, 11
    model = named_model(DEFAULT_MODEL)
    totals = lived(one, Setting(model, "nmda-driven", seed), count)["six infusions"].totals[:, 0]
    at_h = np.array([0.0, *one.ratings.values()])
    doses = regimen(Dose("ketamine", "iv", 24.0 * day, dose_mg_per_kg=0.5, duration_h=40 / 60)
                    for day in one.arms["six infusions"].dose_days)  # fmt: skip
    rows = next(event_rows({"1": Events(doses, tuple(at_h))}, model, named_population("trd-adults"), seed=seed,
                           persons=count))  # fmt: skip

    def drawn(purpose: Purpose) -> np.ndarray:
        columns = [named_normal(seed, purpose, "clinician", 0, count, place) for place in range(len(at_h))]
        return np.stack(columns, axis=1)

    even = rows["madrs"].reshape(count, -1)
    expected = rated(model, np.clip(even + path(model, at_h, drawn(Purpose.FLUCTUATION)), 0, 60), drawn(Purpose.RATING))
    assert (totals == expected).mean() > 0.999, "but for a half point that rounds the other way"
    assert totals[:, 0].mean() - totals[:, 1].mean() > 10
