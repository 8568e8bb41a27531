"""Paths of one patient under a plan: what the drug would do, ups and downs, and what a rating would show.

A path is one virtual patient of the posterior (baseline, biases and the up or down of the last rating drawn from what
the ratings leave open), lived on under the doses of the plan, with fresh fluctuation from there. `REPEATS` paths of
each share everything but the fluctuation and the errors of rating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.facts.scale_names import scale_document
from holdfast.forecast.histories import Lived, Members, cascade, lived, relative
from holdfast.forecast.likelihood import Fit, Likelihood, Noise, noise
from holdfast.forecast.mood_levels import Event, Levels
from holdfast.forecast.observed import rated_by_patient
from holdfast.forecast.posterior import Case, Particles, fit_of
from holdfast.model.mood.scale_links import METRIC, linked
from holdfast.model.mood.score import most_points

Values = NDArray[np.float64]
Who = NDArray[np.int_]
DRAWS, REPEATS = 400, 7  # a path for each day of the week


@dataclass(frozen=True)
class Person:
    """`DRAWS` equally likely versions of the patient, today. Arrays of shape (draws,), biases (draws, scales)."""

    members: Members
    own: Values
    noise: Noise
    levels: Values  # (3, draws)
    base: Values
    biases: Values
    up_or_down: Values  # fluctuation at the last rating
    last_h: float  # when that was
    solver: Levels  # of their levels; panels that plans share are prepared once

    def __len__(self) -> int:
        return len(self.members)


def person(case: Case, particles: Particles, random: np.random.Generator) -> Person:
    """Versions of the patient from the particles."""
    chosen = random.choice(len(particles.who), DRAWS, replace=len(particles.who) < DRAWS)
    return _person(case, particles, chosen, fit_of(particles.fit, chosen), case.observed.at_h, random)


def person_before(case: Case, particles: Particles, random: np.random.Generator) -> Person:
    """The same of people of whom the baseline alone is known: what the population says of this patient."""
    chosen = random.choice(len(particles.who), DRAWS, replace=False)
    seen = case.observed.until(0.0)
    likelihood = Likelihood(seen, noise(case.people, particles.members), case.prior)
    fit = likelihood.fit(np.ones((len(seen), DRAWS)), particles.who[chosen])
    return _person(case, particles, chosen, fit, seen.at_h, random)


def _person(
    case: Case, particles: Particles, chosen: Who, fit: Fit, rated_h: Values, random: np.random.Generator
) -> Person:
    who = particles.who[chosen]
    numbers = random.standard_normal(fit.mean.shape)
    factor = np.linalg.cholesky(fit.precision)  # precision = L L', so that L'^-1 z has its inverse as covariance
    drawn = fit.mean + np.linalg.solve(np.swapaxes(factor, 1, 2), numbers[..., None])[..., 0]
    at_end = fit.end_y - (fit.end_columns * drawn).sum(axis=1)
    up_or_down = at_end + np.sqrt(fit.end_variance) * random.standard_normal(len(chosen))
    of = particles.members.take(who)
    return Person(
        of, particles.own[:, chosen], noise(case.people, of), particles.history.levels[:, -1, who],
        np.clip(drawn[:, 0], 0.0, most_points()), drawn[:, 1:], up_or_down, float(max([*rated_h, -np.inf])),
        Levels(cascade(case.people, of), case.setting.bodies),
    )  # fmt: skip


def even_course(case: Case, of: Person, doses: Sequence[Event], times_h: Sequence[float]) -> Values:
    """The score on even days, without ups and downs, at times from today on, (times, draws), points of MADRS."""
    went = _lived_on(case, of, doses, times_h)
    return of.base * relative(case.people, of.members, case.setting, went, of.own)


def _lived_on(case: Case, of: Person, doses: Sequence[Event], times_h: Sequence[float]) -> Lived:
    events = [*case.doses, *doses]
    return lived(
        case.people, of.members, case.setting, events, times_h, state=of.levels, from_h=max(case.today_h, 0.0),
        levels=of.solver,
    )  # fmt: skip


def ups_and_downs(of: Person, times_h: Values, random: np.random.Generator) -> Values:
    """Fluctuation in points, (times, repeats, draws), at rising `times_h` from today on, (times, repeats)."""
    shape = (times_h.shape[1], len(of))
    held, at, known = of.up_or_down, np.full(shape[0], of.last_h), np.isfinite(of.last_h)
    made = np.empty((len(times_h), *shape))
    for place, hours in enumerate(times_h):
        kept = np.exp(np.multiply.outer(hours - at, -of.noise.rate_per_h)) if known else np.zeros(shape)
        fresh = of.noise.fluctuation * np.sqrt(1.0 - kept**2)
        made[place] = held = kept * held + fresh * random.standard_normal(shape)
        at, known = hours, np.True_
    return made


def rated(
    of: Person, scale: str, scales: Sequence[str], even: Values, moves: Values, random: np.random.Generator
) -> NDArray[np.int64]:
    """Totals of ratings on a scale, in whole points within it, of the shape of `moves`, the ups and downs.

    `even` is (times, draws), or of that shape too.
    """
    own = even[:, None] if even.ndim < moves.ndim else even
    return total(of, scale, scales, np.clip(own + moves, 0.0, most_points()), random)


def total(
    of: Person, scale: str, scales: Sequence[str], points: Values, random: np.random.Generator
) -> NDArray[np.int64]:
    """Totals that ratings of a score would show; `points` of MADRS, the last axis draws."""
    by_self = rated_by_patient(scale)
    error = of.noise.by_self if by_self else of.noise.clinician
    if by_self:
        points = of.base + of.noise.share * (points - of.base)
    if scale in scales:
        points = points + of.biases[:, scales.index(scale)]
    points = points + error * random.standard_normal(points.shape)
    most = int(scale_document(scale).header["total_max"])
    on_scale = points if scale == METRIC else linked(np.clip(points, 0.0, most_points()), METRIC, scale)
    return np.rint(np.clip(on_scale, 0.0, most)).astype(np.int64)
