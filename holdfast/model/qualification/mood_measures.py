"""What is measured of mood. Register each measure by the name that facts/model_tables.py knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from holdfast.model.mood.score import removed
from holdfast.model.pharmacokinetics.dosing import regimen
from holdfast.model.qualification.scenario import Measure, Scenario
from holdfast.model.qualification.typical_person import typical_course


def _madrs_difference(asked: Scenario) -> float | None:
    """Drug minus placebo: -D of the typical person times the score of the placebo arm at that time."""
    if not asked.model.has("gA"):
        return None
    at_h, under_placebo, *between_h = asked.numbers()
    apart_h = between_h[0] if between_h else 0.0
    doses = [replace(dose, at_h=place * apart_h) for place, dose in enumerate(asked.regimen.doses)]
    return -under_placebo * removed(asked.model, typical_course(asked.model, regimen(doses), [at_h])).item()


MOOD_MEASURES: Mapping[str, Measure] = {"madrs_difference": _madrs_difference}
