"""What a treatment session reaches in each patient: levels, dissociation, blood pressure, heart rate, sedation.

Random numbers belong to the patient and the day, so a treatment session is the same one whatever else was simulated.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects.treatment_session import Drives, acting, has_sedation, pressure_before, read_at_peaks
from holdfast.model.effects.variability import OccasionFactors, occasion_factors, person_factors
from holdfast.model.named_models import NamedModel
from holdfast.model.population.virtual_patients import VirtualPatients

Values = NDArray[np.float64]
Who = NDArray[np.int_]


class AcuteEffects:
    """Acute effects in a batch of virtual patients."""

    def __init__(self, model: NamedModel, patients: VirtualPatients) -> None:
        self._model, self._patients = model, patients
        self._persons = person_factors(model, patients.normal)
        self._day, self._present = -1, np.zeros(0, dtype=np.int64)
        self._of_day: OccasionFactors | None = None

    def pressure_before(self, who: Who, day: int) -> tuple[Values, Values]:
        """SBP and DBP before a dose, mmHg, shape (who,); not a number where the model has none."""
        return pressure_before(self._persons.take(who), self._occasions(day, who))

    def peaks(
        self, who: Who, day: int, number: NDArray[np.int64], venous: Values, mind: Values, circulation: Values
    ) -> Mapping[str, Values]:
        """By column of the table, arrays of shape (who,). Levels and drives are (who, times), in ng/mL."""
        model, person, occasion = self._model, self._persons.take(who), self._occasions(day, who)
        largest = Drives(mind.max(axis=1), circulation.max(axis=1))
        peak = acting(model, largest, person, occasion, number.astype(float))
        read = read_at_peaks(model, largest, peak, person, occasion, self._patients.who.age_y[who])
        reached = {
            "cmax_ng_per_ml": venous.max(axis=1), "cadss_peak": read.cadss,
            "sbp_rise_peak_mmhg": read.sbp_rise_mmhg, "sbp_max_mmhg": read.sbp_mmhg,
            "dbp_rise_peak_mmhg": read.dbp_rise_mmhg, "hr_rise_peak_bpm": peak.hr_rise_bpm,
        }  # fmt: skip
        if has_sedation(model):
            reached |= {"sedation_probability": peak.sedation_probability, "moaas_lowest": read.moaa_s}
        return reached

    def _occasions(self, day: int, who: Who) -> OccasionFactors:
        """What belongs to that day; drawn once for those present, some of whom are then asked for in groups."""
        if self._of_day is None or self._day != day or not np.isin(who, self._present).all():
            self._day, self._present = day, who
            self._of_day = occasion_factors(self._model, lambda name: self._patients.occasion_normal(name, day, who))
        return self._of_day.take(np.searchsorted(self._present, who))
