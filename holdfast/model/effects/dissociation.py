"""Dissociation: CADSS total in points.

    CADSS = Emax * drive^gamma / (EC50^gamma + drive^gamma) * person * occasion * max(least, per_session^(n - 1))

The last factor is what repetition leaves in the n-th treatment session. It is assumed: dissociation was seen to become
rarer after the first week, and no mean CADSS by session was found.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.facts.scale_names import scale_document
from holdfast.model.effects.variability import over_time
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]
SCALE = "cadss"


def cadss(
    model: NamedModel,
    drive_ng_per_ml: Values,
    person: Values | float = 1.0,
    occasion: Values | float = 1.0,
    number: Values | int = 1,
) -> Values:
    """CADSS without error of rating, at most the scale's highest total, in the shape of the drive on the mind.

    `person` and `occasion` are factors, (patients,); `number` counts treatment sessions from 1, (patients,) or one.
    """
    gamma, half_ng_per_ml = model.value("CADSS_gamma"), model.value("CADSS_EC50", unit="ng/mL")
    seen = np.maximum(drive_ng_per_ml, 0.0) ** gamma
    typical = model.value("CADSS_Emax", unit="points") * seen / (half_ng_per_ml**gamma + seen)
    factors = np.asarray(person) * np.asarray(occasion) * repetition(model, number)
    return np.minimum(typical * over_time(typical, factors), most_points())


def repetition(model: NamedModel, number: Values | int) -> Values:
    """What earlier treatment sessions leave of dissociation in the n-th, n counted from 1."""
    return np.maximum(model.value("CADSS_least"), model.value("CADSS_per_session") ** (np.asarray(number) - 1.0))


def rated(expected: Values, error: Values) -> Values:
    """The total a rater writes down: with an error of rating, never outside the scale, a whole number of points."""
    return np.rint(np.clip(expected + over_time(expected, error), 0.0, most_points()))


def above_4(total: Values) -> NDArray[np.bool_]:
    """Is a rated total one that trials count as dissociation? Never ask it of a total without rating.

    The cut is row `above-4` of the scale's document: above 4, so 5 points or more.
    """
    return np.asarray(total > counted_above(), dtype=np.bool_)


@cache
def counted_above() -> float:
    """The total above which trials count dissociation."""
    (cut,) = [row for row in scale_document(SCALE).sections["cut"] if row["key"] == "above-4"]
    return float(cut["value"][0])


@cache
def most_points() -> float:
    """The highest total of the scale."""
    return float(scale_document(SCALE).header["total_max"])
