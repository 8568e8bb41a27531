"""Fit of the acute effects of the model holdfast-1: their course in time, and how people and treatment sessions differ.

Two fits, one after the other: effect_time_course.py (typical person, against rows of the qualification table) and
effect_variability.py (shares of patients in trials). Both say what is minimised. Every number that is fitted nowhere is
in effect_parameters.csv with its reason. Fixed starts and fixed seeds; no row that was read nowhere is used.

holdfast-1-no-tolerance is holdfast-1 without the tolerance within a treatment session, which nobody published:
dissociation and sedation are fitted again, to the same numbers; levels and circulation are those of holdfast-1.
Run by `calibration.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calibration import effect_time_course, effect_variability
from calibration.effect_time_course import CHOSEN, PUBLISHED_ALONE, TimeCourse
from holdfast.model.changed_models import with_values
from holdfast.model.named_models import NamedModel, named_model

MODEL, WITHOUT_TOLERANCE = "holdfast-1", "holdfast-1-no-tolerance"
DIGITS = 3
KINDS: Mapping[str, str] = {
    "CADSS_person": "omega", "SBP_person": "omega",
    "CADSS_occasion": "occasion_omega", "SBP_occasion": "occasion_omega",
    "CADSS_rating": "sigma", "SBP_noise": "sigma", "DBP_noise": "sigma",
}  # fmt: skip
OCCASION_OVER_PERSON = 0.5  # of the factor on rises; held
_KEPT = ("half_life_effect_site", "SBP_Emax", "SBP_EC50", "HR_slope", "norketamine_opposes")


@dataclass(frozen=True)
class Fitted:
    """The course in time, and every number of a model that was fitted, as it is printed."""

    course: TimeCourse
    found: Mapping[str, float]


def printed(value: float) -> float:
    """To the digits that the table holds."""
    return float(f"{value:.{DIGITS}g}")


def fit() -> Mapping[str, Fitted]:
    """Both models, by name; each fit starts from the printed numbers of the one before it."""
    default = fit_default()
    return {MODEL: default, WITHOUT_TOLERANCE: fit_without_tolerance(default.found)}


def fit_default() -> Fitted:
    """holdfast-1."""
    course = effect_time_course.fit(CHOSEN)
    found = {name: printed(course.values[name]) for name in CHOSEN.symbols}
    model = with_values(named_model(MODEL), found)
    model = _put(model, found, effect_variability.noise_on_placebo(model))
    held = effect_variability.setting(model)
    noise = found["CADSS_rating"]
    model = _put(model, found, effect_variability.dissociation_spread(model, held, noise=noise))
    pressure = effect_variability.pressure_spread(model, held, occasion_over_person=OCCASION_OVER_PERSON)
    model = _put(model, found, pressure)
    _put(model, found, effect_variability.sedation_levels(model, held))
    return Fitted(course, found)


def fit_without_tolerance(default: Mapping[str, float]) -> Fitted:
    """Dissociation and sedation of holdfast-1-no-tolerance, from the numbers of holdfast-1 as they are printed."""
    course = effect_time_course.fit(PUBLISHED_ALONE, {name: default[name] for name in _KEPT})
    found = {name: printed(course.values[name]) for name in PUBLISHED_ALONE.symbols if name not in _KEPT}
    inherited = {name: value for name, value in default.items() if name != "tolerance_share"}
    model = _put(named_model(WITHOUT_TOLERANCE), {}, {**inherited, **found})
    held = effect_variability.setting(model)
    noise = default["CADSS_rating"]
    model = _put(model, found, effect_variability.dissociation_spread(model, held, noise=noise))
    _put(model, found, effect_variability.sedation_levels(model, held))
    return Fitted(course, found)


def _put(model: NamedModel, found: dict[str, float], more: Mapping[str, float]) -> NamedModel:
    for symbol, value in more.items():
        found[symbol] = printed(value)
        model = with_values(model, {symbol: found[symbol]}, KINDS.get(symbol, "typical"))
    return model


def differences(fitted: Mapping[str, Fitted]) -> list[str]:
    """A sentence for each number of the table that is not the fitted one."""
    faults = []
    for name, one in fitted.items():
        for symbol, value in one.found.items():
            committed = named_model(name).parameter(symbol, KINDS.get(symbol, "typical"))["value"]
            if committed != value:
                said = f"{symbol} of {name} is {committed:g} in effect_parameters.csv"
                faults.append(f"{said}; the fit gives {value:g}")
    return faults
