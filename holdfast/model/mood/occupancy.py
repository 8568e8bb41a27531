"""What drives mood in the default hypothesis: occupancy of NMDA receptors, Occ = s/(1 + s).

s is the sum over S and R of brain_over_plasma * c/Ki, ketamine and norketamine, arterial levels in umol/L, with a lag.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.compartments import Follower
from holdfast.model.pharmacokinetics.individual import Disposition
from holdfast.units import MIN_PER_H

BINDING = "binding"


def followers(model: NamedModel, p: Disposition) -> Sequence[Follower]:
    """s of each enantiomer, without unit; s of the two adds up."""
    rate_per_h = math.log(2) * MIN_PER_H / model.value("half_life_occupancy", unit="min")
    affinity = _umol_per_l(model, "Ki_S", "Ki_R")
    weights = {"central": model.value("brain_over_plasma") / affinity / p.Vc}
    if p.Vn is not None:
        of_norketamine = _umol_per_l(model, "Ki_norketamine_S", "Ki_norketamine_R")
        weights["norketamine"] = model.value("brain_over_plasma_norketamine") / of_norketamine / p.Vn
    return (Follower(BINDING, rate_per_h, weights),)


def _umol_per_l(model: NamedModel, *symbols: str) -> NDArray[np.float64]:
    return np.array([model.value(symbol, unit="umol/L") for symbol in symbols])
