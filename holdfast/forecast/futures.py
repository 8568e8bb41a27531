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
from holdfast.forecast.histories import Members, levels_of, shares_of
from holdfast.forecast.likelihood import Fit, Likelihood, Noise, noise
from holdfast.forecast.mood_levels import Event, Levels, Request, Shares
from holdfast.forecast.observed import rated_by_patient
from holdfast.forecast.posterior import Case, Particles
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
    shares: Shares

    def __len__(self) -> int:
        return len(self.members)


def person(case: Case, particles: Particles, random: np.random.Generator) -> Person:
    """Versions of the patient from the particles."""
    chosen = random.choice(len(particles.who), DRAWS, replace=len(particles.who) < DRAWS)
    return _person(case, particles, chosen, particles.fit(chosen), case.observed.at_h, random)


def person_before(case: Case, particles: Particles, random: np.random.Generator) -> Person:
    """The same of people of whom the baseline alone is known: what the population says of this patient."""
    chosen = random.choice(len(particles.who), DRAWS, replace=False)
    seen = case.observed.until(0.0)
    of = particles.members.take(particles.who[chosen])
    likelihood = Likelihood(seen, noise(case.people, of), case.prior)
    fit = likelihood.fit(np.ones((len(seen), DRAWS)), np.arange(DRAWS))
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
    of, own = particles.members.take(who), particles.own[:, chosen]
    return Person(
        of, own, noise(case.people, of), particles.lives.history.levels[:, -1, who],
        np.clip(drawn[:, 0], 0.0, most_points()), drawn[:, 1:], up_or_down, float(max([*rated_h, -np.inf])),
        levels_of(case.people, of, case.setting, keep=True), shares_of(case.people, of, case.setting, own),
    )  # fmt: skip


def even_course(case: Case, of: Person, doses: Sequence[Event], times_h: Sequence[float]) -> Values:
    """The score on even days, without ups and downs, at times from today on, (times, draws), points of MADRS."""
    return even_courses(case, of, [(doses, times_h)])[0]


def even_courses(case: Case, of: Person, plans: Sequence[tuple[Sequence[Event], Sequence[float]]]) -> list[Values]:
    """The same under several plans, each of doses to come and of rising times: what they share is computed once."""
    from_h = max(case.today_h, 0.0)
    requests = [Request(from_h, [*case.doses, *doses], times_h) for doses, times_h in plans]
    return [of.base * share for share in of.solver.shares(of.levels, requests, of.shares)]


def ups_and_downs(of: Person, times_h: Values, random: np.random.Generator) -> Values:
    """Fluctuation in points, (times, repeats, draws), at rising `times_h` from today on, (times, repeats)."""
    shape = (times_h.shape[1], len(of))
    held, at, known = of.up_or_down, np.full(shape[0], of.last_h), np.isfinite(of.last_h)
    made = np.empty((len(times_h), *shape))
    for place, hours in enumerate(times_h):
        gaps = hours - at
        same = gaps[:1] if (gaps == gaps[0]).all() else gaps  # then one row serves all
        kept = np.exp(np.multiply.outer(same, -of.noise.rate_per_h)) if known else np.zeros(shape)
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
    points = np.clip(own + moves, 0.0, most_points())
    return total(of, scale, scales, points, random.standard_normal(points.shape))


def total(of: Person, scale: str, scales: Sequence[str], points: Values, errors: Values) -> NDArray[np.int64]:
    """Totals that ratings of a score would show; `points` of MADRS and `errors` in SDs, the last axis draws."""
    by_self = rated_by_patient(scale)
    if by_self:
        points = of.base + of.noise.share * (points - of.base)
    if scale in scales:
        points = points + of.biases[:, scales.index(scale)]
    points = points + (of.noise.by_self if by_self else of.noise.clinician) * errors
    most = int(scale_document(scale).header["total_max"])
    on_scale = points if scale == METRIC else linked(np.clip(points, 0.0, most_points()), METRIC, scale)
    return np.rint(np.clip(on_scale, 0.0, most)).astype(np.int64)
