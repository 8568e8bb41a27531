"""The chain from drive to effects in one treatment session: as they stand at any time, and as read at their peaks.

`acting` is what the drug does: a drive of any time in, effects of that time out. `read_at_peaks` is what raters and
cuffs make of the largest drives: error of rating, anticipation and noise come in, whole points come out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects import blood_pressure, dissociation, heart_rate, sedation
from holdfast.model.effects.variability import OccasionFactors, PersonFactors
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Drives:
    """What effects see, ng/mL, shape (patients,) or (patients, times)."""

    mind: Values
    circulation: Values


@dataclass(frozen=True)
class Acting:
    """Effects of the drug alone, in the shape of the drives; sedation is not a number where the model has none."""

    cadss: Values  # without error of rating
    sbp_rise_mmhg: Values
    dbp_rise_mmhg: Values
    hr_rise_bpm: Values
    sedation_probability: Values  # of MOAA/S below 5


@dataclass(frozen=True)
class Read:
    """What is read at the peaks of a treatment session, shape (patients,); not a number where the model has none."""

    cadss: Values  # whole points
    sbp_rise_mmhg: Values
    dbp_rise_mmhg: Values
    sbp_mmhg: Values
    moaa_s: Values  # the lowest level


def has_sedation(model: NamedModel) -> bool:
    """Does the model describe sedation?"""
    return model.has("sedation_EC50")


def acting(
    model: NamedModel, seen: Drives, person: PersonFactors, occasion: OccasionFactors, number: Values | int
) -> Acting:
    """Effects at these drives; `number` counts treatment sessions from 1, (patients,) or one for all."""
    sbp, dbp = blood_pressure.rises(model, seen.circulation, person.circulation, occasion.circulation)
    return Acting(
        cadss=dissociation.cadss(model, seen.mind, person.cadss, occasion.cadss, number),
        sbp_rise_mmhg=sbp,
        dbp_rise_mmhg=dbp,
        hr_rise_bpm=heart_rate.rise(model, seen.circulation, person.circulation, occasion.circulation),
        sedation_probability=(
            sedation.probability_below(model, seen.mind, person.sedation)
            if has_sedation(model)
            else np.full(np.shape(seen.mind), np.nan)
        ),
    )


def pressure_before(person: PersonFactors, occasion: OccasionFactors) -> tuple[Values, Values]:
    """SBP and DBP before the dose, mmHg; not a number where the model has none."""
    return person.sbp_baseline_mmhg + occasion.sbp_of_day_mmhg, person.dbp_baseline_mmhg + occasion.dbp_of_day_mmhg


def read_at_peaks(
    model: NamedModel, largest: Drives, peak: Acting, person: PersonFactors, occasion: OccasionFactors, age_y: Values
) -> Read:
    """What is read of `peak`, the effects `acting` at the largest drives, shape (patients,)."""
    noise = occasion.sbp_noise_mmhg, occasion.dbp_noise_mmhg
    sbp, dbp = blood_pressure.largest_rises(model, (peak.sbp_rise_mmhg, peak.dbp_rise_mmhg), age_y, noise)
    return Read(
        cadss=dissociation.rated(peak.cadss, occasion.cadss_rating),
        sbp_rise_mmhg=sbp,
        dbp_rise_mmhg=dbp,
        sbp_mmhg=pressure_before(person, occasion)[0] + sbp,
        moaa_s=(
            sedation.lowest_score(model, largest.mind, person.sedation, occasion.sedation)
            if has_sedation(model)
            else np.full(np.shape(largest.mind), np.nan)
        ),
    )
