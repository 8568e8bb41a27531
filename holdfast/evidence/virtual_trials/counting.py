"""One number a trial would report, for many replicates of it at once.

Totals have the shape (replicates, people, 1 + ratings), the baseline first, NaN where somebody was not rated. Each
function gives one number for each replicate, NaN where that replicate could not have reported it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from holdfast.evidence.virtual_trials.judged import met
from holdfast.statistics.product_limit import product_limit
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
LEVEL = 0.95
PERCENT = 100.0


@dataclass(frozen=True)
class Seen:
    """What one arm's people were rated, and how it is judged. `at_h` are the hours of the ratings without baseline."""

    totals: Values
    at_h: Values
    scale: str
    failure: bool  # a missing rating counts as none
    last_dose_h: float
    sessions_h: tuple[float, ...] = ()  # treatment sessions planned
    cadss: Values | None = None  # of each rating, (replicates, people, 1 + ratings), where it was rated

    def change(self, rating: int) -> Values:
        """Change from baseline, (replicates, people)."""
        return self.totals[..., 1 + rating] - self.totals[..., 0]

    def met(self, name: str, rating: int) -> Values:
        """Is the definition met: 1, 0, or NaN where nobody can say."""
        total, start = self.totals[..., 1 + rating], self.totals[..., 0]
        missing, never_came = np.isnan(total), np.isnan(start)
        whole = np.where(missing, 0, total).astype(np.int64)
        begun = np.where(never_came, 0, start).astype(np.int64)
        found = met(name, self.scale, begun, whole).astype(float)
        told = np.where(missing, 0.0 if self.failure else np.nan, found)
        return np.where(never_came, np.nan, told)


def of_arm(kind: str, seen: Seen, ratings: Sequence[int], name: str | None) -> Values:
    """The number of one arm, of what ratings show one by one; times to an event: `survival`.

    Rates are in percent, times in days after the last dose.
    """
    if kind in _OF_TOTALS:
        return _OF_TOTALS[kind](seen, ratings)
    assert name is not None
    told = np.stack([seen.met(name, rating) for rating in ratings], axis=-1)
    if kind in _OF_MET:
        return PERCENT * _OF_MET[kind](told)
    at_h = seen.at_h[list(ratings)]
    if kind == "sessions_to_median":
        return _sessions_to(told, at_h, np.array(seen.sessions_h))
    days = (at_h - seen.last_dose_h) / H_PER_D
    return _loss_median(_staying(told), days) if kind == "loss_of_response_median" else _loss_end(told, days, kind)


def mean_of(values: Values) -> Values:
    """Mean over people of each replicate, missing ones left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nobody left to be counted: not a number
        return np.asarray(np.nanmean(values, axis=1), dtype=float)


def _filled(met: Values) -> Values:
    return np.where(np.isnan(met), 0.0, met)


def _predicted(early: Values, late: Values, *, good: bool) -> Values:
    """Share of those with (or without) response at the end who had (or had not) one early."""
    known = ~np.isnan(early) & ~np.isnan(late)
    at_end = known & (late == float(good))
    return _share(at_end & (early == float(good)), at_end)


def _share(part: NDArray[np.bool_], of: NDArray[np.bool_]) -> Values:
    size = of.sum(axis=1)
    return np.where(size > 0, part.sum(axis=1) / np.maximum(size, 1), np.nan)


def _staying(met: Values) -> Values:
    """Share still in response at each rating, of those in response at the first: Kaplan-Meier, (ratings, replicates).

    NaN where nobody responds. Who leaves counts until then; a response lost does not come back.
    """
    anybody = np.where((met[..., 0] == 1.0).any(axis=1), 1.0, np.nan)
    return anybody * np.stack([np.ones(len(met)), *product_limit(_lost(met))])


def _lost(met: Values) -> Iterator[tuple[Values, Values]]:
    """Of each rating after the first: people in response until then who are rated (1 for nobody), and who lost it."""
    held = met[..., 0] == 1.0
    for rating in range(1, met.shape[-1]):
        now = met[..., rating]
        at_risk = (held & ~np.isnan(now)).sum(axis=1)
        yield np.maximum(at_risk, 1).astype(float), (held & (now == 0.0)).sum(axis=1).astype(float)
        held = held & (now == 1.0)


def _loss_median(staying: Values, days: Values) -> Values:
    """Median days from the last dose to the first rating without response; NaN where half never lose it."""
    gone = staying <= 0.5
    return np.where(gone.any(axis=0), days[np.argmax(gone, axis=0)], np.nan)


def _loss_end(met: Values, days: Values, kind: str) -> Values:
    """Fewest or most days of response among those in response at the first; the last rating where it is never lost."""
    kept = np.cumprod(_filled(met), axis=-1)[..., 1:]
    lost = np.where(kept.min(axis=-1) > 0, days[-1], days[1:][np.argmin(kept, axis=-1)])
    worst = np.inf if kind == "loss_of_response_shortest" else -np.inf
    held = np.where(met[..., 0] == 1.0, lost, worst)
    found = held.min(axis=1) if kind == "loss_of_response_shortest" else held.max(axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def _sessions_to(met: Values, at_h: Values, sessions_h: Values) -> Values:
    """Median number of treatment sessions before the first rating that meets the definition, of those who ever do."""
    before = np.searchsorted(sessions_h, at_h, side="left").astype(float)
    reached = _filled(met) == 1.0
    number = np.where(reached.any(axis=-1), before[np.argmax(reached, axis=-1)], np.nan)
    return _quiet(np.nanmedian, number)


def _from_baseline(seen: Seen, rating: int) -> Values:
    """Mean fall from baseline over the root mean square of the SD then and the SD at baseline; positive is better."""
    then, first = seen.totals[..., 1 + rating], seen.totals[..., 0]
    spread = (_variance(then) + _variance(np.where(np.isnan(then), np.nan, first))) / 2
    return -mean_of(seen.change(rating)) / np.sqrt(spread)


def _variance(values: Values) -> Values:
    """Over people, as a study prints it: by one person less."""
    return _quiet(_of_a_sample, values)


def _of_a_sample(values: Values, axis: int) -> Values:
    return np.asarray(np.nanvar(values, axis=axis, ddof=1), dtype=float)


def _quiet(statistic: Callable[..., Values], values: Values) -> Values:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nobody left to be counted: not a number
        return np.asarray(statistic(values, axis=1), dtype=float)


def _correlation(seen: Seen, early: int, late: int) -> Values:
    """Pearson's r over people, of CADSS at the early rating with the percent change of the total at the late one."""
    assert seen.cadss is not None
    start = np.where(seen.totals[..., 0] > 0, seen.totals[..., 0], np.nan)
    change, felt = PERCENT * seen.change(late) / start, seen.cadss[..., 1 + early]
    known = ~np.isnan(change) & ~np.isnan(felt)
    one, other = (np.where(known, v, np.nan) for v in (felt, change))
    one, other = (v - mean_of(v)[:, None] for v in (one, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(mean_of(one * other) / np.sqrt(mean_of(one**2) * mean_of(other**2)), dtype=float)


@dataclass(frozen=True)
class Contrast:
    """An arm less its comparator: estimate and 95 % interval, each of shape (replicates,)."""

    estimate: Values
    low: Values
    high: Values


def difference(one: Values, other: Values, *, paired: bool) -> Contrast:
    """Difference of means of (replicates, people) values: paired in the same people, else Welch."""
    if paired:
        return _interval(*_moments(one - other))
    (mean_1, var_1, n_1), (mean_2, var_2, n_2) = _moments(one), _moments(other)
    return _interval(mean_1 - mean_2, *_welch(var_1, n_1, var_2, n_2))


def _moments(values: Values) -> tuple[Values, Values, Values]:
    """Mean, variance of the mean, degrees of freedom + 1."""
    n = (~np.isnan(values)).sum(axis=1).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        variance = np.nanvar(values, axis=1, ddof=1)
    return mean_of(values), variance / np.maximum(n, 1.0), n


def _welch(var_1: Values, n_1: Values, var_2: Values, n_2: Values) -> tuple[Values, Values]:
    both = var_1 + var_2
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = both**2 / (var_1**2 / (n_1 - 1) + var_2**2 / (n_2 - 1))
    return both, freedom + 1


def _interval(estimate: Values, variance: Values, n: Values) -> Contrast:
    freedom = np.where(np.isfinite(n), np.maximum(n - 1, 1.0), 1.0)
    margin = stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(variance)
    return Contrast(estimate, estimate - margin, estimate + margin)


def effect_size(one: Values, other: Values) -> Values:
    """Difference of the mean changes over their pooled SD."""
    (mean_1, var_1, n_1), (mean_2, var_2, n_2) = _moments(one), _moments(other)
    freedom = n_1 + n_2 - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt((var_1 * n_1 * (n_1 - 1) + var_2 * n_2 * (n_2 - 1)) / freedom)
        return np.asarray((mean_1 - mean_2) / pooled, dtype=float)


def _ever(told: Values) -> Values:
    return mean_of(np.where(np.isnan(told[..., 0]), np.nan, np.nanmax(_filled(told), axis=-1)))


def _at_one(told: Values) -> Values:
    return mean_of(told[..., 0])


_OF_TOTALS: Mapping[str, Callable[[Seen, Sequence[int]], Values]] = {
    "change": lambda seen, ratings: mean_of(seen.change(ratings[0])),
    "effect_size_from_baseline": lambda seen, ratings: _from_baseline(seen, ratings[0]),
    "correlation_with_cadss": lambda seen, ratings: _correlation(seen, ratings[0], ratings[-1]),
}
# Shares of people, from whether a definition was met at each rating, (replicates, people, ratings).
_OF_MET: Mapping[str, Callable[[Values], Values]] = {
    "response": _at_one, "remission": _at_one, "ever_response": _ever, "ever_remission": _ever,
    "held_response": lambda told: mean_of(told.min(axis=-1)),
    "sensitivity": lambda told: _predicted(told[..., 0], told[..., -1], good=True),
    "specificity": lambda told: _predicted(told[..., 0], told[..., -1], good=False),
    "onset_before": lambda told: _predicted(np.nanmax(_filled(told[..., :-1]), axis=-1), told[..., -1], good=True),
    "response_kept": lambda told: _staying(told)[-1],
}  # fmt: skip
