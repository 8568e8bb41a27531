"""Near 0 the likelihood of ratings is what very many simulated courses give, and elsewhere it is the normal one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from holdfast.forecast import posterior
from holdfast.forecast.checks import case_of_simulated, simulated_patients, without_floor
from holdfast.forecast.floor import fit_at_floor, log_likelihood_at_floor
from holdfast.forecast.likelihood import Fit, Likelihood, Noise, Prior
from holdfast.forecast.observed import Observed, observed
from holdfast.forecast.patient_file import read_patient
from holdfast.forecast.posterior import USUAL, Case, Particles, posterior_of

AT_H = np.array([-24.0, 48.0, 100.0, 200.0, 300.0, 420.0, 600.0])
TOTALS = np.array([34.0, 9.0, 2.0, 0.0, 0.0, 1.0, 0.0])
EVEN = np.array([1.0, 0.4, 0.15, 0.05, 0.1, 0.02, 0.0])[:, None] * np.array([1.0, 1.5, 0.5])
PRIOR = Prior(np.array([37.0]), np.array([5.6]))
NOISE = Noise(
    fluctuation=np.array([6.0, 7.0, 4.0]), rate_per_h=np.log(2) / np.array([280.0, 500.0, 100.0]),
    clinician=np.array([1.5, 1.0, 3.0]), by_self=np.full(3, 3.0), share=np.full(3, 0.9),
)  # fmt: skip
PATHS = 400_000


def seen(*, floor: bool) -> Observed:
    at_0 = (TOTALS == 0) & floor
    return Observed(
        AT_H, TOTALS, np.zeros(7, dtype=bool), np.where(at_0, 0.0, 1 / 12), np.full(7, -1),
        (TOTALS <= 4) & floor, 0.5 * at_0, (),
    )  # fmt: skip


def by_simulation(member: int) -> tuple[float, np.ndarray]:
    """Log likelihood by a particle filter that rates as the simulator does, and mean and SD of baseline and of the
    fluctuation at the last rating.
    """
    random, sd, error = np.random.default_rng(member), NOISE.fluctuation[member], NOISE.clinician[member]
    base = PRIOR.mean[0] + PRIOR.sd[0] * random.standard_normal(PATHS)
    x, total = sd * random.standard_normal(PATHS), 0.0
    for k, y in enumerate(TOTALS):
        if k:
            kept = np.exp(-NOISE.rate_per_h[member] * (AT_H[k] - AT_H[k - 1]))
            x = kept * x + sd * np.sqrt(1 - kept**2) * random.standard_normal(PATHS)
        points = np.maximum(base * EVEN[k, member] + x, 0.0)
        upper, lower = ndtr((y + 0.5 - points) / error), ndtr((y - 0.5 - points) / error)
        weights = upper if y == 0 else upper - lower
        total += float(np.log(weights.mean()))
        at = np.searchsorted(np.cumsum(weights / weights.sum()), (random.uniform() + np.arange(PATHS)) / PATHS)
        base, x = base[np.minimum(at, PATHS - 1)], x[np.minimum(at, PATHS - 1)]
    return total, np.array([base.mean(), base.std(), x.mean(), x.std()])


def moments(fit: Fit, member: int) -> np.ndarray:
    """The same of a fit with no bias."""
    base_sd = fit.precision[member, 0, 0] ** -0.5
    slope = fit.end_columns[member, 0]
    x = fit.end_y[member] - slope * fit.mean[member, 0]
    return np.array([fit.mean[member, 0], base_sd, x, np.hypot(slope * base_sd, fit.end_variance[member] ** 0.5)])


@pytest.mark.story("HF-FOR-004")
@pytest.mark.parametrize("member", [0, 1, 2])
def test_near_0_the_likelihood_is_that_of_simulated_ratings(member: int) -> None:
    density, found = by_simulation(member)
    fit = fit_at_floor(seen(floor=True), NOISE, PRIOR, EVEN)
    assert fit.log_likelihood[member] == pytest.approx(density, abs=0.05)
    ours = moments(fit, member)
    assert ours[[0, 2]] == pytest.approx(found[[0, 2]], abs=0.1)
    assert ours[[1, 3]] == pytest.approx(found[[1, 3]], rel=0.05)


@pytest.mark.story("HF-FOR-004")
def test_taking_0_as_exact_goes_red() -> None:
    """Whoever stays at 0 is thought to be up and down little, and not down at all."""
    density, found = by_simulation(0)
    normal = Likelihood(seen(floor=False), NOISE, PRIOR).fit(EVEN, np.arange(3))
    assert normal.log_likelihood[0] < density - 3
    assert moments(normal, 0)[2] > found[2] + 4
    assert moments(normal, 0)[3] < found[3] / 2


@pytest.mark.story("HF-FOR-004")
def test_away_from_0_it_is_the_normal_likelihood() -> None:
    at_floor = fit_at_floor(seen(floor=False), NOISE, PRIOR, EVEN)
    normal = Likelihood(seen(floor=False), NOISE, PRIOR).fit(EVEN, np.arange(3))
    for name in ("log_likelihood", "mean", "precision", "end_y", "end_columns", "end_variance"):
        assert getattr(at_floor, name) == pytest.approx(getattr(normal, name), abs=1e-9), name


@pytest.mark.story("HF-FOR-004")
def test_so_it_is_with_biases_and_self_ratings() -> None:
    dose = {"day": 0, "drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
    ratings = [{"day": -1, "scale": "madrs", "total": 34}, {"day": 0, "scale": "phq-9", "total": 20},
               {"day": 2, "scale": "madrs", "total": 22}, {"day": 9, "scale": "qids-sr16", "total": 9}]  # fmt: skip
    given = observed(read_patient({"today": 9, "doses": [dose], "ratings": ratings}))
    assert not given.near_0.any()
    prior = Prior(np.array([37.0, 0.0, 0.0]), np.array([5.6, 3.0, 3.0]))
    at_floor, normal = fit_at_floor(given, NOISE, prior, EVEN[:4]), Likelihood(given, NOISE, prior)
    for name in ("log_likelihood", "mean", "precision", "end_y", "end_columns", "end_variance"):
        expected = getattr(normal.fit(EVEN[:4], np.arange(3)), name)
        assert getattr(at_floor, name) == pytest.approx(expected, abs=1e-9), name


@pytest.mark.story("HF-FOR-004")
def test_machine_code_has_the_same_numbers_near_0() -> None:
    """With two scales of the patient's own, totals of 0 on each, and more patients than fill whole blocks."""
    dose = {"day": 0, "drug": "ketamine", "route": "iv", "dose_mg_per_kg": 0.5, "duration_min": 40}
    totals = (("madrs", -1, 34), ("phq-9", 0, 20), ("madrs", 2, 3), ("phq-9", 3, 0), ("qids-sr16", 9, 0),
              ("madrs", 9, 0), ("phq-9", 16, 1), ("madrs", 23, 12), ("madrs", 30, 0))  # fmt: skip
    ratings = [{"day": day, "scale": scale, "total": total} for scale, day, total in totals]
    given = observed(read_patient({"today": 30, "doses": [dose], "ratings": ratings}))
    assert given.near_0.sum() == 6
    random, count = np.random.default_rng(1), 1003
    of = Noise(
        fluctuation=random.uniform(3, 9, count), rate_per_h=np.log(2) / random.uniform(50, 500, count),
        clinician=random.uniform(0.8, 4, count), by_self=np.full(count, 3.0), share=random.uniform(0.5, 1, count),
    )  # fmt: skip
    even = random.uniform(0, 1.1, (len(totals), count))
    prior = Prior(np.array([37.0, 0.0, 0.0]), np.array([5.6, 3.0, 3.0]))
    plain, by_code = fit_at_floor(given, of, prior, even), log_likelihood_at_floor(given, of, prior, even)
    assert plain.log_likelihood.std() > 1, "they differ"
    assert by_code == pytest.approx(plain.log_likelihood, abs=1e-9)
    none = replace(given, near_0=np.zeros(len(totals), dtype=bool), half_a_point=np.zeros(len(totals)))
    normal = fit_at_floor(none, of, prior, even).log_likelihood
    assert log_likelihood_at_floor(none, of, prior, even) == pytest.approx(normal, abs=1e-9)
    assert np.abs(normal - plain.log_likelihood).mean() > 1, "the floor counts"


def staying_at_0() -> Case:
    """A simulated patient whose last three ratings are 0."""
    well = next(one for one in simulated_patients(400, seed=5, ratings=8, as_rated=True)
                if [rating.total for rating in one.patient.ratings[-3:]] == [0, 0, 0])  # fmt: skip
    return case_of_simulated(well)


def quantities(particles: Particles) -> np.ndarray:
    """Score at the last rating as a share, baseline and fluctuation expected at the last rating, kout, gain."""
    fit = particles.fit()
    x = fit.end_y - (fit.end_columns * fit.mean).sum(axis=1)
    return np.stack(
        [particles.relative()[-1], fit.mean[:, 0], x, particles.members.take(particles.who).kout, particles.own[3]]
    )


@pytest.mark.story("HF-FOR-005")
@pytest.mark.slow
def test_letting_the_floor_in_by_steps_finds_what_weighing_at_once_does() -> None:
    """Against very many virtual patients of the population, each weighed by the likelihood with the floor."""
    case, many = staying_at_0(), replace(USUAL, members=30_000, each=2)
    before = posterior._drawn(case, many, np.random.default_rng(7))
    weighed = posterior._fit_at_floor(before, before.who, before.own).log_likelihood
    weights = posterior._weights(weighed)
    assert 1.0 / (weights**2).sum() > 500
    theirs = quantities(replace(before, at_floor=weighed))
    mean = theirs @ weights
    sd = np.sqrt(((theirs - mean[:, None]) ** 2) @ weights)
    ours = np.concatenate(
        [quantities(posterior_of(case, np.random.default_rng(run)).particles) for run in range(3)], axis=1
    )
    assert (np.abs(ours.mean(axis=1) - mean) < 0.12 * sd).all()
    assert (np.abs(ours.std(axis=1) / sd - 1) < 0.12).all()


@pytest.mark.story("HF-FOR-005")
def test_the_posterior_of_who_stays_at_0_knows_of_the_floor() -> None:
    """The likelihood is let in whole, and what is held of the last fluctuation lies below 0 and not at it."""
    case = staying_at_0()
    assert case.observed.near_0.sum() >= 3
    found, again, normal = (
        posterior_of(one, np.random.default_rng(1)).particles for one in (case, case, without_floor(case))
    )
    assert np.array_equal(found.own, again.own), "the same seed gives the same posterior"
    assert found.at_floor is not None
    assert found.at_floor == pytest.approx(found.fit().log_likelihood)
    assert normal.at_floor is None
    down, not_down = (float(quantities(one)[2].mean()) for one in (found, normal))
    assert down < not_down < 0
    unsure, sure = (float(one.fit().end_variance.mean()) for one in (found, normal))
    assert unsure > 2 * sure, "how far down cannot be seen"
