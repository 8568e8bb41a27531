"""Heart rate: the rise in beats per minute is a slope times the drive on the circulation, with the same factors as
blood pressure, because no source tells them apart. At anaesthetic levels it is far too small (published +43.5 %).
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
