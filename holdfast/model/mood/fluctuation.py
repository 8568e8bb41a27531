"""The natural ups and downs of mood: a process that returns to its mean (Ornstein-Uhlenbeck), solved exactly.

    x(t + gap) = x(t) e^(-gap/tau) + SD sqrt(1 - e^(-2 gap/tau)) draw

Points of MADRS around what drug and care would give. It starts anywhere in its stationary spread, so no time is
special, and a gap may have any length: two steps and their sum follow the same law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


def start(model: NamedModel, draws: Values) -> Values:
    """Points at the first time, from standard normal draws of the same shape."""
    return model.value("fluctuation", "sigma", unit="SD points") * draws


def carried(model: NamedModel, points: Values, gap_h: ArrayLike, draws: Values) -> Values:
    """Points `gap_h` later; a gap of 0 changes nothing."""
    rate_per_h = np.log(2) / model.value("fluctuation_half_life", unit="h")
    exponent = -rate_per_h * np.asarray(gap_h, dtype=float)
    fresh = np.sqrt(-np.expm1(2.0 * exponent))
    return np.asarray(points * np.exp(exponent) + start(model, draws) * fresh, dtype=float)


def path(model: NamedModel, times_h: ArrayLike, draws: Values) -> Values:
    """Points at the rising `times_h`, shape (patients, times), from standard normal draws of that shape."""
    gaps_h = np.diff(np.asarray(times_h, dtype=float))
    made = np.empty_like(draws, dtype=float)
    if draws.shape[1]:
        made[:, 0] = start(model, draws[:, 0])
    for place, gap_h in enumerate(gaps_h, start=1):
        made[:, place] = carried(model, made[:, place - 1], gap_h, draws[:, place])
    return made
