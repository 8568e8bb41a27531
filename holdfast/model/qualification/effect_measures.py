"""What is measured of acute effects: peaks, their time, what is left of them, spread, shares of patients in a trial.

The column `substance` names the effect: `cadss`, `sbp`, `dbp`, `heart_rate` of a typical person; `cadss`, `sbp_rise`,
`dbp_rise`, `sbp`, `moaa_s` of a trial.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects import blood_pressure, dissociation, drive, heart_rate
from holdfast.model.effects.variability import spread
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.dosing import Dose, regimen, repeated
from holdfast.model.pharmacokinetics.solver import areas_to_infinity
from holdfast.model.qualification.nasal_trial import Trial, nasal_trial
from holdfast.model.qualification.scenario import Measure, Scenario
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]
_MINUTES = np.arange(0, 241)
_FINE = 60  # steps of a minute, around the peak
OF_MIND, OF_CIRCULATION = "CADSS_Emax", "SBP_Emax"  # a model that has these speaks of these effects
TYPICAL: Mapping[str, tuple[str, str, Callable[[NamedModel, Values], Values]]] = {
    "cadss": (OF_MIND, drive.MIND, dissociation.cadss),
    "sbp": (OF_CIRCULATION, drive.CIRCULATION, lambda model, seen: blood_pressure.rises(model, seen)[0]),
    "dbp": (OF_CIRCULATION, drive.CIRCULATION, lambda model, seen: blood_pressure.rises(model, seen)[1]),
    "heart_rate": ("HR_slope", drive.CIRCULATION, heart_rate.rise),
}


def speaks_of(asked: Scenario) -> bool:
    """Does the model describe the row's effect?"""
    name = asked.row["substance"]
    needed = TYPICAL[name][0] if name in TYPICAL else OF_CIRCULATION
    return asked.model.has("sedation_EC50" if name == "moaa_s" else needed)


def _effect(asked: Scenario, times_h: Values, doses: list[Dose] | None = None) -> Values:
    """The row's effect in the typical person, (times,)."""
    _, name, effect = TYPICAL[asked.row["substance"]]
    simulated = asked.at(
        list(times_h), given=regimen(doses) if doses else None,
        followers=lambda p: drive.followers(asked.model, p),
    )  # fmt: skip
    return effect(asked.model, drive.of_simulation(simulated, name))[0]


def _peak(asked: Scenario, doses: list[Dose] | None = None) -> tuple[float, float]:
    """The largest effect and its time in min after the first dose, to the second."""
    start_h = (doses or asked.regimen.doses)[0].at_h
    coarse = _effect(asked, start_h + _MINUTES / MIN_PER_H, doses)
    near = int(coarse.argmax())
    minutes = np.unique(np.clip(near + np.arange(-_FINE, _FINE + 1) / _FINE, 0, _MINUTES[-1]))
    fine = _effect(asked, start_h + minutes / MIN_PER_H, doses)
    return float(fine.max()), float(minutes[fine.argmax()])


def _share_left(asked: Scenario) -> float:
    left = _effect(asked, np.array(asked.numbers()) / MIN_PER_H)
    return float(100 * left[0] / _peak(asked)[0])


def _spread_at_peak(asked: Scenario) -> float:
    """SD over people and treatment sessions at a peak where all have the typical level; rating error included."""
    model = asked.model
    omega_sq = sum(
        spread(model, f"CADSS_{of}", kind, "SD log") ** 2
        for of, kind in (("person", "omega"), ("occasion", "occasion_omega"))
    )
    of_people = _peak(asked)[0] ** 2 * math.expm1(omega_sq)
    return math.sqrt(of_people + spread(model, "CADSS_rating", "sigma", "SD points") ** 2)


def _ordered(asked: Scenario) -> float:
    """1 where each dose, given alone, has a larger effect than the one before it in the row."""
    peaks = [_peak(asked, [replace(dose, at_h=0.0)])[0] for dose in asked.regimen.doses]
    return float(all(lower < higher for lower, higher in itertools.pairwise(peaks)))


def _change_over_repetition(asked: Scenario) -> float:
    """Percent by which the peak of the last of so many doses, so many hours apart, differs from that of the first."""
    additional, every_h = asked.numbers()
    doses = list(repeated(asked.regimen.doses[0], every_h=every_h, additional=int(additional)))
    first = _peak(asked, doses)[0]
    last_h = doses[-1].at_h + _MINUTES / MIN_PER_H
    return float(100 * (_effect(asked, last_h, doses).max() / first - 1))


def _at_steady_state(asked: Scenario) -> float:
    """The effect while the arterial level of the row's drug, in ng/mL, is held for ever, with its metabolites.

    Levels at steady state are to each other as areas after one dose.
    """
    _, name, effect = TYPICAL[asked.row["substance"]]
    simulated = asked.at([0.0], followers=lambda p: drive.followers(asked.model, p))
    area = areas_to_infinity(simulated.body.system, simulated.given)
    seen = drive.read(asked.model, simulated.body.system.names, area, name)
    level = simulated.body.level(area, "ketamine", "arterial") * NG_PER_ML_PER_MG_PER_L
    return float(effect(asked.model, asked.numbers()[0] * seen / level)[0])


def _trial(asked: Scenario, *, placebo: bool = False) -> Trial:
    doses = () if placebo else tuple(float(dose) for dose in asked.row["doses"])
    return nasal_trial(asked.model, asked.row["argument"].split(";")[0], doses)


def _limit(asked: Scenario) -> float:
    return float(asked.row["argument"].split(";")[1])


def _of_effects(measure: Measure) -> Measure:
    """None where the model does not describe the effect, or the trial cannot tell."""

    def measured(asked: Scenario) -> float | None:
        value = measure(asked) if speaks_of(asked) else None
        return None if value is None or math.isnan(value) else value

    return measured


EFFECT_MEASURES: Mapping[str, Measure] = {
    name: _of_effects(measure)
    for name, measure in {
        "effect_peak": lambda asked: _peak(asked)[0],
        "effect_peak_time": lambda asked: _peak(asked)[1],
        "effect_share_left": _share_left,
        "effect_spread_at_peak": _spread_at_peak,
        "effect_ordered": _ordered,
        "effect_change_over_repetition": _change_over_repetition,
        "effect_at_steady_state": _at_steady_state,
        "patients_above": lambda asked: _trial(asked).share_above(asked.row["substance"], _limit(asked)),
        "patients_from": lambda asked: _trial(asked).share_from(asked.row["substance"], _limit(asked)),
        "patients_below": lambda asked: _trial(asked).share_below(asked.row["substance"], _limit(asked)),
        "placebo_patients_above": lambda asked: _trial(asked, placebo=True).share_above(
            asked.row["substance"], _limit(asked)
        ),
    }.items()
}
