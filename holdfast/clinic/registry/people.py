"""Who is treated, in bands: what a course's row says of its person."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from holdfast.clinic.courses.models import Course, Evaluation
from holdfast.clinic.patients.models import Patient
from holdfast.days import age_on
from holdfast.eligibility import failed_trials, read_evaluation
from holdfast.errors import HoldfastError
from holdfast.registry.common_model import AGE_BANDS, FAILED_TRIALS, SEXES

UNKNOWN = "unknown"


def person_columns(course: Course, evaluation: Evaluation | None, zero: dt.date | int) -> dict[str, str]:
    """Sex, age band and failed trials as the common data model has them."""
    patient = course.patient
    return {
        "sex": patient.sex if patient.sex in SEXES else UNKNOWN,
        "age_band": age_band(_age_y(patient, zero)),
        "failed_trials": UNKNOWN if evaluation is None else failed_band(evaluation.given),
    }


def age_band(age_y: float | None) -> str:
    """The band of an age; unknown below the first band, for nobody younger is treated."""
    if age_y is None:
        return UNKNOWN
    lows = {band: int(band[:2]) for band in AGE_BANDS if band[:2].isdigit()}
    return max((band for band, low in lows.items() if age_y >= low), key=lows.__getitem__, default=UNKNOWN)


def failed_band(given: dict[str, Any]) -> str:
    """How many adequate trials failed, by the rules of today; unknown where a trial could still count either way."""
    try:
        read = read_evaluation(given.get("evaluation"), given.get("trials"))
    except HoldfastError:  # an evaluation from before a question changed
        return UNKNOWN
    trials = read.history().trials
    if trials is None:
        return UNKNOWN
    judged = failed_trials(trials)
    low, high = len(judged.drugs), len(judged.drugs_at_most)
    return band_of_count(low) if band_of_count(low) == band_of_count(high) else UNKNOWN


def band_of_count(count: int) -> str:
    """The band of a number of failed trials."""
    return FAILED_TRIALS[0] if count < 2 else FAILED_TRIALS[1] if count == 2 else FAILED_TRIALS[2 if count < 5 else 3]


def _age_y(patient: Patient, zero: dt.date | int) -> float | None:
    if patient.date_of_birth is not None and isinstance(zero, dt.date) and patient.date_of_birth <= zero:
        return age_on(patient.date_of_birth, zero)
    return float(patient.age_y) if isinstance(patient.age_y, Decimal) else None
