"""Fit of how people and treatment sessions differ in acute effects, to shares of patients in trials.

Placebo first, in closed form: a normal number of SD sigma, new in each treatment session of an induction, exceeds a
limit in the published share of patients. Then the drug, in the virtual trial of nasal_trial.py (holdfast/model/
qualification) with another seed than the qualification's: one unknown after the other, each by bisection or by least
squares in one dimension. Limits, doses and populations are those of the qualification rows. What no published number
tells is held, as a row of effect_parameters.csv whose note says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtri

from calibration.effect_time_course import CHOSEN, REGIMENS, steady_levels
from calibration.published import asked, published
from holdfast.model.changed_models import with_values
from holdfast.model.effects import dissociation, drive
from holdfast.model.effects.treatment_session import Drives
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.model.qualification.nasal_trial import (
    PATIENTS,
    Trial,
    largest_drives,
    observed,
    treatment_sessions,
)
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
SEED = 7
_PERCENT = 100.0
_HALF_POINT = 0.5  # a rated total is a whole number: above 4 is 4.5 or more before it is rounded


def _who_and_limit(row: str) -> tuple[str, float]:
    """The population and the limit of a qualification row."""
    population, limit = asked(row)["argument"].split(";")
    return population, float(limit)


(UNDER_65, SBP_LIMIT), (OLDER, _) = _who_and_limit("Q-B08"), _who_and_limit("Q-B12")
CADSS_LIMIT, DBP_LIMIT, SBP_CRISIS = (_who_and_limit(row)[1] for row in ("Q-D04", "Q-B13", "Q-B09"))
SEDATED_BELOW, LOST_BELOW = (int(_who_and_limit(row)[1]) for row in ("Q-B11", "Q-B14"))
DOSES_MG = tuple(float(dose) for dose in asked("Q-D04")["doses"])


@dataclass(frozen=True)
class Setting:
    """The trial's people and the largest drive of each, by population; the model's typical values are fixed."""

    patients: Mapping[str, VirtualPatients]
    drives: Mapping[str, Drives]

    def trial(self, model: NamedModel, population: str = UNDER_65, *, placebo: bool = False) -> Trial:
        """What is read with this model's variability."""
        nothing = np.zeros(PATIENTS)
        drives = Drives(nothing, nothing) if placebo else self.drives[population]
        return observed(model, self.patients[population], drives)


def setting(model: NamedModel) -> Setting:
    """People and drives of the model as it is."""
    patients = {
        name: virtual_patients(model, named_population(name), seed=SEED, count=PATIENTS) for name in (UNDER_65, OLDER)
    }
    return Setting(patients, {name: largest_drives(who, DOSES_MG) for name, who in patients.items()})


def noise_on_placebo(model: NamedModel) -> dict[str, float]:
    """SD of what is read on placebo: of a CADSS rating before it is rounded, of the largest SBP and DBP rise in mmHg.

    SBP has one for both age groups, whose printed shares ask for nearly the same.
    """
    dissociated = published("pk143")
    middle = (dissociated["low"] + dissociated["high"]) / 2
    of_sbp = [
        (SBP_LIMIT - model.value(anticipated, unit="mmHg")) / _z_of(_on_placebo(row))
        for row, anticipated in (("pk157", "SBP_anticipation"), ("pk158", "SBP_anticipation_older"))
    ]
    return {
        "CADSS_rating": (CADSS_LIMIT + _HALF_POINT) / _z_of(middle),
        "SBP_noise": float(np.mean(of_sbp)),
        "DBP_noise": (DBP_LIMIT - model.value("DBP_anticipation", unit="mmHg")) / _z_of(_on_placebo("pk160")),
    }


def _on_placebo(row: str) -> float:
    """The percentage in "0.5% placebo"."""
    return float(published(row)["spread"].split("%")[0])


def _z_of(percent: float) -> float:
    """How many SDs a limit lies away that this share of patients exceeds in any treatment session."""
    once = 1 - (1 - percent / _PERCENT) ** (1 / treatment_sessions())
    return float(-ndtri(once))


def dissociation_spread(model: NamedModel, held: Setting, *, noise: float) -> dict[str, float]:
    """SD of the log of the person and of the occasion factor on CADSS.

    Together with levels and rating they give the printed SD at the peak of an infusion; their parts are those with
    which the share above 4 in any treatment session is the middle of the published range.
    """
    sd, shares = float(published("pk141")["spread"]), published("pk142")
    felt = peaks_after_infusion(model, held.patients[UNDER_65])
    of_levels = 1 + (felt.std() / felt.mean()) ** 2
    total_sq = math.log((1 + (sd**2 - noise**2) / felt.mean() ** 2) / of_levels)

    def share_above(between_occasions: float) -> float:
        parts = {"CADSS_person": math.sqrt(total_sq - between_occasions**2)}
        tried = with_values(with_values(model, parts, "omega"), {"CADSS_occasion": between_occasions}, "occasion_omega")
        return held.trial(tried).share_above("cadss", CADSS_LIMIT)

    aim = (shares["low"] + shares["high"]) / 2
    between = bisected(lambda x: share_above(x) - aim, 0.05, math.sqrt(total_sq) - 0.01)
    return {"CADSS_person": math.sqrt(total_sq - between**2), "CADSS_occasion": between}


def peaks_after_infusion(model: NamedModel, patients: VirtualPatients, people: int = 1000) -> Values:
    """CADSS at the end of 0.5 mg/kg racemate over 40 min in people who differ by their levels alone."""
    some = virtual_patients(model, patients.population, seed=patients.seed, count=people)
    simulated = simulate(
        model, REGIMENS["iv"], some.who, [40 / MIN_PER_H], etas=some.etas, followers=lambda p: drive.followers(model, p)
    )
    return dissociation.cadss(model, drive.of_simulation(simulated, drive.MIND))[:, 0]


def pressure_spread(model: NamedModel, held: Setting, *, occasion_over_person: float) -> dict[str, float]:
    """SD of the log of the person factor on rises: least squares over four published shares of patients.

    Errors are binomial, of the patients of each trial.
    """
    wanted = {name: (*_share_and_n(name),) for name in ("pk157", "pk158", "pk159", "pk160")}

    def spread(between_people: float) -> dict[str, float]:
        return {"SBP_person": between_people, "SBP_occasion": occasion_over_person * between_people}

    def misfit(between_people: float) -> float:
        made = spread(between_people)
        person, occasion = ({name: made[name]} for name in ("SBP_person", "SBP_occasion"))
        tried = with_values(with_values(model, person, "omega"), occasion, "occasion_omega")
        found = pressure_shares(tried, held)
        return sum((found[name] - share) ** 2 / (share * (_PERCENT - share) / n) for name, (share, n) in wanted.items())

    done = minimize_scalar(misfit, bounds=(0.2, 1.6), method="bounded", options={"xatol": 1e-3})
    return spread(float(done.x))


def pressure_shares(model: NamedModel, held: Setting) -> dict[str, float]:
    """Percent of patients by published row: SBP +40 under 65, 65 and over; SBP 180; DBP +25."""
    under, older = held.trial(model), held.trial(model, OLDER)
    return {
        "pk157": under.share_from("sbp_rise", SBP_LIMIT),
        "pk158": older.share_from("sbp_rise", SBP_LIMIT),
        "pk159": under.share_from("sbp", SBP_CRISIS),
        "pk160": under.share_from("dbp_rise", DBP_LIMIT),
    }


def _share_and_n(name: str) -> tuple[float, int]:
    row = published(name)
    return float(row["value"]), int(row["n"])


def sedation_levels(model: NamedModel, held: Setting) -> dict[str, float]:
    """EC50 of sedation, the step between levels, and the steepness.

    From the share of patients below 5 (the newer label's range), the share below 1, and the level called anaesthetic:
    half of all are to lose consciousness there, at steady state.
    """
    qualified, lost = asked("Q-B11"), float(published("pk175")["value"])
    aim = (qualified["tol_low"] + qualified["tol_high"]) / 2
    anaesthetic = float(steady_levels(model, float(asked("Q-B07")["argument"])).seen(
        CHOSEN.dissociation, {"tolerance_share": model.value("tolerance_share")}))  # fmt: skip

    def at(gamma: float) -> dict[str, float]:
        def below(half: float, step: float, level: int) -> float:
            tried = {"sedation_gamma": gamma, "sedation_EC50": half, "sedation_step": step}
            return held.trial(with_values(model, tried)).share_below("moaa_s", level)

        half = bisected(lambda x: below(x, 2.0, SEDATED_BELOW) - aim, 20.0, 2000.0)
        step = bisected(lambda x: below(half, x, LOST_BELOW) - lost, 1.0, 30.0)
        return {"sedation_gamma": gamma, "sedation_EC50": half, "sedation_step": step}

    def unconscious(gamma: float) -> float:
        found = at(gamma)
        return math.log(found["sedation_EC50"] * found["sedation_step"] ** (SEDATED_BELOW - LOST_BELOW) / anaesthetic)

    return at(bisected(unconscious, 2.0, 12.0))


def bisected(function: Callable[[float], float], low: float, high: float) -> float:
    """Where it crosses 0. Raises `ArithmeticError` where it does not between these ends."""
    if function(low) * function(high) > 0:
        raise ArithmeticError(f"no value from {low:g} to {high:g} gives the published share")
    return float(brentq(function, low, high, xtol=1e-4 * high))
