"""Model against published value, row by row of qualification.csv: pass, known miss with its reason, or FAIL.

Typical person: 70 kg, 45 y, no covariate. A row without a measure is not modelled yet and is said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.facts import load
from holdfast.facts.schema import Row
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.levels import NG_PER_ML_PER_MG_PER_L, SUBSTANCES
from holdfast.model.pharmacokinetics.profile import Profile, area_to_infinity_mg_h_per_l, profiles
from holdfast.model.pharmacokinetics.simulation import Simulation, simulate

Values = NDArray[np.float64]
MIN_PER_H = 60.0
NO_EFFECT_OF = "renal"  # no model here has such an effect; the row keeps that in sight
PASS, KNOWN_MISS, FAIL = "pass", "known miss", "FAIL"
REPORT, CALIBRATE, NOT_MODELLED, NOT_COVERED = "report only", "to calibrate", "not yet modelled", "not covered"


@dataclass(frozen=True)
class Verdict:
    """One row of the table with what the model gives; `value` is None where nothing was computed."""

    row: Row
    value: float | None
    verdict: str

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        names = ("group", "quantity", "scenario", "expected", "unit", "tol_low", "tol_high", "reason")
        return {
            "id": self.row.id, **{name: self.row.get(name) for name in names},
            "starting_value": self.row.get("starting_value"), "value": self.value, "verdict": self.verdict,
        }  # fmt: skip


def qualify(model: NamedModel) -> list[Verdict]:
    """Every row of the table, in its order."""
    return [_judged(row, model) for row in load().rows("qualification")]


def _judged(row: Row, model: NamedModel) -> Verdict:
    if row.get("measure") is None:
        return Verdict(row, None, NOT_MODELLED)
    if (value := measured(row, model)) is None:
        return Verdict(row, None, NOT_COVERED)
    return Verdict(row, value, verdict(row, value))


def verdict(row: Row, value: float) -> str:
    """Is the value inside the tolerance; and if not, is the miss a listed one?"""
    if row["kind"] == "report only":
        return REPORT
    if row["kind"] == "calibrate":
        return CALIBRATE
    if row["tol_low"] <= value <= row["tol_high"]:
        return PASS
    return KNOWN_MISS if row["kind"] == "known miss" else FAIL


def measured(row: Row, model: NamedModel) -> float | None:
    """The number of the row's measure in the row's unit, or None where the model does not speak of it."""
    if not model.covers(row["drug"], row["route"]):
        return None
    asked = Scenario(row, model)
    return _MEASURES[row["measure"]](asked) if asked.holds(row["substance"]) else None


class Scenario:
    """The scenario of one row of qualification.csv, ready to be simulated."""

    def __init__(self, row: Row, model: NamedModel) -> None:
        self.row, self.model, self.who = row, model, covariates()
        self.regimen = self._regimen(row["route"])

    def _regimen(self, route: str) -> Regimen:
        amount = "dose_mg" if self.row["dose_unit"] == "mg" else "dose_mg_per_kg"
        length_h = self.row.get("duration_min", 0) / MIN_PER_H if route == "iv" else 0.0
        doses = enumerate(self.row["doses"])
        return regimen(
            Dose(self.row["drug"], route, place * length_h, duration_h=length_h, **{amount: dose})
            for place, dose in doses
        )

    def holds(self, substance: str) -> bool:
        if substance not in SUBSTANCES:
            return True
        needed = [substance, *([self.row["argument"]] if self.row["measure"] == "auc_ratio" else [])]
        return all(self.at([0.0]).body.has(name) for name in needed)

    def profile(self) -> Profile:
        return profiles(self.model, self.regimen, self.who, [self.row["substance"]], site=self.row["site"])[0]

    def at(self, times_h: list[float], route: str = "") -> Simulation:
        given = self._regimen(route) if route else self.regimen
        return simulate(self.model, given, self.who, times_h)

    def levels_ng_per_ml(self, times_h: list[float]) -> Values:
        rising = sorted(times_h)
        levels = self.at(rising).level_mg_per_l(self.row["substance"], self.row["site"])[0]
        return levels[[rising.index(t) for t in times_h]] * NG_PER_ML_PER_MG_PER_L

    def numbers(self) -> list[float]:
        return [float(word) for word in self.row["argument"].split(";")]


def _tmax(asked: Scenario) -> float:
    tmax_min = float(asked.profile().tmax_min[0])
    return tmax_min if asked.row["unit"] == "min" else tmax_min / MIN_PER_H


def _tmax_after_last_device(asked: Scenario) -> float:
    devices = asked.row["doses"][-1] / asked.model.value("device_mg")
    return float(asked.profile().tmax_min[0]) - (devices - 1) * asked.model.value("device_interval")


def _half_life_between(asked: Scenario) -> float:
    start, end = asked.numbers()
    early, late = asked.levels_ng_per_ml([start, end])
    return float((end - start) * np.log(2) / np.log(early / late))


def _share_left(asked: Scenario) -> float:
    left = asked.levels_ng_per_ml(asked.numbers())[0]
    return float(100 * left / asked.profile().cmax_ng_per_ml[0])


def _area_to_infinity(asked: Scenario, substance: str, route: str = "") -> float:
    return float(area_to_infinity_mg_h_per_l(asked.at([0.0], route), substance, asked.row["site"])[0])


def _bioavailability(asked: Scenario) -> float:
    substance = asked.row["substance"]
    return _area_to_infinity(asked, substance) / _area_to_infinity(asked, substance, "iv")


def _covariate_auc_ratio(asked: Scenario) -> float | None:
    name, _, number = asked.row["argument"].partition("=")
    if name == NO_EFFECT_OF:
        return 1.0
    if name == "child_pugh_b" and not asked.model.has("child_pugh_b_on_CLint", "covariate_effect"):
        return None
    usual = _area_to_infinity(asked, asked.row["substance"])
    asked.who = covariates(age_y=float(number)) if name == "age_y" else covariates(child_pugh_b=True)
    return _area_to_infinity(asked, asked.row["substance"]) / usual


def _level_at(asked: Scenario) -> float:
    return float(asked.levels_ng_per_ml([asked.numbers()[0] / MIN_PER_H])[0])


def _level_ratio(asked: Scenario) -> float:
    above, below = asked.levels_ng_per_ml(asked.numbers())
    return float(above / below)


def _curve_error(asked: Scenario) -> float:
    """Median of the absolute relative error in percent over the scored points."""
    points = [p for p in load().rows("concentration_curves") if p["curve"] == asked.row["curve"] and p["scored"]]
    levels = asked.levels_ng_per_ml([p["t_h"] for p in points])
    family = SUBSTANCES[asked.row["substance"]][1]
    molar_mass = asked.model.value(f"molar_mass_{family}")
    seen = np.array([p["value"] * (molar_mass if p["unit"] == "umol/L" else 1.0) for p in points])
    return float(100 * np.median(np.abs(levels / seen - 1)))


def _clearance(asked: Scenario) -> float:
    enantiomers = SUBSTANCES[asked.row["substance"]][0]
    return float(asked.at([0.0]).body.p.clearance[0, enantiomers].mean())


def _volume_per_kg(asked: Scenario) -> float:
    enantiomers = SUBSTANCES[asked.row["substance"]][0]
    volume = asked.at([0.0]).body.p.volume_at_steady_state[0, enantiomers].mean()
    return float(volume / asked.who.weight_kg[0])


def _auc_ratio(asked: Scenario) -> float:
    return _area_to_infinity(asked, asked.row["substance"]) / _area_to_infinity(asked, asked.row["argument"])


_MEASURES: Mapping[str, Callable[[Scenario], float | None]] = {
    "cmax": lambda asked: float(asked.profile().cmax_ng_per_ml[0]),
    "auc": lambda asked: float(asked.profile().auc_ng_h_per_ml[0]),
    "auc_inf": lambda asked: _area_to_infinity(asked, asked.row["substance"]) * NG_PER_ML_PER_MG_PER_L,
    "tmax": _tmax,
    "tmax_after_last_device": _tmax_after_last_device,
    "half_life": lambda asked: float(asked.profile().half_life_h[0]),
    "half_life_between": _half_life_between,
    "share_left": _share_left,
    "bioavailability": _bioavailability,
    "covariate_auc_ratio": _covariate_auc_ratio,
    "level_at": _level_at,
    "level_ratio": _level_ratio,
    "curve_error": _curve_error,
    "clearance": _clearance,
    "volume_per_kg": _volume_per_kg,
    "auc_ratio": _auc_ratio,
}
