"""What is measured of mood: differences of a typical person; shares and mean changes of many people in a trial.

Each measure stands below by the name that facts/model_tables.py knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.model.mood.score import SCALE, removed
from holdfast.model.pharmacokinetics.dosing import regimen
from holdfast.model.qualification.mood_trial import rated_twice
from holdfast.model.qualification.scenario import Measure, Scenario
from holdfast.model.qualification.typical_person import typical_course
from holdfast.outcomes.definitions import definition, remission, response

RESPONSE, REMISSION = "response_50", "madrs_le10"  # trials that used another scale or rule say so in their row
_OF_MOOD = "gA"  # a model that has it speaks of mood


def _madrs_difference(asked: Scenario) -> float | None:
    """Drug minus placebo: -D of the typical person times the score of the placebo arm at that time."""
    if not asked.model.has(_OF_MOOD):
        return None
    at_h, under_placebo, *between_h = asked.numbers()
    apart_h = between_h[0] if between_h else 0.0
    doses = [replace(dose, at_h=place * apart_h) for place, dose in enumerate(asked.regimen.doses)]
    return -under_placebo * removed(asked.model, typical_course(asked.model, regimen(doses), [at_h])).item()


def _madrs_change(asked: Scenario) -> float | None:
    """Mean change from the rating before the first dose, points."""
    if not asked.model.has(_OF_MOOD):
        return None
    before, after = rated_twice(asked)
    return float((after - before).mean())


def _responders(asked: Scenario) -> float | None:
    """Share of people with response, percent."""
    if not asked.model.has(_OF_MOOD):
        return None
    one = definition(RESPONSE)
    pairs, count = _counted(asked)
    met = [bool(response(int(start), int(total), one, scale=SCALE)) for start, total in pairs]
    return float(100 * np.average(met, weights=count))


def _remitters(asked: Scenario) -> float | None:
    """Share of people in remission, percent."""
    if not asked.model.has(_OF_MOOD):
        return None
    one = definition(REMISSION)
    pairs, count = _counted(asked)
    return float(100 * np.average([bool(remission(int(total), one, scale=SCALE)) for _, total in pairs], weights=count))


def _counted(asked: Scenario) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of totals before and after, and how many people have each: the care rule is asked once for a pair."""
    return np.unique(np.stack(rated_twice(asked), axis=1), axis=0, return_counts=True)


MOOD_MEASURES: Mapping[str, Measure] = {
    "madrs_difference": _madrs_difference, "madrs_change": _madrs_change, "madrs_responders": _responders,
    "madrs_remitters": _remitters,
}  # fmt: skip
