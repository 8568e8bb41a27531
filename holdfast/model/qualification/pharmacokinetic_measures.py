"""What is measured of levels: peaks, areas, half-lives, ratios, and how far a published curve is missed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from holdfast.facts import load
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.profile import area_to_infinity_mg_h_per_l
from holdfast.model.pharmacokinetics.solver import areas_to_infinity
from holdfast.model.qualification.scenario import Measure, Scenario
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

NO_EFFECT_OF = "renal"  # no model here has such an effect; the row keeps that in sight


def _tmax(asked: Scenario) -> float:
    tmax_min = float(asked.profile().tmax_min[0])
    return tmax_min if asked.row["unit"] == "min" else tmax_min / MIN_PER_H


def _tmax_after_last_device(asked: Scenario) -> float:
    devices = asked.row["doses"][-1] / asked.model.value("device_mg", unit="mg")
    return float(asked.profile().tmax_min[0]) - (devices - 1) * asked.model.value("device_interval", unit="min")


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
    who = covariates(age_y=float(number)) if name == "age_y" else covariates(child_pugh_b=True)
    return _area_to_infinity(Scenario(asked.row, asked.model, who), asked.row["substance"]) / usual


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
    molar_mass = asked.model.value(f"molar_mass_{family}", unit="g/mol")
    seen = np.array([p["value"] * (molar_mass if p["unit"] == "umol/L" else 1.0) for p in points])
    return float(100 * np.median(np.abs(levels / seen - 1)))


def _clearance(asked: Scenario) -> float:
    enantiomers = SUBSTANCES[asked.row["substance"]][0]
    return float(asked.at([0.0]).body.p.clearance[0, enantiomers].mean())


def _volume_per_kg(asked: Scenario) -> float:
    enantiomers = SUBSTANCES[asked.row["substance"]][0]
    volume = asked.at([0.0]).body.p.volume_at_steady_state[0, enantiomers].mean()
    return float(volume / asked.who.weight_kg[0])


def _mean_absorption_time(asked: Scenario) -> float:
    """Mean time that what the mucosa takes stays in it, min: area of the amount there over what entered."""
    simulated = asked.at([0.0])
    enantiomers, place = SUBSTANCES[asked.row["substance"]][0], simulated.body.system.index("mucosa")
    area = areas_to_infinity(simulated.body.system, simulated.given)[..., place]
    entered = sum(one.amount_umol for one in simulated.given.constant if one.compartment == "mucosa")
    return float(area[0, enantiomers].sum() / np.asarray(entered)[0, enantiomers].sum() * MIN_PER_H)


def _auc_ratio(asked: Scenario) -> float:
    return _area_to_infinity(asked, asked.row["substance"]) / _area_to_infinity(asked, asked.row["argument"])


PHARMACOKINETIC_MEASURES: Mapping[str, Measure] = {
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
    "mean_absorption_time": _mean_absorption_time,
}
