"""Fit of the acute effects of the model holdfast-1: their course in time, and how people and treatment sessions differ.

Two fits, one after the other: effect_time_course.py (typical person, against rows of the qualification table) and
effect_variability.py (shares of patients in trials). Both say what is minimised. Every number that is fitted nowhere is
in effect_parameters.csv with its reason. Fixed starts and fixed seeds.

    python -m calibration.fit_effects            prints, and writes docs/calibration/effects.md
    python -m calibration.fit_effects --check    exit code 1 where the table is not this fit, to the printed digits
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from calibration import effect_time_course, effect_variability
from calibration.changed_models import with_values
from calibration.effect_time_course import CHOSEN, TimeCourse
from holdfast.model.named_models import NamedModel, named_model

MODEL = "holdfast-1"
DIGITS = 3
KINDS: Mapping[str, str] = {
    "CADSS_person": "omega", "SBP_person": "omega",
    "CADSS_occasion": "occasion_omega", "SBP_occasion": "occasion_omega",
    "CADSS_rating": "sigma", "SBP_noise": "sigma", "DBP_noise": "sigma",
}  # fmt: skip
OCCASION_OVER_PERSON = 0.5  # of the factor on rises; held


def printed(value: float) -> float:
    """To the digits that the table holds."""
    return float(f"{value:.{DIGITS}g}")


def fit() -> tuple[TimeCourse, dict[str, float]]:
    """The time course, and every fitted number as it is printed; each fit starts from the printed one before it."""
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
    return course, found


def _put(model: NamedModel, found: dict[str, float], more: Mapping[str, float]) -> NamedModel:
    for symbol, value in more.items():
        found[symbol] = printed(value)
        model = with_values(model, {symbol: found[symbol]}, KINDS.get(symbol, "typical"))
    return model


def differences(found: Mapping[str, float]) -> list[str]:
    """A sentence for each number of the table that is not the fitted one."""
    committed = {symbol: named_model(MODEL).value(symbol, KINDS.get(symbol, "typical")) for symbol in found}
    return [
        f"{symbol} of {MODEL} is {committed[symbol]:g} in effect_parameters.csv; the fit gives {value:g}"
        for symbol, value in found.items()
        if committed[symbol] != value
    ]


def main(words: list[str] | None = None) -> int:
    """Fit, print, and check the table or write the report."""
    parser = argparse.ArgumentParser(description="Fit the acute effects.")
    parser.add_argument("--check", action="store_true", help="compare the table with the fit and write nothing")
    arguments = parser.parse_args(words)
    course, found = fit()
    for symbol, value in found.items():
        print(f"{symbol} {value:g}")
    print(f"time course: sum of squares {course.sum_of_squares:.2f} over {len(course.rows)} rows")
    faults = differences(found)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not arguments.check and not faults:
        from calibration.effects_report import write_report

        write_report(course, found)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
