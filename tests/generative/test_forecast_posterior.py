"""The posterior of a patient is what an independent sampler finds, and tells the truth about simulated patients."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import kstest

from holdfast.errors import InputError
from holdfast.forecast import posterior
from holdfast.forecast.checks import Simulated, long_chain, ranks, simulated_patients, without_floor
from holdfast.forecast.forecast import case_of
from holdfast.forecast.patient_file import read_patient
from holdfast.forecast.posterior import Case, posterior_of
from tests.gates.repository import ROOT

FALSE_ALARM = 1e-3


def quantities(case: Case, seed: int) -> np.ndarray:
    """Score as a share of the baseline at the last rating, and the baseline, of the posterior's virtual patients."""
    found = posterior_of(case, np.random.default_rng(seed)).particles
    fit = found.fit()
    sd = np.sqrt(np.linalg.inv(fit.precision)[:, 0, 0])
    base = fit.mean[:, 0] + sd * np.random.default_rng(seed + 1).standard_normal(len(sd))
    return np.stack([found.relative()[-1], base])


@pytest.mark.story("HF-FOR-005")
@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_an_independent_long_chain_finds_the_same(seed: int) -> None:
    """Random-walk chains over every unknown, histories lived anew at each step, the density written down whole.

    Ratings near 0 are normal to both: of the floor, tests/generative/test_forecast_floor.py.
    """
    (one,) = simulated_patients(1, seed=seed, ratings=12)
    case = without_floor(case_of(one.patient))
    chain = long_chain(case, steps=4000, chains=256, seed=seed)
    found = np.concatenate([quantities(case, run) for run in range(4)], axis=1)
    for ours, theirs in zip(found, chain, strict=True):
        assert ours.mean() == pytest.approx(theirs.mean(), abs=0.08 * theirs.std())
        assert ours.std() == pytest.approx(theirs.std(), rel=0.06)
        assert np.quantile(ours, [0.1, 0.9]) == pytest.approx(np.quantile(theirs, [0.1, 0.9]), abs=0.1 * theirs.std())


@pytest.mark.story("HF-FOR-005")
@pytest.mark.slow
def test_simulated_patients_are_ranked_evenly() -> None:
    found = ranks(simulated_patients(60, seed=3, ratings=8), seed=3)
    for name, places in found.items():
        assert kstest(places, "uniform").pvalue > FALSE_ALARM, name


@pytest.mark.story("HF-FOR-005")
@pytest.mark.slow
def test_the_check_of_ranks_can_go_red() -> None:
    """Whoever leaves the ratings out of account, or believes them too much, is found out."""
    patients = simulated_patients(60, seed=3, ratings=8)
    shifted = [
        Simulated(one.patient, one.truth | {"later rating": one.truth["later rating"] + 8.0}) for one in patients
    ]
    assert kstest(ranks(shifted, seed=3)["later rating"], "uniform").pvalue < FALSE_ALARM


@pytest.mark.story("HF-FOR-005")
def test_the_same_seed_gives_the_same_posterior_and_another_nearly_so() -> None:
    (one,) = simulated_patients(1, seed=21, ratings=6)
    case = case_of(one.patient)
    first, again, other = (quantities(case, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.mean(axis=1) == pytest.approx(other.mean(axis=1), abs=0.3 * first.std(axis=1).max())


def contradictory() -> Case:
    """Entries no single person could have: few histories are left of them, and new ones are lived."""
    file = ROOT / "docs" / "examples" / "forecast" / "contradictory.json"
    return case_of(read_patient(json.loads(file.read_text(encoding="utf-8"))))


@pytest.mark.story("HF-FOR-005")
def test_histories_that_were_lived_again_are_counted_once_however_many_have_them() -> None:
    found = posterior_of(contradictory(), np.random.default_rng([1, 0]))
    assert found.particles.often is None, "they were lived again"
    of = found.particles.members.take(found.particles.who)
    own = list(zip(of.draw.tolist(), of.body.tolist(), of.kout.tolist(), strict=True))
    share = np.array([own.count(one) for one in set(own)]) / len(own)
    assert found.histories == pytest.approx(1.0 / (share**2).sum())
    assert found.histories < 0.2 * len(own)


@pytest.mark.story("HF-FOR-005")
def test_a_likelihood_that_is_not_let_in_whole_gives_no_posterior(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "_MOST_STEPS", 2)
    with pytest.raises(InputError, match="cannot be weighed; check the entries"):
        posterior_of(contradictory(), np.random.default_rng([1, 0]))
