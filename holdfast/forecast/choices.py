"""What forecasts hold to and no source gives, from forecast_choices.csv. Plain values, no NumPy."""

from __future__ import annotations

from functools import cache

from holdfast.facts import load
from holdfast.facts.named_numbers import named_numbers


@cache
def choices(symbol: str, unit: str) -> tuple[float, ...]:
    """The numbers of that symbol in forecast_choices.csv, in `unit`. Raises as `named_numbers` does."""
    return named_numbers(load(), "forecast_choices", symbol, unit)


def choice(symbol: str, unit: str) -> float:
    """The number of a symbol that has one."""
    (only,) = choices(symbol, unit)
    return only
