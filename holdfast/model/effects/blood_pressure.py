"""Blood pressure: rises in mmHg above the reading before the dose.

    drug       SBP = Emax * drive / (EC50 + drive) * person * occasion            DBP = DBP_over_SBP * SBP
    largest    what a treatment session's largest reading has besides: anticipation, seen on placebo too, and noise

No tolerance from one treatment session to the next: two cohorts found none. Anticipation is published by age group, for
the largest of several readings; it has no course in time here, and single readings at other times have no noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects.variability import over_time
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


def rises(
    model: NamedModel, drive_ng_per_ml: Values, person: Values | float = 1.0, occasion: Values | float = 1.0
) -> tuple[Values, Values]:
    """SBP and DBP that the drug adds, mmHg, in the shape of the drive on the circulation."""
    seen = np.maximum(drive_ng_per_ml, 0.0)
    typical = model.value("SBP_Emax", unit="mmHg") * seen / (model.value("SBP_EC50", unit="ng/mL") + seen)
    sbp = typical * over_time(typical, np.asarray(person) * np.asarray(occasion))
    return sbp, model.value("DBP_over_SBP") * sbp


def anticipation(model: NamedModel, age_y: Values | float) -> tuple[Values, Values]:
    """SBP and DBP that the largest reading rises by without a drug, mmHg; 0 where the model does not speak of it."""
    if not model.has("SBP_anticipation"):
        nothing = np.zeros(np.shape(age_y))
        return nothing, nothing
    older = np.asarray(age_y) >= model.value("older_from", unit="y")

    def expected(which: str) -> Values:
        old, young = (model.value(f"{which}_anticipation{of}", unit="mmHg") for of in ("_older", ""))
        return np.where(older, old, young)

    return expected("SBP"), expected("DBP")


def largest_rises(
    model: NamedModel,
    drug: tuple[Values, Values],
    age_y: Values | float,
    noise: tuple[Values, Values],
) -> tuple[Values, Values]:
    """The largest SBP and DBP rise read in a treatment session, mmHg, from the peaks of `rises`.

    `noise` is that of `OccasionFactors`. A reading may fall: the largest rise can be below 0.
    """
    expected = anticipation(model, age_y)
    return drug[0] + expected[0] + noise[0], drug[1] + expected[1] + noise[1]
