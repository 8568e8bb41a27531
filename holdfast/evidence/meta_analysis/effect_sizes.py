"""Effect sizes of single studies: ratios and differences of two counts, single proportions, means, their differences.

Every function takes arrays of shape (studies,) and gives an estimate and its sampling variance for each, NaN for both
where a study cannot be estimated. First is the treated arm, second the comparator. Ratios are on the log scale,
proportions on the logit or the double arcsine scale; `proportion_from_*` leads back.

Zero cells: a ratio of a count of zero has no finite logarithm, so `Continuity` says what is added to which tables
before anything is computed, estimate and variance alike. A table with no event in either arm (or nothing but events)
says nothing on a ratio and is left out unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.study_effects import Floats

Sizes = tuple[Floats, Floats]  # estimates, variances
CONTINUITY_RULES = ("zero_cells", "all", "none")


@dataclass(frozen=True)
class Continuity:
    """`add` goes to each cell of the tables named by `to`; `keep_empty` keeps ratios of tables without any event."""

    add: float = 0.5
    to: str = "zero_cells"
    keep_empty: bool = False

    def __post_init__(self) -> None:
        if self.to not in CONTINUITY_RULES:
            raise InputError(f"{self.to!r} is no continuity rule; there are {', '.join(CONTINUITY_RULES)}")
        if not (np.isfinite(self.add) and self.add >= 0):
            raise InputError(f"{self.add:g} cannot be added to counts; give a number from 0 up")

    def applies(self, *cells: Floats) -> np.ndarray:
        """Which tables are added to, shape (studies,)."""
        if self.to == "zero_cells":
            return np.any([cell == 0 for cell in cells], axis=0)
        return np.full(cells[0].shape, self.to == "all")


HALF_TO_ZERO_CELLS = Continuity()


def log_odds_ratio(
    events_1: ArrayLike, n_1: ArrayLike, events_2: ArrayLike, n_2: ArrayLike, rule: Continuity = HALF_TO_ZERO_CELLS
) -> Sizes:
    """Log odds ratio, variance the sum of the reciprocal cells (Woolf)."""
    a, b, c, d = _table(events_1, n_1, events_2, n_2, rule, ratio=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)


def log_risk_ratio(
    events_1: ArrayLike, n_1: ArrayLike, events_2: ArrayLike, n_2: ArrayLike, rule: Continuity = HALF_TO_ZERO_CELLS
) -> Sizes:
    """Log ratio of the two risks."""
    a, b, c, d = _table(events_1, n_1, events_2, n_2, rule, ratio=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.log((a / (a + b)) / (c / (c + d)))
        return _finite(estimate, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def risk_difference(
    events_1: ArrayLike, n_1: ArrayLike, events_2: ArrayLike, n_2: ArrayLike, rule: Continuity = HALF_TO_ZERO_CELLS
) -> Sizes:
    """Difference of the two risks, from -1 to 1. Tables without any event stay in: their difference is known."""
    a, b, c, d = _table(events_1, n_1, events_2, n_2, rule, ratio=False)
    n1, n2 = a + b, c + d
    return _finite(a / n1 - c / n2, a * b / n1**3 + c * d / n2**3)


def logit_proportion(events: ArrayLike, n: ArrayLike, rule: Continuity = HALF_TO_ZERO_CELLS) -> Sizes:
    """Log odds of one proportion."""
    hits, total = _counts(events, n)
    misses = total - hits
    added = np.where(rule.applies(hits, misses), rule.add, 0.0)
    hits, misses = hits + added, misses + added
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(np.log(hits / misses), 1 / hits + 1 / misses)


def double_arcsine_proportion(events: ArrayLike, n: ArrayLike) -> Sizes:
    """Freeman and Tukey's double arcsine of one proportion, halved; needs no continuity rule."""
    hits, total = _counts(events, n)
    angles = np.arcsin(np.sqrt(hits / (total + 1))) + np.arcsin(np.sqrt((hits + 1) / (total + 1)))
    return angles / 2, 1 / (4 * total + 2)


def proportion_from_logit(logit: ArrayLike) -> Floats:
    """Back from the logit."""
    return np.asarray(expit(np.asarray(logit, dtype=float)), dtype=np.float64)


def proportion_from_double_arcsine(angle: ArrayLike, n: float) -> Floats:
    """Back from the double arcsine of a sample of `n` (of many studies: their harmonic mean), after Miller 1978.

    Angles beyond what a sample of `n` can give are the proportions 0 and 1. Where sizes differ much, the answer hangs
    on `n`: prefer the logit.
    """
    x = np.asarray(angle, dtype=float)
    least = np.arcsin(np.sqrt(1 / (n + 1))) / 2
    most = (np.arcsin(np.sqrt(n / (n + 1))) + np.pi / 2) / 2
    inside = np.clip(x, least, most)
    sine = np.sin(2 * inside)
    root = 1 - (sine + (sine - 1 / sine) / n) ** 2
    p = (1 - np.sign(np.cos(2 * inside)) * np.sqrt(np.clip(root, 0, 1))) / 2
    return np.where(x <= least, 0.0, np.where(x >= most, 1.0, p))


def harmonic_mean(n: ArrayLike) -> float:
    """Of sample sizes."""
    return float(1 / np.mean(1 / np.asarray(n, dtype=float)))


def mean_of_arm(mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> Sizes:
    """One arm's mean, or its mean change with `sd` the SD of the change."""
    m, s, total = _moments(mean, sd, n)
    return m, s**2 / total


def mean_difference(
    mean_1: ArrayLike, sd_1: ArrayLike, n_1: ArrayLike, mean_2: ArrayLike, sd_2: ArrayLike, n_2: ArrayLike
) -> Sizes:
    """Difference of two means in points, variances apart."""
    m1, s1, n1 = _moments(mean_1, sd_1, n_1)
    m2, s2, n2 = _moments(mean_2, sd_2, n_2)
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def hedges_j(df: ArrayLike) -> Floats:
    """Exact factor that takes the small-sample bias from a standardised mean difference; NaN below 2 degrees."""
    m = np.asarray(df, dtype=float)
    exact = np.exp(gammaln(m / 2) - np.log(np.sqrt(m / 2)) - gammaln((m - 1) / 2))
    return np.where(m > 1, exact, np.nan)


def standardised_mean_difference(
    mean_1: ArrayLike, sd_1: ArrayLike, n_1: ArrayLike, mean_2: ArrayLike, sd_2: ArrayLike, n_2: ArrayLike, *,
    unbiased_variance: bool = False,
) -> Sizes:  # fmt: skip
    """Hedges' g: the difference in pooled SDs, times the exact J.

    The variance is that of large samples, 1/n1 + 1/n2 + g²/(2(n1 + n2)), or its unbiased estimate (Hedges 1983).
    """
    m1, s1, n1 = _moments(mean_1, sd_1, n_1)
    m2, s2, n2 = _moments(mean_2, sd_2, n_2)
    df = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / df)
    g = hedges_j(df) * (m1 - m2) / pooled
    if unbiased_variance:
        return g, 1 / n1 + 1 / n2 + (1 - (df - 2) / (df * hedges_j(df) ** 2)) * g**2
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


def standardised_mean_change(
    mean_before: ArrayLike, sd_before: ArrayLike, mean_after: ArrayLike, n: ArrayLike, correlation: ArrayLike
) -> Sizes:
    """Change of one arm in SDs at baseline, times J; `correlation` of before and after must be stated (Becker 1988)."""
    m1, s1, total = _moments(mean_before, sd_before, n)
    m2, r = np.asarray(mean_after, dtype=float), np.asarray(correlation, dtype=float)
    if np.any(np.abs(r) > 1):
        raise InputError("a correlation of before and after lies from -1 to 1")
    g = hedges_j(total - 1) * (m2 - m1) / s1
    return g, 2 * (1 - r) / total + g**2 / (2 * total)


def _counts(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    hits, total = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    if not (np.all(np.isfinite(hits)) and np.all(np.isfinite(total))):
        raise InputError("counts of events and of patients must be numbers; leave out a study that has none")
    if np.any(total <= 0):
        raise InputError("an arm of no patients has no proportion; leave the study out")
    if np.any(hits < 0) or np.any(hits > total):
        worst = int(np.argmax((hits < 0) | (hits > total)))
        found = f"{np.ravel(hits)[worst]:g} events among {np.ravel(total)[worst]:g} patients"
        raise InputError(f"{found}: events lie from 0 to the number of patients")
    return np.atleast_1d(hits), np.atleast_1d(total)


def _table(
    events_1: ArrayLike, n_1: ArrayLike, events_2: ArrayLike, n_2: ArrayLike, rule: Continuity, *, ratio: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """The four cells after the rule; all NaN where a ratio has nothing to go by."""
    a, n1 = _counts(events_1, n_1)
    c, n2 = _counts(events_2, n_2)
    cells = (a, n1 - a, c, n2 - c)
    added = np.where(rule.applies(*cells), rule.add, 0.0)
    if ratio and not rule.keep_empty:
        nothing = (a + c == 0) | (a + c == n1 + n2)
        added = np.where(nothing, np.nan, added)
    a, b, c, d = (cell + added for cell in cells)
    return a, b, c, d


def _moments(mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats, Floats]:
    m, s, total = (np.atleast_1d(np.asarray(value, dtype=float)) for value in (mean, sd, n))
    if np.any(s <= 0):
        raise InputError(f"an SD of {np.min(s):g}: an SD is above zero")
    if np.any(total < 2):
        raise InputError(f"{np.min(total):g} patients have no SD; a mean needs two or more")
    return m, s, total


def _finite(estimate: Floats, variance: Floats) -> Sizes:
    known = np.isfinite(estimate) & np.isfinite(variance) & (variance > 0)
    return np.where(known, estimate, np.nan), np.where(known, variance, np.nan)
