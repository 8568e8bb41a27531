"""The likelihood of ratings agrees with the dense normal distribution, written down whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from holdfast.forecast.bodies import bodies
from holdfast.forecast.histories import (
    OWN,
    Setting,
    left_by,
    lived,
    low_gain,
    makes_of_levels,
    members,
    odds,
    population,
)
from holdfast.forecast.likelihood import Likelihood, Noise, Prior, noise
from holdfast.forecast.observed import Observed, observed
from holdfast.forecast.patient_file import Patient, read_patient
from holdfast.forecast.weighing import Weighing
from holdfast.model.pharmacokinetics.dosing import Dose

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
    deviations, densities = likelihood.one_by_one(likelihood.columns(relative, WHO)[0][0], WHO)
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


MEMBERS = 19


def weighed(
    seen: Observed, biases: int, care: dict[str, bool]
) -> tuple[Weighing, Likelihood, Callable[..., np.ndarray]]:
    """Members under a care, their likelihood in machine code and in NumPy, and the score as a share of the baseline."""
    people, patient = population(), Patient(today=50.0)
    setting = Setting(bodies(people.model, patient, (Dose("ketamine", "iv", 0.0, dose_mg=40.0),)), care, 0.5)
    of = members(people, MEMBERS, np.random.default_rng(3))
    history = lived(people, of, setting, [(0.0, 0), (72.0, 0)], np.maximum(seen.at_h, 0.0).tolist())
    prior = Prior(PRIOR.mean[: 1 + biases], PRIOR.sd[: 1 + biases])
    likelihood = Likelihood(seen, noise(people, of), prior)

    def share(who: np.ndarray, own: np.ndarray) -> np.ndarray:
        return left_by(makes_of_levels(people, of.take(who), setting, own), history.take(who))

    return Weighing(likelihood, history, odds(people, of, setting), low_gain(people)), likelihood, share


@pytest.mark.story("HF-FOR-004")
@pytest.mark.parametrize("care", [{}, {"open_label": False, "new_antidepressant": True, "hospital": True}])
@pytest.mark.parametrize("biases", [3, 0])
def test_machine_code_weighs_as_the_formulas_do(biases: int, care: dict[str, bool]) -> None:
    seen = SEEN if biases else replace(SEEN, bias=np.full(len(SEEN), -1), scales=())
    machine, likelihood, share = weighed(seen, biases, care)
    random = np.random.default_rng(4)
    who, own = random.integers(0, MEMBERS, 100), random.standard_normal((len(OWN), 100))
    found, columns = machine.with_columns(who, own)
    fit = likelihood.fit(share(who, own), who)
    assert found == pytest.approx(fit.log_likelihood, abs=1e-9)
    assert found == pytest.approx(machine.log_likelihood(who, own))
    assert columns == pytest.approx(likelihood.columns(share(who, own), who)[0][0], abs=1e-12)
    assert np.ptp(found) > 1.0
    own[0] += 0.01
    assert np.abs(machine.log_likelihood(who, own) - fit.log_likelihood).max() > 1e-4, "the agreement can go red"
