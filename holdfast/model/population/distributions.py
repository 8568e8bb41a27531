"""How a quantity is spread over people: from a uniform number to a value, by the inverse of the distribution.

Bounds are kept by drawing from the part of the distribution between them, so that one number still makes one value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

Values = NDArray[np.float64]


def factor(z: Values, omega: float) -> Values:
    """exp(omega z - omega^2/2) of standard normal numbers: log-normal with mean 1.

    With median 1 the mean over people would be higher than the typical value.
    """
    return np.exp(omega * z - omega**2 / 2)


@dataclass(frozen=True)
class Distribution:
    """`normal` and `log-normal` are cut off at `low` and `high`, `mean` and `sd` being those before; `beta` keeps them.

    Its row is checked by the table: low < mean < high, and sd above 0.
    """

    kind: str
    mean: float
    sd: float
    low: float
    high: float

    def quantile(self, uniform: Values) -> Values:
        """The values below which those shares of people lie; between `low` and `high`."""
        if self.kind == "beta":
            return self._beta(uniform)
        if self.kind == "normal":
            return self._cut_off(uniform, self.mean, self.sd, self.low, self.high)
        omega_sq = math.log1p((self.sd / self.mean) ** 2)
        mu, omega = math.log(self.mean) - omega_sq / 2, math.sqrt(omega_sq)
        ends = (-math.inf if self.low <= 0 else math.log(self.low), math.log(self.high))
        return np.clip(np.exp(self._cut_off(uniform, mu, omega, *ends)), self.low, self.high)

    def _cut_off(self, uniform: Values, mean: float, sd: float, low: float, high: float) -> Values:
        below, up_to = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
        return np.clip(mean + sd * ndtri(below + uniform * (up_to - below)), low, high)

    def _beta(self, uniform: Values) -> Values:
        span = self.high - self.low
        share = (self.mean - self.low) / span
        both = share * (1 - share) / (self.sd / span) ** 2 - 1
        return self.low + span * np.asarray(betaincinv(share * both, (1 - share) * both, uniform), dtype=float)
