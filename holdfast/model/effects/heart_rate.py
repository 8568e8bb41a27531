"""Heart rate: the rise in beats per minute.

    HR = slope * drive * person * occasion

Drive and factors are those of blood pressure, because no source tells them apart.

It has no ceiling, because none can be had from what is published: +1.9 bpm after 0.5 mg/kg (pk167), to which the slope
was fitted, and +43.5 % while 1,959 ng/mL of S-ketamine is held (pk171). The slope gives 14 bpm there, less than 43.5 %
of any resting rate above 33 bpm: the curve bends upwards, if at all. Above that level nothing was read, and doses
beyond those fitted are flagged (pharmacokinetics/fitted_range.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects.variability import over_time
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


def rise(
    model: NamedModel, drive_ng_per_ml: Values, person: Values | float = 1.0, occasion: Values | float = 1.0
) -> Values:
    """Rise of heart rate in bpm, in the shape of the drive on the circulation."""
    typical = model.value("HR_slope", unit="bpm/(ng/mL)") * np.maximum(drive_ng_per_ml, 0.0)
    return typical * over_time(typical, np.asarray(person) * np.asarray(occasion))
