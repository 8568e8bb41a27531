"""What a treatment session reaches in each patient: levels, dissociation, blood pressure, heart rate, sedation.

Random numbers belong to the patient and the day, so a treatment session is the same one whatever else was simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects import blood_pressure, dissociation, heart_rate, sedation, variability
from holdfast.model.effects.variability import Occasions
from holdfast.model.named_models import NamedModel
from holdfast.model.population.virtual_patients import VirtualPatients

Values = NDArray[np.float64]
Who = NDArray[np.int_]


class AcuteEffects:
    """Acute effects in a batch of virtual patients."""

    def __init__(self, model: NamedModel, patients: VirtualPatients) -> None:
        self._model, self._patients = model, patients
        self._people = variability.people(model, patients.normal)
        self._day = -1
        self._of_day: Occasions | None = None

    def pressure_before(self, who: Who, day: int) -> tuple[Values, Values]:
        """SBP and DBP before a dose, mmHg, shape (who,); not a number where the model has none."""
        people, occasions = self._people, self._occasions(day, who)
        return (
            people.sbp_baseline_mmhg[who] + occasions.sbp_of_day_mmhg,
            people.dbp_baseline_mmhg[who] + occasions.dbp_of_day_mmhg,
        )

    def peaks(
        self, who: Who, day: int, number: NDArray[np.int64], venous: Values, mind: Values, circulation: Values
    ) -> Mapping[str, Values]:
        """By column of the table, arrays of shape (who,). Levels and drives are (who, times), in ng/mL."""
        model, people = self._model, self._people
        occasions = self._occasions(day, who)
        drive, burden = mind.max(axis=1), circulation.max(axis=1)
        cadss = dissociation.cadss(model, drive, people.cadss[who], occasions.cadss, number.astype(float))
        pressure = blood_pressure.rises(model, burden, people.circulation[who], occasions.circulation)
        noise = occasions.sbp_noise_mmhg, occasions.dbp_noise_mmhg
        sbp_rise, dbp_rise = blood_pressure.largest_rises(model, pressure, self._patients.who.age_y[who], noise)
        before, _ = self.pressure_before(who, day)
        reached = {
            "cmax_ng_per_ml": venous.max(axis=1),
            "cadss_peak": dissociation.rated(cadss, occasions.cadss_rating),
            "sbp_rise_peak_mmhg": sbp_rise, "sbp_max_mmhg": before + sbp_rise, "dbp_rise_peak_mmhg": dbp_rise,
            "hr_rise_peak_bpm": heart_rate.rise(model, burden, people.circulation[who], occasions.circulation),
        }  # fmt: skip
        if model.has("sedation_EC50"):
            reached["sedation_probability"] = sedation.probability_below(model, drive, people.sedation[who])
            reached["moaas_lowest"] = sedation.lowest_score(model, drive, people.sedation[who], occasions.sedation)
        return reached

    def _occasions(self, day: int, who: Who) -> Occasions:
        """What belongs to that day; drawn once for everybody, whoever comes, though groups ask in turn."""
        if self._of_day is None or self._day != day:
            self._day = day
            self._of_day = variability.occasions(self._model, lambda name: self._patients.occasion_normal(name, day))
        return Occasions(*(getattr(self._of_day, field.name)[who] for field in fields(Occasions)))
