"""Where the rival hypotheses get their one free number: the same typical effect at one time after one dose.

HNK50 has no source. It is set so that 24 h after 0.5 mg/kg of racemate by vein over 40 min the typical person has the
effect of the default hypothesis: rivals then differ in time course, dose and drug, and not by how strong they were
made. The table holds the answer; `matched_half_level` finds it anew, and a test compares the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from holdfast.model.assembly import equations
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.laws import DEFAULT_HYPOTHESIS
from holdfast.model.mood.score import LEVELS, removed
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import MIN_PER_H, dispositions

Values = NDArray[np.float64]
RIVAL = "hnk-driven"
AT_H = 24.0
DOSE = Dose("ketamine", "iv", 0.0, dose_mg_per_kg=0.5, duration_h=40 / MIN_PER_H)
_BETWEEN_UMOL_PER_L = (1e-4, 10.0)


def matched_half_level(model: NamedModel) -> float:
    """HNK50 in umol/L at which both hypotheses have the same effect at `AT_H`."""
    target = _removed(model, DEFAULT_HYPOTHESIS, {})
    return float(
        brentq(lambda level: _removed(model, RIVAL, {"HNK50": np.array([level])}) - target, *_BETWEEN_UMOL_PER_L)
    )


def _removed(model: NamedModel, hypothesis: str, own: dict[str, Values]) -> float:
    given_to, given = covariates(), regimen([DOSE])
    put_in = inputs(model, given, given_to)
    whole = equations(
        model, dispositions(model, given_to, given.routes), put_in.ka_per_h, hypothesis=hypothesis, mood=own
    )
    stretch, amounts = stretch_of(put_in, AT_H, (AT_H,))
    read = PlainSolver(whole).advance(stretch, amounts)[0, 0]
    return float(removed(model, {name: read[whole.output_names.index(name)] for name in LEVELS}))
