"""How people differ in acute effects, and one treatment session from the next: standard normal numbers in, factors out.

    person, occasion = exp(omega z - omega^2/2)                 factors with the mean 1; z ~ N(0, 1)
    before the dose    SBP = SBP_baseline + omega z + omega_of_day z        DBP likewise
    largest reading    SBP = drug + anticipation + noise                    DBP likewise
    DBP's z            r z_SBP + sqrt(1 - r^2) z, r = SBP_with_DBP          the two go together

A factor has the mean 1, so that the mean of many people is the typical curve. With median 1 the mean CADSS would be
half as high again. Omegas are rows of effect_parameters.csv; where a model has none, nobody
differs. Numbers are drawn elsewhere, by the names PERSON_DRAWS and OCCASION_DRAWS (`VirtualPatients.normal`,
`VirtualPatients.occasion_normal`), and come in as a function of the name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

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
class PersonFactors:
    """What stays with a person; every array has the shape of one draw, (patients,)."""

    cadss: Values  # factor on dissociation, mean 1
    circulation: Values  # factor on the rises of blood pressure and heart rate, mean 1
    sedation: Values  # added to the logit of sedation, mean 0
    sbp_baseline_mmhg: Values  # usual pressure before a dose; not a number where the model does not say
    dbp_baseline_mmhg: Values

    def take(self, who: NDArray[np.int_]) -> PersonFactors:
        """Those of some of the people."""
        return PersonFactors(*(getattr(self, field.name)[who] for field in fields(self)))


@dataclass(frozen=True)
class OccasionFactors:
    """What belongs to one treatment session."""

    cadss: Values  # factor, mean 1
    cadss_rating: Values  # error of the rating, points
    circulation: Values  # factor, mean 1
    sbp_noise_mmhg: Values  # of the largest rise that is read
    dbp_noise_mmhg: Values
    sbp_of_day_mmhg: Values  # pressure before the dose, less the person's usual one
    dbp_of_day_mmhg: Values
    sedation: Values  # uniform between 0 and 1: the place of this treatment session among all that could be

    def take(self, who: NDArray[np.int_]) -> OccasionFactors:
        """Those of some of the people."""
        return OccasionFactors(*(getattr(self, field.name)[who] for field in fields(self)))


def person_factors(model: NamedModel, normal: Normal) -> PersonFactors:
    """People from their standard normal numbers by name, each of PERSON_DRAWS."""
    sbp = normal("SBP_baseline")
    return PersonFactors(
        cadss=factor(normal("CADSS_person"), spread(model, "CADSS_person", "omega", "SD log")),
        circulation=factor(normal("SBP_person"), spread(model, "SBP_person", "omega", "SD log")),
        sedation=spread(model, "sedation_person", "omega", "SD logit") * normal("sedation_person"),
        sbp_baseline_mmhg=_typical_mmhg(model, "SBP_baseline")
        + spread(model, "SBP_baseline", "omega", "SD mmHg") * sbp,
        dbp_baseline_mmhg=_typical_mmhg(model, "DBP_baseline")
        + spread(model, "DBP_baseline", "omega", "SD mmHg") * _together(model, sbp, normal("DBP_baseline")),
    )


def occasion_factors(model: NamedModel, normal: Normal) -> OccasionFactors:
    """One treatment session of each person, from that occasion's standard normal numbers, each of OCCASION_DRAWS."""
    noise, of_day = normal("SBP_noise"), normal("SBP_of_day")
    return OccasionFactors(
        cadss=factor(normal("CADSS_occasion"), spread(model, "CADSS_occasion", "occasion_omega", "SD log")),
        cadss_rating=spread(model, "CADSS_rating", "sigma", "SD points") * normal("CADSS_rating"),
        circulation=factor(normal("SBP_occasion"), spread(model, "SBP_occasion", "occasion_omega", "SD log")),
        sbp_noise_mmhg=spread(model, "SBP_noise", "sigma", "SD mmHg") * noise,
        dbp_noise_mmhg=spread(model, "DBP_noise", "sigma", "SD mmHg") * _together(model, noise, normal("DBP_noise")),
        sbp_of_day_mmhg=spread(model, "SBP_of_day", "occasion_omega", "SD mmHg") * of_day,
        dbp_of_day_mmhg=spread(model, "DBP_of_day", "occasion_omega", "SD mmHg")
        * _together(model, of_day, normal("DBP_of_day")),
        sedation=np.asarray(ndtr(normal("sedation_place")), dtype=float),
    )


def spread(model: NamedModel, symbol: str, kind: str, unit: str) -> float:
    """An SD of the table in `unit`, such as SD log; 0 where the model has no such variability."""
    return model.value(symbol, kind, unit=unit) if model.has(symbol, kind) else 0.0


def over_time(drive: Values, values: Values | float) -> Values:
    """Values of shape (patients,) beside a drive of (patients,) or (patients, times)."""
    given = np.asarray(values, dtype=float)
    return given if given.ndim == 0 else given.reshape(*given.shape, *[1] * (np.ndim(drive) - given.ndim))


def _typical_mmhg(model: NamedModel, symbol: str) -> float:
    """Unknown where the model does not say it: not a number, and not 0."""
    return model.value(symbol, unit="mmHg") if model.has(symbol) else math.nan


def _together(model: NamedModel, sbp: Values, own: Values) -> Values:
    """Normal numbers of the diastolic pressure, from its own and those of the systolic one, with which it goes."""
    share = model.value("SBP_with_DBP") if model.has("SBP_with_DBP") else 0.0
    return share * sbp + math.sqrt(1 - share**2) * own
