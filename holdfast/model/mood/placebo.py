"""What a score does that no drug has done: expectancy after each treatment session, and improvement under care.

    Placebo(t) = person * (sum over treatment sessions of weight * expectancy * bump(t - then)
                           + improvement * grown(t) + antidepressant * grown(t))
    bump(t) = (1 - 2^(-t/onset)) 2^(-t/decay)        grown(t) = 1 - 2^(-t/half-life), t from the first one

The weight of a treatment session is 1 where people know what they get. Where they do not, it is less; and where
`unblinding` is on, the felt dissociation gives part of it back. That dissociation unblinds is one hypothesis, that it
helps of itself another; data at hand cannot tell them apart, so the switch is off by default. The antidepressant is
the new one that trials of nasal esketamine begin on the first day in both arms. All numbers are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.units import convert

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Care:
    """How treatment is given, as far as it moves what people expect."""

    open_label: bool = True
    unblinding: bool = False  # felt dissociation tells people what they got; says nothing of open-label care
    new_antidepressant: bool = False


def weights(model: NamedModel, care: Care, felt_cadss: Values) -> Values:
    """Weight of each treatment session, the shape of `felt_cadss` (CADSS at its peak; NaN = not held, weight 0)."""
    held = ~np.isnan(felt_cadss)
    if care.open_label:
        return held.astype(float)
    blinded = model.value("expectancy_blinded")
    felt = np.where(held, felt_cadss, 0.0)
    believed = felt / (model.value("expectancy_CADSS50") + felt) if care.unblinding else 0.0
    return np.where(held, blinded + (1.0 - blinded) * believed, 0.0)


def placebo(
    model: NamedModel, care: Care, person: Values, times_h: ArrayLike, held_h: ArrayLike, weight: Values
) -> Values:
    """Share of the score that is gone without any effect of drug, between 0 and 1, shape (patients, times).

    `person` (patients,) is the factor of each one. `held_h` (treatment sessions,) are the times at which anyone had a
    treatment session, in h from the first; `weight` (patients, treatment sessions) is 0 for those who had none.
    Raises `InputError` where the shapes do not fit.
    """
    times, held = np.asarray(times_h, dtype=float), np.asarray(held_h, dtype=float)
    if weight.shape != (len(person), len(held)):
        raise InputError(f"weights of shape {weight.shape} do not fit {len(person)} patients and {len(held)} times")
    expected = model.value("expectancy") * weight @ _bump(model, times[None, :] - held[:, None])
    whole = person[:, None] * (expected + _grown(model, "improvement", times))
    if care.new_antidepressant:
        whole += person[:, None] * _grown(model, "antidepressant", times)
    return np.clip(whole, 0.0, 1.0)


def _bump(model: NamedModel, since_h: Values) -> Values:
    since = np.maximum(since_h, 0.0)
    onset_h, decay_h = model.value("expectancy_onset"), model.value("expectancy_decay")
    return np.asarray(-np.expm1(-np.log(2) * since / onset_h) * np.exp2(-since / decay_h), dtype=float)


def _grown(model: NamedModel, name: str, times_h: Values) -> Values:
    half_life_h = convert(model.value(f"{name}_half_life"), "d", "h")
    return np.asarray(-model.value(name) * np.expm1(-np.log(2) * np.maximum(times_h, 0.0) / half_life_h), dtype=float)
