"""Limits that are counted in treatment sessions: those which labels and trials count, from the qualification table.

The table asks in how many patients of a trial a limit is reached; a course, in how many of its treatment sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.facts import load
from holdfast.model.effects import dissociation

# What the table calls an effect → column of courses, and its words.
_EFFECTS = {
    "sbp_rise": ("sbp_rise_peak_mmhg", "SBP rise"), "sbp": ("sbp_max_mmhg", "SBP"),
    "dbp_rise": ("dbp_rise_peak_mmhg", "DBP rise"), "moaa_s": ("moaas_lowest", "MOAA/S"),
}  # fmt: skip
# Measures of the table that ask for a limit → the comparison, and its words.
_REACHED: dict[str, tuple[Callable[[Any, float], Any], str]] = {
    "patients_from": (np.greater_equal, "{name} of {limit:g} mmHg or more"),
    "patients_below": (np.less, "{name} below {limit:g}"),
}


@dataclass(frozen=True)
class Limit:
    """A limit on a column of treatment sessions; `reached` says of each value whether it is at it or beyond."""

    name: str
    column: str
    reached: Callable[[NDArray[Any]], NDArray[np.bool_]]


@cache
def limits() -> tuple[Limit, ...]:
    """Dissociation first, then each effect with the limits of the table, each limit once."""
    found = [Limit(f"CADSS above {dissociation.counted_above():g}", "cadss_peak", dissociation.above_4)]
    for effect in _EFFECTS:
        asked = {
            (row["measure"], float(row["argument"].split(";")[1])): None
            for row in load().rows("qualification")
            if row["substance"] == effect and row["measure"] in _REACHED
        }
        found += [_limit(effect, measure, limit) for measure, limit in asked]
    return tuple(found)


def _limit(effect: str, measure: str, limit: float) -> Limit:
    (column, name), (compared, words) = _EFFECTS[effect], _REACHED[measure]
    return Limit(words.format(name=name, limit=limit), column, lambda values: compared(values, limit))
