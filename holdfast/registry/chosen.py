"""Numbers that the registry's report chose and no source gives: rows of registry_choices.csv, each with why."""

from __future__ import annotations

from functools import cache

from holdfast.facts import load
from holdfast.facts.named_numbers import named_numbers


@cache
def chosen(symbol: str, unit: str = "count") -> int:
    """The number of that symbol, in `unit`."""
    (only,) = named_numbers(load(), "registry_choices", symbol, unit)
    return int(only)
