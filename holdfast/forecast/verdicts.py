"""Whether a forecast may be leant on at all: enough data of the patient's own, and a patient like those behind it.

    unlike    each rating is predicted from those before it, by all virtual patients with the weights they have by then.
              Under the model the place of a rating in that prediction is uniform and independent of the others
              (Rosenblatt 1952; Dawid 1984), so the squares of its normal scores add up to a chi-squared number. A sum
              that large in fewer than `unlike_share` of such patients is called unlike the population.
    enough    how much of the spread of the score, as a share of the baseline, at the time asked for, the patient's own
              ratings take away from what the population says of their baseline. Less than `least_learnt`: not enough.

Both limits are ours, of convention and not of any source (forecast_choices.csv).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from holdfast.forecast.choices import choice
from holdfast.forecast.posterior import Case, Particles

Values = NDArray[np.float64]
_SMALLEST = 1e-12
COUNTED = 4096  # virtual patients that are asked


def unlike_share() -> float:
    """Fewer than this share of virtual patients with ratings so far off: unlike the population."""
    return choice("unlike", "fraction")


def least_learnt() -> float:
    """Less than this share of the variance taken away: not enough data."""
    return choice("least_learnt", "fraction")


@dataclass(frozen=True)
class Likeness:
    """How likely ratings as far off as these are in the population."""

    p_value: float
    places: tuple[float, ...]  # of each rating in its prediction, 0 to 1

    @property
    def unlike(self) -> bool:
        """Unlike the population?"""
        return self.p_value < unlike_share()


def likeness(case: Case, before: Particles) -> Likeness:
    """Of a patient, from virtual patients as they were before any weight."""
    deviations, densities = before.one_by_one(case, COUNTED)
    log_weights = np.zeros(deviations.shape[1])
    places = []
    for deviation, density in zip(deviations, densities, strict=True):
        weights = np.exp(log_weights - log_weights.max())
        places.append(float((weights * ndtr(deviation)).sum() / weights.sum()))
        log_weights = log_weights + density
    scores = ndtri(np.clip(places, _SMALLEST, 1.0 - _SMALLEST))
    return Likeness(float(chdtrc(len(places), float((scores**2).sum()))), tuple(places))


@dataclass(frozen=True)
class Learnt:
    """Share of the spread at the time asked for that the patient's own ratings took away. None: nothing to learn."""

    share: float | None
    ratings: int  # after the first dose

    @property
    def enough(self) -> bool:
        """Enough data of the patient's own?"""
        return self.share is not None and self.share >= least_learnt()


def learnt(before: Values, after: Values, ratings: int) -> Learnt:
    """From the score as a share of the baseline in versions of the patient, without and with their ratings."""
    if ratings == 0:
        return Learnt(None, 0)
    spread = float(np.var(before))
    return Learnt(1.0 - float(np.var(after)) / spread if spread > 0 else None, ratings)
