"""Simple rivals of a forecast, each the chance of every total, made with what is known by then.

    last value                 the last rating again, without any spread; its CRPS is its absolute error
    last value, with spread    a normal law around it; SD of how far ratings went between the last two rated days
    mean of the group          a normal law of the ratings of the last rated day, mean and SD
    mixed model                ratings = mean before + step after treatment + person + error, by REML; the step is kept
    population                 virtual people with these doses, whatever their ratings
    linear in virtual people   the best straight line from the same ratings to the later one, over virtual people

The first four know the people at hand and no model, the last two the model and no weighing of persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from holdfast.errors import InputError
from holdfast.forecast.scoring import chances_of_normal, chances_of_totals

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
FEWEST = 5  # people from whom a spread is had
_LEAST_SD = 0.5
_MOST_CORRELATED = 0.999
_LEAST_VARIANCE = 1e-6  # of ratings that never differ


def around(value: float, changes: Values, most: int) -> Values:
    """A normal law around a rating with the SD of changes about their mean, (1, totals)."""
    return chances_of_normal(value, max(float(np.std(changes, ddof=1)), _LEAST_SD), most)


def of_group(ratings: Values, most: int) -> Values:
    """A normal law of what others were rated, (1, totals); its SD is that of one more person."""
    sd = float(np.std(ratings, ddof=1)) * float(np.sqrt(1.0 + 1.0 / len(ratings)))
    return chances_of_normal(float(np.mean(ratings)), max(sd, _LEAST_SD), most)


def normal(mean: float, sd: float, most: int) -> Values:
    """A normal law in whole totals, (1, totals)."""
    return chances_of_normal(mean, max(sd, _LEAST_SD), most)


@dataclass(frozen=True)
class MixedModel:
    """rating = X b + person + error. `person` and `error` are SDs; `fixed` b and its covariance, 2 numbers."""

    fixed: Values
    covariance: Values
    person: float
    error: float

    def prediction(self, after: Values, ratings: Values) -> tuple[float, float]:
        """Mean and SD of another rating after treatment of somebody with these ratings; `after` is 0 or 1 of each."""
        columns = _columns(after)
        own = self.person**2
        variance = own + self.error**2 * np.eye(len(ratings))
        weights = np.linalg.solve(variance, np.full(len(ratings), own))
        left = np.array([1.0, 1.0]) - columns.T @ weights
        mean = float(self.fixed.sum() + weights @ (ratings - columns @ self.fixed))
        spread = own + self.error**2 - own * weights.sum() + left @ self.covariance @ left
        return mean, float(np.sqrt(spread))


def _columns(after: Values) -> Values:
    return np.stack([np.ones(len(after)), np.asarray(after, dtype=float)], axis=1)


def mixed_model(who: Whole, after: Values, ratings: Values) -> MixedModel:
    """Fitted by REML to ratings (ratings,), of persons by number. Raises `InputError` where nothing tells them apart.

    The share of variance that is between persons is found by a search in one dimension; the rest has closed forms.
    """
    columns = _columns(after)
    counts = np.bincount(who)
    if len(ratings) < len(counts[counts > 0]) + 3 or not 0 < np.sum(after) < len(after):
        raise InputError("a mixed model needs people who were rated before and after treatment")

    def parts(share: float) -> tuple[Values, Values, float, float]:
        same = who[:, None] == who[None, :]
        variance = share * same + (1.0 - share) * np.eye(len(ratings))
        inverse = np.linalg.inv(variance)
        information = columns.T @ inverse @ columns
        fixed = np.linalg.solve(information, columns.T @ inverse @ ratings)
        left = ratings - columns @ fixed
        free = len(ratings) - columns.shape[1]
        total = max(float(left @ inverse @ left) / free, _LEAST_VARIANCE)
        criterion = free * np.log(total) + np.linalg.slogdet(variance)[1] + np.linalg.slogdet(information)[1]
        return np.asarray(fixed), np.asarray(np.linalg.inv(information)), total, float(criterion)

    found = minimize_scalar(lambda share: parts(share)[3], bounds=(0.0, _MOST_CORRELATED), method="bounded",
                            options={"xatol": 1e-8})  # fmt: skip
    share = float(found.x) if parts(float(found.x))[3] <= parts(0.0)[3] else 0.0
    fixed, covariance, total, _ = parts(share)
    return MixedModel(fixed, covariance * total, float(np.sqrt(share * total)), float(np.sqrt((1 - share) * total)))


def of_population(virtual: Values, most: int) -> Values:
    """What virtual people were rated then, (1, totals)."""
    return chances_of_totals(np.rint(np.clip(virtual, 0, most)), most)[None]


def linear(virtual: Values, later: Values, own: Values, most: int) -> Values:
    """From `virtual` ratings (ratings, people) to `later` ones by least squares, put to somebody's own, (1, totals)."""
    columns = np.column_stack([np.ones(virtual.shape[1]), virtual.T])
    weights, *_ = np.linalg.lstsq(columns, later, rcond=None)
    sd = float(np.sqrt(((later - columns @ weights) ** 2).sum() / max(len(later) - columns.shape[1], 1)))
    return chances_of_normal(float(weights[0] + weights[1:] @ own), max(sd, _LEAST_SD), most)
