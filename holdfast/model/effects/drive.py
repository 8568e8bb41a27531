"""What acute effects see: S-equivalents of arterial ketamine at the effect site, Ceq = C_S + 0.21 C_R, in ng/mL."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.compartments import Follower
from holdfast.model.pharmacokinetics.individual import MIN_PER_H, Disposition

Values = NDArray[np.float64]
EFFECT_SITE = "effect_site"


def followers(model: NamedModel, p: Disposition) -> Sequence[Follower]:
    """The effect site of each enantiomer: it follows the arterial level, in umol/L."""
    rate_per_h = math.log(2) * MIN_PER_H / model.value("half_life_effect_site")
    return (Follower(EFFECT_SITE, rate_per_h, {"central": 1 / p.Vc}),)


def ng_per_ml_per_umol_per_l(model: NamedModel) -> Values:
    """Factors that turn levels of S and R at the effect site (umol/L) into their share of Ceq (ng/mL), shape (2,)."""
    return model.value("molar_mass_ketamine") * np.array([1.0, model.value("R_in_S_equivalents")])
