"""What a simple rival says of a number before it is seen: a distribution, its quantiles, where in it a value lies.

The true value of a new study is spread by Student's t around what other studies gave; around the true value the trial's
own chance lies: binomial for a share of people, normal for points. Both are summed over the same grid of true values,
so that nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, expit, ndtr, stdtrit

from holdfast.evidence.meta_analysis.study_effects import Floats

PROBABILITIES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_GRID = (np.arange(200) + 0.5) / 200  # equally likely true values
_STEPS = 60  # of halving the interval in which a quantile lies
_FAR = 12.0  # standard deviations beyond which nothing is left


@dataclass(frozen=True)
class Expected:
    """Centre and SD of the true value on the pooled scale (logit for shares), and their degrees of freedom."""

    centre: float
    sd: float
    df: int

    @property
    def true_values(self) -> Floats:
        """Shape (grid,), each as likely as the others."""
        return np.asarray(self.centre + self.sd * stdtrit(self.df, _GRID), dtype=float)


@dataclass(frozen=True)
class Guess:
    """A distribution in the unit of the row. `place`: the share below the published value, and half of what equals it.

    `how` says what it was taken from, of how many `studies`.
    """

    percentiles: Mapping[float, float]
    place: float
    how: str
    studies: int


def share(expected: Expected, n: float, published: float, how: str, studies: int) -> Guess:
    """Of a share of `n` people, in percent."""
    people = max(round(n), 1)
    rates = expit(expected.true_values)
    up_to = bdtr(np.arange(people + 1)[:, None], people, rates).mean(axis=1)
    ends = {p: 100.0 * float(np.searchsorted(up_to, p)) / people for p in PROBABILITIES}
    events = min(max(round(published * people / 100), 0), people)
    below = float(up_to[events - 1]) if events else 0.0
    return Guess(ends, (below + float(up_to[events])) / 2, how, studies)


def points(expected: Expected, se: float, published: float, how: str, studies: int) -> Guess:
    """Of a mean, or a difference of means, whose sampling error is `se`."""
    true = expected.true_values

    def up_to(value: float) -> float:
        return float(ndtr((value - true) / se).mean())

    low, high = float(true.min()) - _FAR * se, float(true.max()) + _FAR * se
    ends = {p: _where(up_to, p, low, high) for p in PROBABILITIES}
    return Guess(ends, up_to(published), how, studies)


def _where(up_to: Callable[[float], float], probability: float, low: float, high: float) -> float:
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if up_to(middle) < probability else (low, middle)
    return (low + high) / 2
