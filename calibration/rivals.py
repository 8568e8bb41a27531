"""Where the rival hypotheses get their one free number: the same typical effect at one time after one dose.

HNK50 has no source. It is set so that 24 h after 0.5 mg/kg of racemate by vein over 40 min the typical person has the
effect of the default hypothesis: rivals then differ in time course, dose and drug, and not by how strong they were
made. The table holds the answer; `matched_half_level` finds it anew, and a test compares the two.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from holdfast.model.mood.score import removed
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.qualification.typical_person import typical_course
from holdfast.units import MIN_PER_H

RIVAL = "hnk-driven"
AT_H = 24.0
DOSE = Dose("ketamine", "iv", 0.0, dose_mg_per_kg=0.5, duration_h=40 / MIN_PER_H)
_BETWEEN_UMOL_PER_L = (1e-4, 10.0)


def matched_half_level(model: NamedModel) -> float:
    """HNK50 in umol/L at which both hypotheses have the same effect at `AT_H`."""
    given = regimen([DOSE])
    target = removed(model, typical_course(model, given, [AT_H])).item()

    def too_much(level: float) -> float:
        own = {"HNK50": np.array([level])}
        return removed(model, typical_course(model, given, [AT_H], hypothesis=RIVAL, own=own)).item() - target

    return float(brentq(too_much, *_BETWEEN_UMOL_PER_L))
