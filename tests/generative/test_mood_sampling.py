"""Sampling of the mood posterior: its density is that of NumPy; sampled anew it is the same posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.mood import likelihood
from calibration.mood.design import inputs
from calibration.mood.emulator import Emulator, features
from calibration.mood.sampling import Draws, Sampler, Studies
from calibration.mood.targets import Target
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, parameters, spreads

pytest.importorskip("numpyro", reason="JAX and NumPyro are installed for `make calibrate` alone")
pytestmark = [pytest.mark.story("HF-EVD-040"), pytest.mark.slow]
FITTED = tuple(one for one in parameters("nmda-driven") if one.name in ("gX", "expectancy", "kA"))
STUDIES = Studies(("a", "b", "c"), np.array([-1, 0, 0]), np.array([0, 1, 2]), np.array([0.5, -0.5, 0.5]))
SHARES = (55.0, 40.0, 62.0, 30.0)


@pytest.fixture(scope="module")
def fitted() -> tuple[Emulator, likelihood.Published]:
    """Four shares of three studies: a curved emulator of three inputs."""
    random = np.random.default_rng(4)
    where = (0, 0, 1, 2)
    targets = tuple(
        Target("abc"[at], "abc"[at], f"T000{place}", "response", "response", "group", value, "transcribed",
               fitted=True, people=40.0, caveat=None)
        for place, (at, value) in enumerate(zip(where, SHARES, strict=True))
    )  # fmt: skip
    count, size = features(np.zeros((1, 3))).shape[1], len(targets)
    mean = random.normal(size=(size, count)) * np.where(np.arange(count) < 4, 0.6, 0.1)
    log_sd = np.hstack([np.full((size, 1), np.log(0.16)), 0.05 * random.normal(size=(size, 3))])
    ends = [np.full(size, at) for at in (-6.0, 6.0, -4.0, 0.0)]
    emulator = Emulator(FITTED, targets, np.array(where), mean, log_sd, *ends, np.full(size, 0.2))
    whole = np.eye(size)
    whole[0, 1] = whole[1, 0] = 0.4
    return emulator, likelihood.published(targets, whole, STUDIES.names, emulator.off)


@pytest.fixture(scope="module")
def sampler(fitted: tuple[Emulator, likelihood.Published]) -> Sampler:
    return Sampler(*fitted, STUDIES, spreads("nmda-driven"), warmup=400, draws=500)


@pytest.fixture(scope="module")
def draws(sampler: Sampler) -> Draws:
    return sampler.sample(5)


def test_the_density_sampled_is_that_of_numpy(sampler: Sampler, fitted: tuple[Emulator, likelihood.Published]) -> None:
    random = np.random.default_rng(6)
    z, b, tau = random.normal(size=3), random.normal(size=(3, len(STUDY_EFFECTS))), 0.3
    at = inputs(FITTED, np.repeat(z[None], 3, axis=0), b)[None]
    expected = likelihood.log_likelihood(*fitted, at, np.array([tau]))[0]
    np.testing.assert_allclose(np.asarray(sampler._density(z, b, tau)), expected, rtol=1e-9)
    assert np.abs(expected).min() > 0.1


def test_sampled_anew_from_nearby_it_is_the_same_posterior(sampler: Sampler, draws: Draws) -> None:
    from calibration.mood.again import Again

    off = replace(draws, z=draws.z + 0.7, tau=draws.tau * 1.5)
    found = Again(sampler, off, warmup=300, draws=500).sample(8)
    assert found.divergences < 20
    for name in ("z", "tau", "racemate"):
        before, after = getattr(draws, name), getattr(found, name)
        np.testing.assert_allclose(after.mean(axis=0), before.mean(axis=0), atol=0.2 * before.std())
        np.testing.assert_allclose(after.std(axis=0), before.std(axis=0), rtol=0.25)


def test_without_a_study_its_numbers_do_not_count(sampler: Sampler, draws: Draws) -> None:
    from calibration.mood.again import Again

    again = Again(sampler, draws, warmup=300, draws=500)
    without = again.sample(8, without=("a", "b", "c"))
    np.testing.assert_allclose(without.z.std(axis=0), 1.0, atol=0.15)  # nothing but the prior
    np.testing.assert_allclose(without.z.mean(axis=0), 0.0, atol=0.2)
    assert draws.z.std(axis=0).min() < 0.9
