"""Numbers a study did not print, worked out of those it did; each says how, so that a reader can do it again.

Formulas: Cochrane Handbook, chapter 6 (SD from SE, interval or p value; SD of a change; groups combined).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from holdfast.errors import InputError

_LOPSIDED = 0.05  # of the width: more than rounding does


@dataclass(frozen=True)
class Derived:
    """A value and the sentence that tells its origin."""

    value: float
    how: str


def sd_from_standard_error(se: float, n: float) -> Derived:
    """SD of one arm from the SE of its mean."""
    _above_zero(se, "SE")
    _patients(n)
    return Derived(se * math.sqrt(n), f"SD from SE {se:g} times the root of n {n:g}")


def sd_from_interval(low: float, high: float, n: float, level: float = 0.95) -> Derived:
    """SD of one arm from the interval of its mean, by Student's t with n - 1 degrees of freedom."""
    _patients(n)
    half = _half_width(low, high)
    t = float(stdtrit(n - 1, (1 + level) / 2))
    return Derived(
        half / t * math.sqrt(n), f"SD from the {level:.0%} interval {low:g} to {high:g}, t with {n - 1:g} df"
    )


def sd_from_p_value(mean_change: float, p: float, n: float) -> Derived:
    """SD of the change of one arm from the two-sided p value of a paired t test."""
    _patients(n)
    t = float(stdtrit(n - 1, 1 - _probability(p) / 2))
    if mean_change == 0 or t == 0:
        raise InputError("a change of 0, or a p value of 1, tells no SD")
    return Derived(abs(mean_change) / t * math.sqrt(n), f"SD of change from the paired p value {p:g}, {n - 1:g} df")


def sd_of_change(sd_before: float, sd_after: float, correlation: float) -> Derived:
    """SD of the change from the SDs before and after and a stated correlation of the two."""
    _above_zero(sd_before, "SD before")
    _above_zero(sd_after, "SD after")
    if not -1 <= correlation <= 1:
        raise InputError(f"a correlation of {correlation:g}: it lies from -1 to 1")
    variance = sd_before**2 + sd_after**2 - 2 * correlation * sd_before * sd_after
    if variance <= 0:
        raise InputError("SDs before and after are equal and their correlation is 1: the change would not vary")
    how = f"SD of change from SD {sd_before:g} before, {sd_after:g} after and an assumed correlation of {correlation:g}"
    return Derived(math.sqrt(variance), how)


def correlation_from_sds(sd_before: float, sd_after: float, sd_change: float) -> Derived:
    """Correlation of before and after from the SDs of a study that printed all three, to lend to one that did not."""
    for value, name in ((sd_before, "SD before"), (sd_after, "SD after"), (sd_change, "SD of change")):
        _above_zero(value, name)
    r = (sd_before**2 + sd_after**2 - sd_change**2) / (2 * sd_before * sd_after)
    if not -1 <= r <= 1:
        raise InputError(f"SDs {sd_before:g}, {sd_after:g} and {sd_change:g} of change cannot be of the same patients")
    return Derived(r, f"correlation from SDs {sd_before:g} before, {sd_after:g} after, {sd_change:g} of change")


def se_from_interval(estimate: float, low: float, high: float, *, ratio: bool = False, level: float = 0.95) -> Derived:
    """SE of a reported contrast from its interval, by the normal quantile; of a ratio, on the log scale.

    The sentence says so where the interval is lopsided around the estimate.
    """
    if ratio and min(estimate, low, high) <= 0:
        raise InputError(f"a ratio of {estimate:g} ({low:g} to {high:g}): ratios and their limits are above zero")
    if not low <= estimate <= high:
        raise InputError(f"the estimate {estimate:g} lies outside its interval {low:g} to {high:g}")
    middle, lower, upper = (math.log(x) if ratio else x for x in (estimate, low, high))
    half = _half_width(lower, upper)
    how = f"SE from the {level:.0%} interval {low:g} to {high:g}{' on the log scale' if ratio else ''}"
    if abs(lower + upper - 2 * middle) > 2 * _LOPSIDED * half:
        how += ", which is lopsided around the estimate"
    return Derived(half / float(ndtri((1 + level) / 2)), how)


def se_from_p_value(estimate: float, p: float) -> Derived:
    """SE of a reported contrast (of a ratio: its logarithm) from its two-sided p value, by the normal quantile."""
    z = float(ndtri(1 - _probability(p) / 2))
    if estimate == 0 or z == 0:
        raise InputError("an estimate of 0, or a p value of 1, tells no SE")
    return Derived(abs(estimate) / z, f"SE from the p value {p:g}")


def events_from_percent(percent: float, n: float) -> Derived:
    """Count behind a printed percent. Raises `InputError` where no count of `n` is within half a point of it."""
    if not 0 <= percent <= 100:
        raise InputError(f"{percent:g} percent: it lies from 0 to 100")
    events = round(percent * n / 100)
    if abs(100 * events / n - percent) > 0.5:
        raise InputError(f"{percent:g} percent cannot be had of {n:g} patients: the nearest is {100 * events / n:.1f}")
    return Derived(float(events), f"events {events} from {percent:g} percent of {n:g}")


def combined_arms(n: Sequence[float], means: Sequence[float], sds: Sequence[float]) -> tuple[float, float, float]:
    """Patients, mean and SD of several arms taken as one group."""
    sizes, centres, spreads = (np.asarray(x, dtype=float) for x in (n, means, sds))
    total = sizes.sum()
    mean = float(np.sum(sizes * centres) / total)
    squares = np.sum((sizes - 1) * spreads**2) + np.sum(sizes * (centres - mean) ** 2)
    return float(total), mean, float(np.sqrt(squares / (total - 1)))


def _half_width(low: float, high: float) -> float:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"the interval {low:g} to {high:g}: its lower limit must lie below its upper")
    return (high - low) / 2


def _patients(n: float) -> None:
    if not n >= 2:
        raise InputError(f"{n:g} patients have no SD; a mean needs two or more")


def _above_zero(value: float, name: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{name} {value:g}: it must be above zero")


def _probability(p: float) -> float:
    if not 0 < p <= 1:
        raise InputError(f"a p value of {p:g}: it lies above 0 and up to 1")
    return p
