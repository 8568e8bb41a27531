"""What drives mood in the default hypothesis: occupancy of NMDA receptors.

    Occ = s/(1 + s)        s' = k (b C_S/Ki_S + b C_R/Ki_R + b_n N_S/Ki_n_S + b_n N_R/Ki_n_R - s)

C and N are arterial levels of ketamine and norketamine in umol/L, b is brain over plasma, k = ln 2/half-life: a lag.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.compartments import Follower
from holdfast.model.pharmacokinetics.individual import Disposition

BINDING = "binding"


def followers(model: NamedModel, p: Disposition) -> Sequence[Follower]:
    """s of each enantiomer, without unit; s of the two adds up."""
    rate_per_h = model.rate_per_h("half_life_occupancy")
    affinity = _umol_per_l(model, "Ki_S", "Ki_R")
    weights = {"central": model.value("brain_over_plasma") / affinity / p.Vc}
    if p.Vn is not None:
        of_norketamine = _umol_per_l(model, "Ki_norketamine_S", "Ki_norketamine_R")
        weights["norketamine"] = model.value("brain_over_plasma_norketamine") / of_norketamine / p.Vn
    return (Follower(BINDING, rate_per_h, weights),)


def _umol_per_l(model: NamedModel, *symbols: str) -> NDArray[np.float64]:
    return np.array([model.value(symbol, unit="umol/L") for symbol in symbols])
