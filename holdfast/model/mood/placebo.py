"""What a score does that no drug has done: expectancy after each treatment session, and improvement under care.

    Placebo(t) = person * (sum over treatment sessions of weight * expectancy * bump(t - then)
                           + improvement * grown(t) + antidepressant * grown(t) + hospital * grown(t))
    bump(t) = (1 - 2^(-t/onset)) 2^(-t/decay)        grown(t) = 1 - 2^(-t/half-life), t from the first one

The weight of a treatment session is 1 where people know what they get. Where they do not, it is less; and where
`unblinding` is on, the felt dissociation gives part of it back. That dissociation unblinds is one hypothesis, that it
helps of itself another; data at hand cannot tell them apart, so the switch is off by default. The antidepressant is
the new one that trials of nasal esketamine begin on the first day in both arms; hospital, the relief of being admitted,
where everybody is. All numbers are assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Care:
    """How treatment is given, as far as it moves what people expect."""

    open_label: bool = True
    unblinding: bool = False  # felt dissociation tells people what they got; says nothing of open-label care
    new_antidepressant: bool = False
    hospital: bool = False


def weights(model: NamedModel, care: Care, felt_cadss: Values) -> Values:
    """Weight of each treatment session, the shape of `felt_cadss` (CADSS at its peak; NaN = not held, weight 0)."""
    held = ~np.isnan(felt_cadss)
    if care.open_label:
        return held.astype(float)
    blinded = model.value("expectancy_blinded")
    felt = np.where(held, felt_cadss, 0.0)
    believed = felt / (model.value("expectancy_CADSS50", unit="points") + felt) if care.unblinding else 0.0
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
    expected = weight @ _bump(model, times[None, :] - held[:, None])
    return _gone(model, care, person[:, None], expected, times)


class Expectancy:
    """The same, carried on from time to time: a long course need not look back at every treatment session.

    The bump is the difference of two falling exponentials, so two sums for each person hold all there is to know, and
    nobody's numbers depend on whoever else is simulated.
    """

    def __init__(self, model: NamedModel, care: Care, person: Values) -> None:
        self._model, self._care, self._person, self._at_h = model, care, person, 0.0
        self._falling, self._lagging = np.zeros((2, len(person)))
        self._rates_per_h = _rates_per_h(model)

    def at(self, time_h: float) -> Values:
        """What `placebo` gives at that time, (patients,). Times are asked for in their order, from 0."""
        for of, rate_per_h in zip((self._falling, self._lagging), self._rates_per_h, strict=True):
            of *= math.exp2(-rate_per_h * (time_h - self._at_h))
        self._at_h = time_h
        return _gone(self._model, self._care, self._person, self._falling - self._lagging, time_h)

    def held(self, who: NDArray[np.int_], weight: Values) -> None:
        """Patients `who` have a treatment session of that weight (who,) at the time last asked for."""
        self._falling[who] += weight
        self._lagging[who] += weight


def _gone(model: NamedModel, care: Care, person: Values, expected: Values, times_h: Values | float) -> Values:
    whole = person * (model.value("expectancy") * expected + _grown(model, "improvement", times_h))
    if care.new_antidepressant:
        whole += person * _grown(model, "antidepressant", times_h)
    if care.hospital:
        whole += person * _grown(model, "hospital", times_h)
    return np.clip(whole, 0.0, 1.0)


def _rates_per_h(model: NamedModel) -> tuple[float, float]:
    """Halvings in an hour of the two exponentials whose difference is the bump."""
    decay = 1 / model.value("expectancy_decay", unit="h")
    return decay, decay + 1 / model.value("expectancy_onset", unit="h")


def _bump(model: NamedModel, since_h: Values) -> Values:
    since = np.maximum(since_h, 0.0)
    onset_h, decay_h = (model.value(f"expectancy_{of}", unit="h") for of in ("onset", "decay"))
    return np.asarray(-np.expm1(-np.log(2) * since / onset_h) * np.exp2(-since / decay_h), dtype=float)


def _grown(model: NamedModel, name: str, times_h: Values | float) -> Values:
    half_life_h = model.value(f"{name}_half_life", unit="h")
    return np.asarray(-model.value(name) * np.expm1(-np.log(2) * np.maximum(times_h, 0.0) / half_life_h), dtype=float)
