"""Checks of the forecast against itself: simulated patients whose truth is known, and an independent long chain.

    simulated_patients   a patient drawn from the population as a forecast draws it, with doses, ratings and a later one
    ranks                where the truth lies among what the forecast holds likely: even, if all is right
                         (simulation-based calibration: Talts 2018)
    long_chain           random-walk Metropolis over every unknown, baseline included, with the density of the ratings
                         written down whole: no filter, nothing summed out, no tempering, no shared history

Ratings here are normal, neither rounded nor cut off, and taken so, unless `as_rated` is asked for: then they are those
of a clinic, as the simulator rates (model/mood/score.py): score and fluctuation together stay within the scale, and
with the error they are rounded and stay within it once more. A later rating is then one of many equal totals, so a rank
takes any share of those equal to it: else every 0 would count as the middle of what lies at or below 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.bodies import BODIES
from holdfast.forecast.forecast import case_of
from holdfast.forecast.futures import even_course, person, rated, ups_and_downs
from holdfast.forecast.histories import OWN, Members, lived, relative
from holdfast.forecast.likelihood import noise
from holdfast.forecast.patient_file import Given, Patient, Rated
from holdfast.forecast.posterior import Case, posterior_of
from holdfast.model.mood.score import most_points
from holdfast.model.pharmacokinetics.dosing import Dose
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
DOSE = Dose("ketamine", "iv", 0.0, dose_mg_per_kg=0.5, duration_h=2 / 3)
DOSE_DAYS = (0.0, 3.0, 7.0, 10.0, 14.0, 17.0)
LATER_D = 14.0  # after the last rating
SHARES = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Simulated:
    """A patient and the truth: baseline, score as a share of it at the last rating, and a later rating."""

    patient: Patient
    truth: Mapping[str, float]
    points: Values | None = None  # ratings as they were before rounding; None: whole points, as rated


def simulated_patients(count: int, *, seed: int, ratings: int, as_rated: bool = False) -> list[Simulated]:
    """Patients with six infusions in three weeks and so many ratings in five, the first before treatment."""
    return [_simulated(np.random.default_rng([seed, number]), ratings, as_rated=as_rated) for number in range(count)]


def _simulated(random: np.random.Generator, ratings: int, *, as_rated: bool) -> Simulated:
    days = [-1.0, *sorted(random.choice(np.arange(1, 36), ratings - 1, replace=False).astype(float).tolist())]
    patient = Patient(
        today=days[-1], doses=tuple(Given(day, DOSE) for day in DOSE_DAYS if day <= days[-1]),
        ratings=tuple(Rated(day, "madrs", 30) for day in days), scale="madrs",
    )  # fmt: skip
    case = case_of(patient)
    of = Members(random.integers(0, len(case.people), 1), random.integers(0, BODIES, 1), random.standard_normal(1))
    own = random.standard_normal((len(OWN), 1))
    base = case.prior.mean[0] + case.prior.sd[0] * random.standard_normal()
    hours = [*(day * H_PER_D for day in days), (days[-1] + LATER_D) * H_PER_D]
    history = lived(case.people, of, case.setting, case.doses, np.maximum(hours, 0.0).tolist())
    share = relative(case.people, of, case.setting, history, own)[:, 0]
    if as_rated:
        points = _as_rated(case, of, hours, base * share, random)
    else:
        points = base * share + _noise(case, of, hours, random)
    shown = tuple(
        Rated(day, "madrs", int(np.clip(np.rint(one), 0, most_points())))
        for day, one in zip(days, points, strict=False)
    )
    truth = {"baseline": float(base), "share": float(share[-2]), "later rating": float(points[-1])}
    return Simulated(replace(patient, ratings=shown), truth, None if as_rated else points[:-1])


def _noise(case: Case, of: Members, hours: Sequence[float], random: np.random.Generator) -> Values:
    """Fluctuation and errors of rating at these times, in points."""
    own, apart = noise(case.people, of), np.abs(np.subtract.outer(hours, hours))
    covariance = own.fluctuation**2 * np.exp(-own.rate_per_h * apart) + (own.clinician**2 + 1 / 12) * np.eye(len(hours))
    return np.asarray(random.multivariate_normal(np.zeros(len(hours)), covariance), dtype=float)


def _as_rated(case: Case, of: Members, hours: Sequence[float], score: Values, random: np.random.Generator) -> Values:
    """Totals as a clinician has them, of a score on even days."""
    own, apart = noise(case.people, of), np.abs(np.subtract.outer(hours, hours))
    moves = random.multivariate_normal(np.zeros(len(hours)), own.fluctuation**2 * np.exp(-own.rate_per_h * apart))
    shown = np.clip(score + moves, 0.0, most_points()) + own.clinician * random.standard_normal(len(hours))
    return np.asarray(np.rint(np.clip(shown, 0.0, most_points())), dtype=float)


def case_of_simulated(one: Simulated) -> Case:
    """The patient ready to be weighed, ratings as simulated."""
    case = case_of(one.patient)
    return (
        case if one.points is None else without_floor(replace(case, observed=replace(case.observed, points=one.points)))
    )


def without_floor(case: Case) -> Case:
    """The same with every rating taken as normal, as samplers with a whole normal density take them."""
    seen = case.observed
    rounding = np.where(seen.half_a_point > 0, 1 / 12, seen.rounding)
    return replace(case, observed=replace(
        seen, near_0=np.zeros(len(seen), dtype=bool), half_a_point=np.zeros(len(seen)), rounding=rounding
    ))  # fmt: skip


def ranks(patients: Sequence[Simulated], *, seed: int) -> dict[str, list[float]]:
    """The share of what is held likely that lies below the truth, by quantity: even between 0 and 1."""
    found: dict[str, list[float]] = {"baseline": [], "share": [], "later rating": []}
    for number, one in enumerate(patients):
        for name, values in held_likely(one, [seed, number]).items():
            found[name].append(_rank(values, one.truth[name], seed + number))
    return found


def _rank(values: Values, truth: float, seed: int) -> float:
    """The share below the truth; of those equal to it (whole points; a score that the drug takes to 0), any share."""
    return float(np.mean(values < truth) + np.random.default_rng([seed, 7]).uniform() * np.mean(values == truth))


def held_likely(one: Simulated, seed: Sequence[int]) -> dict[str, Values]:
    """What the forecast holds likely of each quantity."""
    case, random = case_of_simulated(one), np.random.default_rng(list(seed))
    found = posterior_of(case, random)
    of = person(case, found.particles, random)
    later = [case.today_h + LATER_D * H_PER_D]
    even = even_course(case, of, [], later)
    moves = ups_and_downs(of, np.repeat([later], 4, axis=1), random)
    if one.points is None:
        ratings = rated(of, one.patient.scale, (), even, moves, random).astype(float)
    else:
        error = np.sqrt(of.noise.clinician**2 + 1 / 12) * random.standard_normal(moves[0].shape)
        ratings = even + moves[0] + error
    return {"baseline": of.base, "share": found.particles.relative()[-1], "later rating": ratings.ravel()}


def coverage(places: Sequence[float]) -> dict[float, float]:
    """How many truths lie in the middle 50, 80 and 95 %, from their ranks."""
    at = np.asarray(places)
    return {share: float(np.mean(np.abs(at - 0.5) <= share / 2)) for share in SHARES}


def narrowed(case: Case, draw: int, body: int) -> Case:
    """The same patient where one draw of the population and one body are known: every number left is continuous,
    but for whether somebody gains next to nothing. What NUTS can sample too: benchmarks/peers/forecast_nuts.py.
    """
    people = replace(
        case.people, values={name: one[[draw]] for name, one in case.people.values.items()}, cut=case.people.cut[[draw]]
    )  # fmt: skip
    one_body = tuple(np.repeat(curve[:, [body]], BODIES, axis=1) for curve in case.setting.bodies.log_binding)
    setting = replace(case.setting, bodies=replace(case.setting.bodies, log_binding=one_body))
    return replace(case, people=people, setting=setting)


def score_ahead(case: Case, hour: float, seed: int) -> Values:
    """Score on an even day at that hour, without a further dose, and the baseline: (2, particles)."""
    random = np.random.default_rng([seed, 0])
    found = posterior_of(case, random).particles
    of = found.members.take(found.who)
    history, fit = lived(case.people, of, case.setting, case.doses, [hour]), found.fit()
    share = relative(case.people, of, case.setting, history, found.own)[0]
    sd = np.sqrt(np.linalg.inv(fit.precision)[:, 0, 0])
    base = fit.mean[:, 0] + sd * random.standard_normal(len(sd))
    return np.stack([base * share, base])


def long_chain(case: Case, *, steps: int, chains: int, seed: int) -> Values:
    """Score as a share of the baseline at the last rating, and the baseline: (2, draws), the first third left out.

    For ratings of MADRS by a clinician alone. Slow on purpose: it shares the equations of mood with the forecast, and
    nothing of how the forecast samples.
    """
    random = np.random.default_rng([seed, 99])
    state = _State.drawn(case, chains, random)
    log_density, share = _log_density(case, state)
    kept = []
    for step in range(steps):
        offered = state.near(case, random)
        new_density, new_share = _log_density(case, offered)
        taken = np.log(random.uniform(size=chains)) < new_density - log_density
        state = state.where(taken, offered)
        log_density, share = np.where(taken, new_density, log_density), np.where(taken, new_share, share)
        if step >= steps // 3 and step % 5 == 0:
            kept.append(np.stack([share, case.prior.mean[0] + case.prior.sd[0] * state.numbers[-1]]))
    return np.concatenate(kept, axis=1)


@dataclass(frozen=True)
class _State:
    """Of each chain: draw, body, and standard normal numbers of kout, the five of `OWN`, and the baseline."""

    draw: NDArray[np.int_]
    body: NDArray[np.int_]
    numbers: Values

    @classmethod
    def drawn(cls, case: Case, chains: int, random: np.random.Generator) -> _State:
        return cls(random.integers(0, len(case.people), chains), random.integers(0, BODIES, chains),
                   random.standard_normal((len(OWN) + 2, chains)))  # fmt: skip

    def near(self, case: Case, random: np.random.Generator) -> _State:
        """A symmetrical step: some numbers by a little, sometimes another draw of the population, or another body."""
        chains = len(self.draw)
        step = random.choice([0.1, 0.3, 1.0], size=chains) * (random.uniform(size=self.numbers.shape) < 0.5)
        other = random.uniform(size=(2, chains)) < 0.3
        return _State(
            np.where(other[0], random.integers(0, len(case.people), chains), self.draw),
            np.where(other[1], random.integers(0, BODIES, chains), self.body),
            self.numbers + step * random.standard_normal(self.numbers.shape),
        )

    def where(self, taken: NDArray[np.bool_], other: _State) -> _State:
        return _State(
            np.where(taken, other.draw, self.draw), np.where(taken, other.body, self.body),
            np.where(taken, other.numbers, self.numbers),
        )  # fmt: skip


def _log_density(case: Case, state: _State) -> tuple[Values, Values]:
    """Of each chain, prior included, and the share of the baseline at the last rating."""
    of = Members(state.draw, state.body, state.numbers[0])
    times = np.maximum(case.observed.at_h, 0.0).tolist()
    share = relative(case.people, of, case.setting, lived(case.people, of, case.setting, case.doses, times),
                     state.numbers[1:-1])  # fmt: skip
    base = case.prior.mean[0] + case.prior.sd[0] * state.numbers[-1]
    off = (case.observed.points[:, None] - base * share).T
    own, apart = noise(case.people, of), np.abs(np.subtract.outer(case.observed.at_h, case.observed.at_h))
    covariance = own.fluctuation[:, None, None] ** 2 * np.exp(-own.rate_per_h[:, None, None] * apart)
    covariance = covariance + (own.clinician**2)[:, None, None] * np.eye(len(times)) + np.diag(case.observed.rounding)
    fit = np.einsum("nk,nk->n", off, np.linalg.solve(covariance, off[..., None])[..., 0])
    density = -0.5 * (fit + np.linalg.slogdet(covariance)[1]) - 0.5 * (state.numbers**2).sum(axis=0)
    return density, share[-1]
