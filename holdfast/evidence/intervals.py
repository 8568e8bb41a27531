"""Intervals of published numbers: that of counted people, and whether one holds a number as far as it was printed."""

from __future__ import annotations

from holdfast.statistics.wilson import wilson_share

_ROUNDED = 0.5  # of a percent, which is printed in whole ones


def holds(low: float, high: float, value: float, unit: str | None) -> bool:
    """Does the interval hold the value? A percent may lie beyond an end by the half that rounding takes."""
    rounded = _ROUNDED if unit == "percent" else 0.0
    return low - rounded <= value <= high + rounded


def wilson_percent(events: int, n: int) -> tuple[float, float]:
    """95 % interval of a share of `n` people, 1 or more, in percent, by Wilson's score."""
    low, high = wilson_share(events, n).ends
    return 100 * low, 100 * high
