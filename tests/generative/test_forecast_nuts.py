"""NUTS finds the posterior that the forecast finds, where one draw of the population and one body are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.forecast_nuts import AHEAD_D, narrowed_case
from benchmarks.peers.forecast_nuts import NUMBERS, Density, Sampled, sampled
from holdfast.forecast.checks import score_ahead
from holdfast.forecast.histories import Members, lived, relative
from holdfast.forecast.posterior import Case
from holdfast.units import H_PER_D

pytest.importorskip("numpyro", reason="JAX and NumPyro are installed for `make calibrate` alone")
pytestmark = [pytest.mark.story("HF-FOR-005"), pytest.mark.long]
SEEDS = (11, 12, 13, 14, 15)


def prepared(seed: int) -> tuple[Case, float, Density]:
    case = narrowed_case(seed)
    ahead_h = case.today_h + AHEAD_D * H_PER_D
    return case, ahead_h, Density(case, [], ahead_h)


@pytest.mark.parametrize("seed", SEEDS)
def test_nuts_finds_the_same(seed: int) -> None:
    case, ahead_h, density = prepared(seed)
    theirs: Sampled = sampled(density, seed=seed, warm_up=300, draws=700, timed=False)
    ours = np.concatenate([score_ahead(case, ahead_h, run) for run in range(4)], axis=1)
    assert theirs.effective > 300
    for mine, other in zip(ours, (theirs.score, theirs.baseline), strict=True):
        assert mine.mean() == pytest.approx(other.mean(), abs=0.15 * other.std())
        assert mine.std() == pytest.approx(other.std(), rel=0.15)
        assert np.quantile(mine, [0.1, 0.9]) == pytest.approx(np.quantile(other, [0.1, 0.9]), abs=0.25 * other.std())


def test_the_peer_computes_the_same_score_from_the_same_numbers() -> None:
    """Whoever gains next to nothing and whoever gains: the shares of the two branches are those of the forecast."""
    case, ahead_h, density = prepared(12)
    numbers = np.random.default_rng(5).standard_normal(density.size)
    kout, drug, placebo, gain, person = numbers[: len(NUMBERS)]
    times = [*np.maximum(case.observed.at_h, 0.0).tolist(), ahead_h]
    for answer, found in zip((-9.0, 9.0), density.shares(numbers), strict=True):
        of = Members(np.zeros(1, dtype=int), np.zeros(1, dtype=int), np.array([kout]))
        own = np.array([[drug], [placebo], [answer], [gain], [person]])
        history = lived(case.people, of, case.setting, case.doses, times)
        assert np.asarray(found) == pytest.approx(relative(case.people, of, case.setting, history, own)[:, 0], abs=1e-9)
