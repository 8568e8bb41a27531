"""Fit of the time course of acute effects, with every mechanism that was tried.

    minimise   sum over rows ((model - published) / error)^2  +  sum over parameters (ln(value / centre) / SD)^2

Rows are those of the qualification table, typical person. The error is the standard error where SD and n are printed,
else half the width of the row's tolerance; a row that says no more than "gone" is taken at the middle of its tolerance.
The centres are the starting model's values, read from its table: the pull is weak, and holds what the rows cannot tell.

A mechanism says what an effect sees: a steeper curve of the level, the level less S-norketamine, or the level less a
tolerance that follows it. How straight dissociation is over the levels in which Bowdle 1998 found effects linear, and
the other doses, are not fitted and are reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from calibration.published import asked, published
from holdfast.model.changed_models import with_values
from holdfast.model.effects import drive
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.pharmacokinetics.solver import areas_to_infinity
from holdfast.units import NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]
STARTING, BASE = "holdfast-start", "holdfast-1"
STEEPER, NORKETAMINE, TOLERANCE = "steeper curve", "norketamine opposes", "tolerance"
LEVEL = "level alone"
ROUNDING_MIN = 5.0  # the time of the peak is printed to ten minutes
MINUTES = np.arange(0.0, 241.0)
REGIMENS: Mapping[str, Regimen] = {
    "iv": regimen([Dose("ketamine", "iv", 0.0, dose_mg_per_kg=0.5, duration_h=40 / 60)]),
    **{f"nasal {mg}": regimen([Dose("esketamine", "nasal", 0.0, mg)]) for mg in (28, 56, 84)},
}
_LONG = regimen([Dose("esketamine", "iv", 0.0, 100.0, duration_h=1.0)])
# The SD of the log of each pull; its centre is the starting model's value, and for what that lacks a choice of the fit.
PULL_SD: Mapping[str, float] = {
    "half_life_effect_site": 0.7, "CADSS_Emax": 0.5, "CADSS_EC50": 0.5, "SBP_Emax": 0.5, "SBP_EC50": 0.7,
    "HR_slope": 1.0, "tolerance_share": 0.5, "norketamine_opposes": 1.0, "CADSS_gamma": 1.0, "SBP_gamma": 1.0,
}  # fmt: skip
CENTRES_OF_OUR_OWN: Mapping[str, float] = {"tolerance_share": 0.5, "norketamine_opposes": 0.3, "SBP_gamma": 1.0}
_ALWAYS = ("half_life_effect_site", "CADSS_Emax", "CADSS_EC50", "SBP_Emax", "SBP_EC50", "HR_slope")
_EXTRA = {TOLERANCE: "tolerance_share", NORKETAMINE: "norketamine_opposes"}
FITTED_ROWS = ("Q-D01", "Q-D05", "Q-D06", "Q-B01", "Q-B03", "Q-B04", "Q-B06", "Q-B07")


@dataclass(frozen=True)
class Mechanism:
    """What dissociation sees and what the circulation sees."""

    dissociation: str
    circulation: str

    @property
    def symbols(self) -> tuple[str, ...]:
        """The parameters that are fitted."""
        extra = [_EXTRA[name] for name in (self.dissociation, self.circulation) if name in _EXTRA]
        if self.dissociation == STEEPER:
            extra.append("CADSS_gamma")
        if self.circulation == STEEPER:
            extra.append("SBP_gamma")
        return (*_ALWAYS, *dict.fromkeys(extra))

    def __str__(self) -> str:
        if self.dissociation == self.circulation:
            return f"{self.dissociation}, for both"
        return f"dissociation: {self.dissociation}; circulation: {self.circulation}"


@dataclass(frozen=True)
class Levels:
    """What an effect may see, ng/mL, over time or at steady state."""

    ceq: Values
    tolerance: Values
    norketamine: Values

    def seen(self, mechanism: str, values: Mapping[str, float]) -> Values:
        """What remains under a mechanism, never below 0."""
        if mechanism == TOLERANCE:
            return self.ceq - values["tolerance_share"] * np.minimum(self.tolerance, self.ceq)
        if mechanism == NORKETAMINE:
            return np.maximum(self.ceq - values["norketamine_opposes"] * self.norketamine, 0.0)
        return self.ceq


@dataclass(frozen=True)
class TimeCourse:
    """A fit: values by symbol, squares over the rows, the model's number of each row, and what was not fitted."""

    mechanism: Mechanism
    values: Mapping[str, float]
    sum_of_squares: float
    rows: Mapping[str, float]
    held_out: Mapping[str, float] = field(default_factory=dict)


def targets() -> dict[str, tuple[float, float]]:
    """Published number and error of each fitted row. Raises `ValueError` for one that was read nowhere."""

    def middle(row: str) -> tuple[float, float]:
        low, high = asked(row)["tol_low"], asked(row)["tol_high"]
        return (low + high) / 2, (high - low) / 2

    van_schalkwyk = published("pk141")
    made = {name: middle(name) for name in FITTED_ROWS}
    made["Q-D01"] = van_schalkwyk["value"], float(van_schalkwyk["spread"]) / math.sqrt(int(van_schalkwyk["n"]))
    made["Q-D05"] = published("pk144")["value"], ROUNDING_MIN
    made["Q-B01"] = (published("pk163")["value"] + published("pk165")["value"]) / 2, made["Q-B01"][1]
    made["Q-B03"] = published("pk167")["value"], made["Q-B03"][1]
    return made


def centre(symbol: str) -> float:
    """What a parameter is weakly pulled to."""
    if symbol in CENTRES_OF_OUR_OWN:
        return CENTRES_OF_OUR_OWN[symbol]
    return float(named_model(STARTING).parameter(symbol)["value"])


def half_life_tolerance_min() -> float:
    """Held, and not fitted: the rows tell its share or its half-life, not both."""
    return named_model(BASE).value("half_life_tolerance", unit="min")


def fit(mechanism: Mechanism, held: Mapping[str, float] | None = None) -> TimeCourse:
    """Least squares on the logs of the parameters; those of `held` stay. `ArithmeticError` where it does not end."""
    held = held or {}
    symbols, wanted = [name for name in mechanism.symbols if name not in held], targets()
    centres = {name: centre(name) for name in ("CADSS_gamma", "SBP_gamma", *symbols)}

    def natural(x: Values) -> dict[str, float]:
        return {**centres, **held, **dict(zip(symbols, np.exp(x).tolist(), strict=True))}

    def residuals(x: Values) -> Values:
        values = natural(x)
        found = rows(mechanism, values)
        off = [(found[name] - aim) / error for name, (aim, error) in wanted.items()]
        pull = [math.log(values[name] / centres[name]) / PULL_SD[name] for name in symbols]
        return np.array([*off, *pull])

    start = [math.log(centres[name]) for name in symbols]
    done = least_squares(residuals, start, diff_step=1e-3, xtol=1e-8, ftol=1e-8)
    if not done.success:
        raise ArithmeticError(f"the fit did not end: {done.message}")
    values = natural(done.x)
    squares = float((done.fun[: len(wanted)] ** 2).sum())
    return TimeCourse(mechanism, values, squares, rows(mechanism, values), held_out(mechanism, values))


def model_with(values: Mapping[str, float]) -> NamedModel:
    """A model that carries every follower, so that each mechanism can be put together from them."""
    followed = {"half_life_effect_site": values["half_life_effect_site"], "tolerance_share": 1.0,
                "half_life_tolerance": half_life_tolerance_min(), "norketamine_opposes": 1.0}  # fmt: skip
    return with_values(named_model(BASE), followed)


def levels(model: NamedModel, given: Regimen, minutes: Values = MINUTES) -> Levels:
    """Levels of the typical person over time."""
    simulated = simulate(model, given, covariates(), minutes / 60, followers=lambda p: drive.followers(model, p))
    return _levels(model, simulated.body.system.names, simulated.solution.states[0])


def steady_levels(model: NamedModel, ng_per_ml: float) -> Levels:
    """Levels while arterial esketamine is held for ever: they are to each other as areas."""
    simulated = simulate(model, _LONG, covariates(), [0.0], followers=lambda p: drive.followers(model, p))
    area = areas_to_infinity(simulated.body.system, simulated.given)
    arterial = simulated.body.level(area, "ketamine", "arterial")[0] * NG_PER_ML_PER_MG_PER_L
    return _levels(model, simulated.body.system.names, area[0] * ng_per_ml / arterial)


def _levels(model: NamedModel, names: tuple[str, ...], states: Values) -> Levels:
    of_ketamine = drive.ng_per_ml_per_umol_per_l(model)

    def read(follower: str, weights: Values) -> Values:
        return np.tensordot(weights, states[..., names.index(follower)], axes=1)

    of_norketamine = np.array([model.value("molar_mass_norketamine", unit="g/mol"), 0.0])
    return Levels(
        read(drive.EFFECT_SITE, of_ketamine), read(drive.TOLERANCE, of_ketamine), read(drive.OPPOSING, of_norketamine)
    )


def cadss(mechanism: Mechanism, values: Mapping[str, float], seen: Levels) -> Values:
    """Dissociation of the typical person."""
    level = seen.seen(mechanism.dissociation, values) ** values["CADSS_gamma"]
    return values["CADSS_Emax"] * level / (values["CADSS_EC50"] ** values["CADSS_gamma"] + level)


def sbp(mechanism: Mechanism, values: Mapping[str, float], seen: Levels) -> Values:
    """Rise of SBP in the typical person."""
    level = seen.seen(mechanism.circulation, values) ** values["SBP_gamma"]
    return values["SBP_Emax"] * level / (values["SBP_EC50"] ** values["SBP_gamma"] + level)


def rows(mechanism: Mechanism, values: Mapping[str, float]) -> dict[str, float]:
    """The model's number of each fitted row."""
    model = model_with(values)
    iv, nasal = levels(model, REGIMENS["iv"]), levels(model, REGIMENS["nasal 84"])
    felt, pressed = cadss(mechanism, values, nasal), sbp(mechanism, values, nasal)
    steady = steady_levels(model, float(asked("Q-B07")["argument"]))
    return {
        "Q-D01": float(cadss(mechanism, values, iv).max()),
        "Q-D05": _peak_time_min(felt),
        "Q-D06": 100 * float(felt[90] / felt.max()),
        "Q-B01": float(sbp(mechanism, values, iv).max()),
        "Q-B03": float(values["HR_slope"] * iv.seen(mechanism.circulation, values).max()),
        "Q-B04": float(pressed.max()),
        "Q-B06": 100 * float(pressed[90] / pressed.max()),
        "Q-B07": float(sbp(mechanism, values, steady)),
    }


def _peak_time_min(effect: Values) -> float:
    """Between whole minutes, by the parabola through the three highest."""
    at = int(effect.argmax())
    before, here, after = effect[at - 1 : at + 2]
    return at + float((before - after) / (2 * (before - 2 * here + after)))


def held_out(mechanism: Mechanism, values: Mapping[str, float]) -> dict[str, float]:
    """What was not fitted and tells the mechanisms apart."""
    model = model_with(values)
    felt = {name: cadss(mechanism, values, levels(model, given)) for name, given in REGIMENS.items()}
    pressed = {name: sbp(mechanism, values, levels(model, given)) for name, given in REGIMENS.items()}
    return {
        "CADSS at 28 mg": float(felt["nasal 28"].max()),
        "CADSS at 56 mg": float(felt["nasal 56"].max()),
        "CADSS at 84 mg": float(felt["nasal 84"].max()),
        "CADSS 40 min after the infusion, % of peak": 100 * float(felt["iv"][80] / felt["iv"].max()),
        "SBP 50 min after the infusion, % of peak": 100 * float(pressed["iv"][90] / pressed["iv"].max()),
        "SBP at 28 mg": float(pressed["nasal 28"].max()),
        "Bowdle r": bowdle(mechanism, values, model),
    }


def bowdle(mechanism: Mechanism, values: Mapping[str, float], model: NamedModel) -> float:
    """Correlation of dissociation with the level, over the range in which Bowdle 1998 found effects linear.

    Racemate is held at four levels, each for 30 min and read at 20: steps of our choice. Not a number where
    S-norketamine opposes: how it forms depends on how the level was held, which was not read.
    """
    if mechanism.dissociation == NORKETAMINE:
        return math.nan
    per_step, targets_ng_per_ml = 30, np.linspace(published("pk139")["low"], published("pk139")["high"], 4)
    held = np.repeat(targets_ng_per_ml, per_step)
    shares = drive.ng_per_ml_per_umol_per_l(model) / model.value("molar_mass_ketamine", unit="g/mol") / 2
    seen = held * shares.sum()
    ceq = _followed(seen, values["half_life_effect_site"])
    tolerance = _followed(ceq, half_life_tolerance_min())
    effect = cadss(mechanism, values, Levels(ceq, tolerance, np.zeros_like(ceq)))
    read = [effect[place * per_step + 20] for place in range(len(targets_ng_per_ml))]
    return float(np.corrcoef(targets_ng_per_ml, read)[0, 1])


def _followed(level: Values, half_life_min: float) -> Values:
    """A level that follows another, held constant over each minute."""
    kept, made = 2 ** (-1 / half_life_min), np.zeros_like(level)
    for minute in range(1, len(level)):
        made[minute] = level[minute - 1] + (made[minute - 1] - level[minute - 1]) * kept
    return made


CHOSEN, PUBLISHED_ALONE = Mechanism(TOLERANCE, NORKETAMINE), Mechanism(LEVEL, NORKETAMINE)
TRIED = (
    Mechanism(STEEPER, STEEPER), Mechanism(NORKETAMINE, NORKETAMINE), Mechanism(TOLERANCE, TOLERANCE),
    Mechanism(STEEPER, NORKETAMINE), PUBLISHED_ALONE, CHOSEN,
)  # fmt: skip
