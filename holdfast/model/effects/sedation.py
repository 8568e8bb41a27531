"""Sedation: the MOAA/S level, 5 awake to 0 no response, by an ordinal logit on the drive on the mind.

    logit P(level < k) = gamma * ln(drive / EC50_k) + person            EC50_k = EC50 * step^(5 - k),  k = 5 ... 1

Without drug nobody is sedated. A treatment session has one place among all that could be (a uniform number): the
level reached is the lowest k whose probability that place is under, so a deeper drive never wakes anybody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from holdfast.model.effects.variability import over_time
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]
AWAKE = 5


def probability_below(
    model: NamedModel, drive_ng_per_ml: Values, person: Values | float = 0.0, level: int = AWAKE
) -> Values:
    """Probability that MOAA/S is below `level` (1 to 5), in the shape of the drive; `person` is added to the logit."""
    seen = np.maximum(drive_ng_per_ml, 0.0)
    half = model.value("sedation_EC50", unit="ng/mL") * model.value("sedation_step") ** (AWAKE - level)
    with np.errstate(divide="ignore"):
        depth = model.value("sedation_gamma") * np.log(seen / half)  # -inf without drug: probability 0
    return np.asarray(expit(depth + over_time(seen, person)), dtype=float)


def lowest_score(model: NamedModel, largest_drive_ng_per_ml: Values, person: Values | float, place: Values) -> Values:
    """The lowest MOAA/S of a treatment session, from its largest drive and `place` (`OccasionFactors.sedation`)."""
    score = np.full(np.broadcast_shapes(np.shape(largest_drive_ng_per_ml), np.shape(place)), float(AWAKE))
    for level in range(AWAKE, 0, -1):
        score -= place < probability_below(model, largest_drive_ng_per_ml, person, level)
    return score
