"""From outcomes of patients to what is told of a policy: means, their Monte Carlo error, and the spread over worlds.

Worlds count alike. The error of a mean is that of its worlds, drawn anew. The interval holds 80 % of worlds, the part
of their spread that comes of few patients in each taken out again, as in forecast/answers.py. A difference is taken
patient by patient, so that what patients share does not blur it.

A mean over fewer than `LEAST_WORLDS` worlds is told alone: errors, intervals and shares of worlds are withheld, as NaN.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.answers import interval_without
from holdfast.policies import living
from holdfast.policies.compare import Compared, Lived
from holdfast.policies.policies import UNCHANGED, Policy
from holdfast.policies.programme import Programme

Values = NDArray[np.float64]
# Of 80 % of worlds a tenth lies beyond each end: of fewer than ten not one does, and an end would be a guess.
LEAST_WORLDS = 10
MEASURES = ("weeks_well", "relapse", "treatment_sessions", "dose_mg", "dose_mg_per_kg", "hours_in_clinic", "left")


@dataclass(frozen=True)
class Number:
    """A mean over worlds, its Monte Carlo error, and the 80 % interval over worlds."""

    mean: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Outcome:
    """What is told of one policy: measures, and weeks well against the unchanged protocol."""

    policy: Policy
    measures: dict[str, Number]
    against_unchanged: Number
    better_than_unchanged: float  # share of worlds in which weeks well are more

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self.policy.as_dict(), **{name: asdict(one) for name, one in self.measures.items()},
            "weeks_well_against_unchanged": asdict(self.against_unchanged),
            "share_of_worlds_better_than_unchanged": self.better_than_unchanged,
        }  # fmt: skip


@dataclass(frozen=True)
class ByWorld:
    """Of each policy and world: the mean (policies, worlds) and the variance of that mean."""

    mean: Values
    variance: Values

    def number(self, policy: int) -> Number:
        """Of one policy."""
        return number_of(self.mean[policy], self.variance[policy])


def number_of(means: Values, variances: Values) -> Number:
    """From means of worlds and the variances that few patients give them; worlds without a number left out."""
    known = ~np.isnan(means)
    of_each, noise = means[known], float(np.mean(variances[known])) if known.any() else 0.0
    if not len(of_each):
        return Number(float("nan"), float("nan"), float("nan"), float("nan"))
    mean = float(of_each.mean())
    if len(of_each) < LEAST_WORLDS:
        return Number(mean, float("nan"), float("nan"), float("nan"))
    return Number(mean, float(of_each.std(ddof=1) / np.sqrt(len(of_each))), *interval_without(noise, of_each))


def share_of_worlds(happens: NDArray[np.bool_]) -> Values:
    """Share of worlds, the last axis; NaN where they are too few to speak of a share."""
    shares = happens.mean(axis=-1)
    return np.asarray(shares if happens.shape[-1] >= LEAST_WORLDS else np.full_like(shares, np.nan))


def by_world(values: Values, world: NDArray[np.int64], counted: NDArray[np.bool_] | None = None) -> ByWorld:
    """From values of patients, (policies, patients): means of worlds over those counted, NaN where nobody is."""
    worlds = np.unique(world)
    mean, variance = np.full((2, len(values), len(worlds)), np.nan)
    for place, one in enumerate(worlds.tolist()):
        mine = (world == one) if counted is None else (world == one) & counted
        count = int(mine.sum())
        if count:
            mean[:, place] = values[:, mine].mean(axis=1)
            variance[:, place] = values[:, mine].var(axis=1, ddof=1) / count if count > 1 else 0.0
    return ByWorld(mean, variance)


def measured(of: Lived, programme: Programme) -> dict[str, ByWorld]:
    """Every measure by policy and world."""
    out, world = of.outcomes.astype(float), of.world
    sessions = out[:, :, living.SESSIONS]
    per_mg = np.stack([
        np.full(len(world), one.dose.amount) if one.dose.unit == "mg" else one.dose.amount * of.weight_kg
        for one in programme.policies
    ])  # fmt: skip
    return {
        "weeks_well": by_world(out[:, :, living.WELL], world),
        "relapse": by_world(out[:, :, living.RELAPSED], world, of.at_risk),
        "treatment_sessions": by_world(sessions, world),
        "dose_mg": by_world(sessions * per_mg, world),
        "dose_mg_per_kg": by_world(sessions * per_mg / of.weight_kg, world),
        "hours_in_clinic": by_world(sessions * programme.hours, world),
        "left": by_world((out[:, :, living.LEFT] >= 0).astype(float), world),
    }


def outcomes(of: Compared, found: dict[str, ByWorld]) -> tuple[Outcome, ...]:
    """What is told of every policy, in their order."""
    policies = of.programme.policies
    unchanged = next(place for place, one in enumerate(policies) if one.name == UNCHANGED)
    well = of.lived.outcomes[:, :, living.WELL].astype(float)
    against = by_world(well - well[unchanged], of.lived.world)
    return tuple(
        Outcome(one, {name: found[name].number(place) for name in MEASURES}, against.number(place),
                float(share_of_worlds(against.mean[place] > 0)))
        for place, one in enumerate(policies)
    )  # fmt: skip
