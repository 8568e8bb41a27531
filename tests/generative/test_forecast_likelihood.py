"""The likelihood of ratings agrees with the dense normal distribution, written down whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from holdfast.forecast.likelihood import Likelihood, Noise, Prior
from holdfast.forecast.observed import Observed, observed
from holdfast.forecast.patient_file import read_patient

DOSE = {"day": 0, "drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
RATINGS = [
    {"day": -1, "scale": "madrs", "total": 34}, {"day": 0, "scale": "phq-9", "total": 20},
    {"day": 2, "scale": "madrs", "total": 22}, {"day": 2, "scale": "phq-9", "total": 12},
    {"day": 9, "scale": "qids-sr16", "total": 9}, {"day": 16, "scale": "ham-d17", "total": 12},
    {"day": 40, "scale": "phq-9", "total": 7}, {"day": 41, "scale": "madrs", "total": 12},
]  # fmt: skip
SEEN = observed(read_patient({"today": 50, "doses": [DOSE], "ratings": RATINGS}))
PRIOR = Prior(np.array([37.0, 0.0, 0.0, 0.0]), np.array([5.6, 3.0, 3.0, 3.0]))
WHO = np.array([0, 1, 2, 1])


def noise_of_three() -> Noise:
    return Noise(
        fluctuation=np.array([6.0, 3.0, 8.0]), rate_per_h=np.log(2) / np.array([280.0, 90.0, 800.0]),
        clinician=np.array([1.5, 2.5, 0.9]), by_self=np.full(3, 3.0), share=np.array([0.9, 0.8, 0.97]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def relative() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.2, 1.0, (len(SEEN), len(WHO)))


def dense(seen: Observed, noise: Noise, prior: Prior, member: int, relative: np.ndarray) -> tuple[float, np.ndarray]:
    """Log density and expected baseline and biases, by one large covariance."""
    shown = np.where(seen.by_patient, noise.share[member], 1.0)
    apart = np.abs(seen.at_h[:, None] - seen.at_h[None, :])
    x = noise.fluctuation[member] ** 2 * np.exp(-noise.rate_per_h[member] * apart) * np.outer(shown, shown)
    error = np.where(seen.by_patient, noise.by_self[member], noise.clinician[member]) ** 2 + seen.rounding
    columns = np.stack(
        [1.0 - shown + shown * relative, *(1.0 * (seen.bias == i) for i in range(len(prior.mean) - 1))], axis=1
    )
    inner = x + np.diag(error)
    whole = inner + columns @ np.diag(prior.sd**2) @ columns.T
    gain = np.diag(prior.sd**2) @ columns.T @ np.linalg.inv(whole)
    off = seen.points - columns @ prior.mean
    return float(multivariate_normal.logpdf(off, cov=whole)), prior.mean + gain @ off


@pytest.mark.story("HF-FOR-004")
def test_the_likelihood_is_the_dense_normal_density(relative: np.ndarray) -> None:
    fit = Likelihood(SEEN, noise_of_three(), PRIOR).fit(relative, WHO)
    for place, member in enumerate(WHO):
        density, mean = dense(SEEN, noise_of_three(), PRIOR, int(member), relative[:, place])
        assert fit.log_likelihood[place] == pytest.approx(density, abs=1e-8)
        assert fit.mean[place] == pytest.approx(mean, abs=1e-8)
    assert np.ptp(fit.log_likelihood) > 1.0


@pytest.mark.story("HF-FOR-004")
@pytest.mark.parametrize("fault", ["by_self", "share", "fluctuation", "rate_per_h", "clinician"])
def test_the_agreement_can_go_red(fault: str, relative: np.ndarray) -> None:
    spoiled = replace(noise_of_three(), **{fault: getattr(noise_of_three(), fault) * 1.01})
    fit = Likelihood(SEEN, spoiled, PRIOR).fit(relative, WHO)
    density, _ = dense(SEEN, noise_of_three(), PRIOR, 0, relative[:, 0])
    assert abs(fit.log_likelihood[0] - density) > 1e-4


@pytest.mark.story("HF-FOR-004")
def test_predictions_one_by_one_multiply_to_the_likelihood(relative: np.ndarray) -> None:
    likelihood = Likelihood(SEEN, noise_of_three(), PRIOR)
    deviations, densities = likelihood.one_by_one(relative, WHO)
    assert densities.sum(axis=0) == pytest.approx(likelihood.fit(relative, WHO).log_likelihood, abs=1e-8)
    assert np.abs(deviations).max() > 0.5


@pytest.mark.story("HF-FOR-004")
def test_the_fluctuation_of_the_last_rating_is_what_conditioning_gives(relative: np.ndarray) -> None:
    """Given baseline and biases: mean and variance of x at the last rating, from the dense covariance."""
    noise, member, place = noise_of_three(), 1, 1
    fit = Likelihood(SEEN, noise, PRIOR).fit(relative, WHO)
    known = np.array([31.0, 1.0, -2.0, 0.5])
    shown = np.where(SEEN.by_patient, noise.share[member], 1.0)
    apart = np.abs(SEEN.at_h[:, None] - SEEN.at_h[None, :])
    x = noise.fluctuation[member] ** 2 * np.exp(-noise.rate_per_h[member] * apart)
    error = np.where(SEEN.by_patient, noise.by_self[member], noise.clinician[member]) ** 2 + SEEN.rounding
    columns = np.stack([1.0 - shown + shown * relative[:, place], *(1.0 * (SEEN.bias == i) for i in range(3))], axis=1)
    to_last = x[-1] * shown
    weight = np.linalg.solve(x * np.outer(shown, shown) + np.diag(error), to_last)
    assert fit.end_y[place] - fit.end_columns[place] @ known == pytest.approx(weight @ (SEEN.points - columns @ known))
    assert fit.end_variance[place] == pytest.approx(noise.fluctuation[member] ** 2 - weight @ to_last)


def test_without_a_rating_nothing_is_learnt() -> None:
    fit = Likelihood(SEEN.until(-1e9), noise_of_three(), PRIOR).fit(np.ones((0, 2)), np.array([0, 2]))
    assert fit.mean == pytest.approx(np.tile(PRIOR.mean, (2, 1)))
    assert fit.log_likelihood == pytest.approx(0.0)
    assert fit.end_variance == pytest.approx([36.0, 64.0])
