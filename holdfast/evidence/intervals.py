"""Whether an interval holds a published number, as far as it was printed: one rule, for every table and report."""

from __future__ import annotations

_ROUNDED = 0.5  # of a percent, which is printed in whole ones


def holds(low: float, high: float, value: float, unit: str | None) -> bool:
    """Does the interval hold the value? A percent may lie beyond an end by the half that rounding takes."""
    rounded = _ROUNDED if unit == "percent" else 0.0
    return low - rounded <= value <= high + rounded
