"""Scales on which effects are pooled, and how they lead back to what a reader knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis import effect_sizes as sizes


@dataclass(frozen=True)
class Measure:
    """`of` is counts or points; `null` is no effect, on the scale of the reader, None for single arms."""

    key: str
    words: str
    of: str
    estimand: str
    null: float | None
    back: Callable[[float, float], float]  # value on the pooled scale, harmonic mean of n
    unit: str = ""

    @property
    def logarithmic(self) -> bool:
        return self.key in ("or", "rr")


def _same(value: float, n: float) -> float:
    return float(value)


def _exp(value: float, n: float) -> float:
    with np.errstate(over="ignore"):  # a limit beyond every number is infinite, and told as open
        return float(np.exp(value))


def _percent(value: float, n: float) -> float:
    return 100 * float(value)


def _logit(value: float, n: float) -> float:
    return 100 * float(sizes.proportion_from_logit(value))


def _arcsine(value: float, n: float) -> float:
    return 100 * float(sizes.proportion_from_double_arcsine(value, n))


MEASURES = {
    m.key: m
    for m in (
        Measure("or", "odds ratio", "counts", "contrast", 1.0, _exp),
        Measure("rr", "risk ratio", "counts", "contrast", 1.0, _exp),
        Measure("rd", "risk difference", "counts", "contrast", 0.0, _percent, "percentage points"),
        Measure("md", "mean difference", "points", "contrast", 0.0, _same, "points"),
        Measure("smd", "standardised mean difference (Hedges g)", "points", "contrast", 0.0, _same, "SD"),
        Measure("logit", "proportion", "counts", "arm", None, _logit, "%"),
        Measure("ft", "proportion (double arcsine)", "counts", "arm", None, _arcsine, "%"),
        Measure("mean", "mean change", "points", "arm", None, _same, "points"),
    )
}


def measure(key: str, estimand: str, of: str) -> Measure:
    """The measure asked for, or the usual one of its kind. Raises `InputError` where it does not fit the question."""
    fitting = [m.key for m in MEASURES.values() if m.estimand == estimand and m.of == of]
    key = key or fitting[0]
    if key not in fitting:
        raise InputError(f"the measure {key!r} does not fit {of} of the estimand {estimand}; use {', '.join(fitting)}")
    return MEASURES[key]
