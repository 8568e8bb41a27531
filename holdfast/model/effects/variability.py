"""How people differ in acute effects, and one treatment session from the next: standard normal numbers in, factors out.

A factor is exp(omega z - omega^2/2): its mean is 1, so that the mean of many people is the typical curve. With median 1
the mean CADSS would be half as high again. Omegas are rows of effect_parameters.csv; where a model has none, nobody
differs. Numbers are drawn elsewhere, by the names PERSON_DRAWS and OCCASION_DRAWS (`VirtualPatients.normal`,
`VirtualPatients.occasion_normal`), and come in as a function of the name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from holdfast.model.named_models import NamedModel
from holdfast.model.population.distributions import factor

Values = NDArray[np.float64]
Normal = Callable[[str], Values]
PERSON_DRAWS = ("CADSS_person", "SBP_person", "sedation_person", "SBP_baseline", "DBP_baseline")
OCCASION_DRAWS = (
    "CADSS_occasion", "CADSS_rating", "SBP_occasion", "SBP_noise", "DBP_noise",
    "SBP_of_day", "DBP_of_day", "sedation_place",
)  # fmt: skip


@dataclass(frozen=True)
class People:
    """What stays with a person; every array has the shape of one draw, (patients,)."""

    cadss: Values  # factor on dissociation, mean 1
    circulation: Values  # factor on the rises of blood pressure and heart rate, mean 1
    sedation: Values  # added to the logit of sedation, mean 0
    sbp_baseline_mmhg: Values  # usual pressure before a dose; not a number where the model does not say
    dbp_baseline_mmhg: Values


@dataclass(frozen=True)
class Occasions:
    """What belongs to one treatment session."""

    cadss: Values  # factor, mean 1
    cadss_rating: Values  # error of the rating, points
    circulation: Values  # factor, mean 1
    sbp_noise_mmhg: Values  # of the largest rise that is read
    dbp_noise_mmhg: Values
    sbp_of_day_mmhg: Values  # pressure before the dose, less the person's usual one
    dbp_of_day_mmhg: Values
    sedation: Values  # uniform between 0 and 1: the place of this treatment session among all that could be


def people(model: NamedModel, normal: Normal) -> People:
    """People from their standard normal numbers by name, each of PERSON_DRAWS."""
    sbp = normal("SBP_baseline")
    return People(
        cadss=factor(normal("CADSS_person"), spread(model, "CADSS_person", "omega")),
        circulation=factor(normal("SBP_person"), spread(model, "SBP_person", "omega")),
        sedation=spread(model, "sedation_person", "omega") * normal("sedation_person"),
        sbp_baseline_mmhg=_typical(model, "SBP_baseline") + spread(model, "SBP_baseline", "omega") * sbp,
        dbp_baseline_mmhg=_typical(model, "DBP_baseline")
        + spread(model, "DBP_baseline", "omega") * _together(model, sbp, normal("DBP_baseline")),
    )


def occasions(model: NamedModel, normal: Normal) -> Occasions:
    """One treatment session of each person, from that occasion's standard normal numbers, each of OCCASION_DRAWS."""
    noise, of_day = normal("SBP_noise"), normal("SBP_of_day")
    return Occasions(
        cadss=factor(normal("CADSS_occasion"), spread(model, "CADSS_occasion", "occasion_omega")),
        cadss_rating=spread(model, "CADSS_rating", "sigma") * normal("CADSS_rating"),
        circulation=factor(normal("SBP_occasion"), spread(model, "SBP_occasion", "occasion_omega")),
        sbp_noise_mmhg=spread(model, "SBP_noise", "sigma") * noise,
        dbp_noise_mmhg=spread(model, "DBP_noise", "sigma") * _together(model, noise, normal("DBP_noise")),
        sbp_of_day_mmhg=spread(model, "SBP_of_day", "occasion_omega") * of_day,
        dbp_of_day_mmhg=spread(model, "DBP_of_day", "occasion_omega") * _together(model, of_day, normal("DBP_of_day")),
        sedation=np.asarray(ndtr(normal("sedation_place")), dtype=float),
    )


def spread(model: NamedModel, symbol: str, kind: str) -> float:
    """An SD of the table; 0 where the model has no such variability."""
    return model.value(symbol, kind) if model.has(symbol, kind) else 0.0


def over_time(drive: Values, values: Values | float) -> Values:
    """Values of shape (patients,) beside a drive of (patients,) or (patients, times)."""
    given = np.asarray(values, dtype=float)
    return given if given.ndim == 0 else given.reshape(*given.shape, *[1] * (np.ndim(drive) - given.ndim))


def _typical(model: NamedModel, symbol: str) -> float:
    """Unknown where the model does not say it: not a number, and not 0."""
    return model.value(symbol) if model.has(symbol) else math.nan


def _together(model: NamedModel, sbp: Values, own: Values) -> Values:
    """Normal numbers of the diastolic pressure, from its own and those of the systolic one, with which it goes."""
    share = model.value("SBP_with_DBP") if model.has("SBP_with_DBP") else 0.0
    return share * sbp + math.sqrt(1 - share**2) * own
