"""How good forecasts were, once the rating came: proper scores and calibration, as pure functions.

A forecast of a rating is the chance of every total of the scale, 0 to its most: `chances`, (forecasts, totals), rows
that add up to 1. Nothing is lost by it, no draws have to be kept, and every score below is exact.

    CRPS         sum over totals of (F(k) - [rating <= k])^2, in points; of a single value the absolute error
    interval     the central one of whole totals; it holds at least its share, `held` says how much
    place (PIT)  F(below the rating) + u P(the rating), u uniform: even if forecasts are right, whole totals or not
                 (Gneiting and Raftery 2007; Czado, Gneiting and Held 2009)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from holdfast.statistics.intervals import exact_share

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
SHARES = (0.5, 0.8, 0.95)
PIT_BINS = 10
_ROOT_PI = float(np.sqrt(np.pi))
_APART = 1e-6
_SLACK = 1e-12  # sums of chances miss a share by so much


def chances_of_totals(totals: ArrayLike, most: int) -> Values:
    """How often each total of 0 to `most` occurs among draws, (totals,)."""
    drawn = np.asarray(totals, dtype=np.int64).ravel()
    return np.asarray(np.bincount(drawn, minlength=most + 1) / len(drawn), dtype=float)


def chances_of_normal(mean: ArrayLike, sd: ArrayLike, most: int) -> Values:
    """A normal law read in whole totals from 0 to `most`, (forecasts, totals); what lies beyond counts as the end."""
    edges = np.arange(most) + 0.5
    centre, spread = np.atleast_1d(np.asarray(mean, dtype=float)), np.atleast_1d(np.asarray(sd, dtype=float))
    below = ndtr((edges - centre[:, None]) / spread[:, None])
    return np.diff(below, prepend=0.0, append=1.0, axis=1)


def chances_of_value(value: ArrayLike, most: int) -> Values:
    """All on one total, (forecasts, totals): what a forecast without any spread says."""
    return np.eye(most + 1)[np.atleast_1d(np.asarray(value, dtype=np.int64))]


def chances_of_counts(first: int, counts: Sequence[int], most: int) -> Values:
    """A forecast kept whole, (1, totals): how many of its ratings fell on each total from `first` on. Exact."""
    found = np.zeros((1, most + 1))
    found[0, first : first + len(counts)] = np.asarray(counts, dtype=float) / sum(counts)
    return found


def chances_of_bands(median: float, bands: Mapping[str, Sequence[float]], most: int) -> Values:
    """A forecast of which only median and bands were kept, (1, totals): straight lines between them.

    Beyond the widest band its chance thins out over an eighth of its width. CRPS by it is on average too high: of
    forecasts of the examples by 0.001 to 0.015 points, of normal laws with an SD of 4 to 10 by less than 0.01; for one
    rating it is off either way, by up to 0.5 where that had a chance of more than 1 in 1000 (measured by tests).
    """
    known = [(0.5, float(median))]
    for name, (low, high) in bands.items():
        tail = (1.0 - float(name) / 100.0) / 2.0
        known += [(tail, float(low)), (1.0 - tail, float(high))]
    known.sort()
    low, high = known[0][1], known[-1][1]
    reach = max((high - low) / 8.0, 0.5)
    shares = np.array([0.0, *(share for share, _ in known), 1.0])
    at = np.maximum.accumulate([low - reach, *(total for _, total in known), high + reach])
    at = at + np.arange(len(at)) * _APART  # where several ends are one total
    below = np.interp(np.arange(most) + 0.5, at, shares, left=0.0, right=1.0)
    return np.diff(below, prepend=0.0, append=1.0)[None]


def crps(chances: Values, ratings: ArrayLike) -> Values:
    """Continuous ranked probability score of each forecast, in points; less is better."""
    came = np.asarray(ratings, dtype=float)[:, None] <= np.arange(chances.shape[1])
    return np.asarray(((chances.cumsum(axis=1) - came) ** 2).sum(axis=1), dtype=float)


def crps_of_normal(mean: ArrayLike, sd: ArrayLike, ratings: ArrayLike) -> Values:
    """The same of a normal law, by its closed form (Gneiting 2005)."""
    spread = np.asarray(sd, dtype=float)
    off = (np.asarray(ratings, dtype=float) - np.asarray(mean, dtype=float)) / spread
    density = np.exp(-(off**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(spread * (off * (2 * ndtr(off) - 1) + 2 * density - 1 / _ROOT_PI), dtype=float)


def crps_of_draws(draws: ArrayLike, rating: float) -> float:
    """The same of the draws of one forecast: E|X - y| - E|X - X'| / 2, in n log n."""
    drawn = np.sort(np.asarray(draws, dtype=float))
    count = len(drawn)
    between = 2.0 * ((2 * np.arange(1, count + 1) - count - 1) * drawn).sum() / count**2
    return float(np.abs(drawn - rating).mean() - between / 2.0)


def quantile(chances: Values, share: float) -> Whole:
    """The lowest total that at least this share lies at or below, of each forecast."""
    return np.asarray((chances.cumsum(axis=1) >= share - _SLACK).argmax(axis=1), dtype=np.int64)


def interval(chances: Values, share: float) -> tuple[Whole, Whole]:
    """Both ends, which belong to it, of the central interval of each forecast."""
    return quantile(chances, (1.0 - share) / 2.0), quantile(chances, (1.0 + share) / 2.0)


def held(chances: Values, share: float) -> Values:
    """What that interval holds in truth: whole totals hold a little more than the share."""
    low, high = interval(chances, share)
    total = np.arange(chances.shape[1])
    inside = (total >= low[:, None]) & (total <= high[:, None])
    return np.asarray((chances * inside).sum(axis=1), dtype=float)


def mean_and_sd(chances: Values) -> tuple[Values, Values]:
    """Of each forecast, in points."""
    total = np.arange(chances.shape[1])
    mean = chances @ total
    return mean, np.sqrt(np.maximum(chances @ total**2 - mean**2, 0.0))


def places(chances: Values, ratings: ArrayLike, uniform: ArrayLike) -> Values:
    """Where each rating lies in its forecast, 0 to 1; `uniform` are numbers of 0 to 1, one a forecast."""
    at = np.asarray(ratings, dtype=np.int64)[:, None]
    own = np.take_along_axis(chances, at, axis=1)[:, 0]
    until = np.take_along_axis(chances.cumsum(axis=1), at, axis=1)[:, 0]
    return np.clip(until - own + np.asarray(uniform) * own, 0.0, 1.0)


@dataclass(frozen=True)
class Share:
    """How many of how many, with the 95 % interval by Clopper and Pearson."""

    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """As a number of 0 to 1."""
        return self.count / self.of


def share_of(count: int, of: int, level: float = 0.95) -> Share:
    """A share with its exact interval. `of` is 1 or more."""
    return Share(count, of, *exact_share(count, of, level).ends)


def coverage(chances: Values, ratings: ArrayLike) -> dict[str, dict[str, float]]:
    """Of each of `SHARES`: how many ratings lay inside, with its interval, and how many the forecasts let expect."""
    came, found = np.asarray(ratings), {}
    for share in SHARES:
        low, high = interval(chances, share)
        one = share_of(int(((came >= low) & (came <= high)).sum()), len(came))
        found[f"{100 * share:g}"] = {
            "inside": one.count, "of": one.of, "share": one.share, "low": one.low, "high": one.high,
            "expected": float(held(chances, share).mean()), "mean_width": float((high - low).mean()),
        }  # fmt: skip
    return found


def pit_histogram(at: Values, bins: int = PIT_BINS) -> list[int]:
    """How many places fall into each of so many equal bins: even, if forecasts are right."""
    return [int(count) for count in np.histogram(at, bins=bins, range=(0.0, 1.0))[0]]


def by_chance(forecast: ArrayLike, happened: ArrayLike, bins: int = 5) -> list[dict[str, float]]:
    """Calibration of a chance: by bins of what was forecast, its mean beside the share in which it happened."""
    chance, came = np.asarray(forecast, dtype=float), np.asarray(happened, dtype=bool)
    at = np.minimum((chance * bins).astype(int), bins - 1)
    found = []
    for one in range(bins):
        mine = at == one
        if mine.any():
            share = share_of(int(came[mine].sum()), int(mine.sum()))
            found.append({
                "from": one / bins, "to": (one + 1) / bins, "of": share.of, "forecast": float(chance[mine].mean()),
                "happened": share.share, "low": share.low, "high": share.high,
            })  # fmt: skip
    return found


def brier(forecast: ArrayLike, happened: ArrayLike) -> float:
    """Mean squared distance of chances from what happened: 0 is perfect, 0.25 what "half" always gets."""
    return float(((np.asarray(forecast, dtype=float) - np.asarray(happened, dtype=float)) ** 2).mean())


def summary(chances: Values, ratings: ArrayLike) -> Mapping[str, Any]:
    """Everything that is told of one method: scores in points, coverage, errors."""
    came = np.asarray(ratings, dtype=float)
    mean, sd = mean_and_sd(chances)
    scores, off = crps(chances, came), quantile(chances, 0.5) - came
    return {
        "n": len(came), "crps": float(scores.mean()), "crps_se": standard_error(scores),
        "coverage": coverage(chances, came), "mean_error": float((mean - came).mean()),
        "mean_absolute_error": float(np.abs(off).mean()), "mean_sd": float(sd.mean()),
    }  # fmt: skip


def standard_error(values: Values) -> float | None:
    """Of their mean; None of a single one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
