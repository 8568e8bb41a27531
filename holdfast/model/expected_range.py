"""Where the model expects readings of one patient on a treatment day: blood pressure and dissociation, by minute.

    people      drawn from a population, then given the patient's own weight, age and sex as far as they are known
    pressure    the patient's own before the dose + the rise by the drug + the noise of a reading
    CADSS       the drug's, by how often it was given before, with the error of a rating, in whole points
    range       between percentiles of the people at each minute: half of them, and nine in ten

It is where readings of people like this one fall if the model is right: no prediction, no limit, and no reason to do
or leave anything. What it leaves out: anticipation (a rise before and without the drug, of which no course in time is
published), noise of the reading before the dose beyond that of the rise, and pauses: the dose counts as planned.
The noise of a rise is published for the largest reading of a treatment session, and is taken for every reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts import load
from holdfast.facts.plausible import plausible
from holdfast.facts.schema import Row
from holdfast.model.effects.blood_pressure import anticipation
from holdfast.model.effects.dissociation import rated
from holdfast.model.effects.drive import CIRCULATION, MIND, followers, of_simulation
from holdfast.model.effects.treatment_session import Drives, acting
from holdfast.model.effects.variability import occasion_factors, person_factors
from holdfast.model.named_models import DEFAULT_MODEL, NamedModel, named_model
from holdfast.model.pharmacokinetics.covariate_words import SEXES, TYPICAL_AGE_Y, TYPICAL_WEIGHT_KG
from holdfast.model.pharmacokinetics.covariates import Covariates
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range, effects_beyond_fitted_range
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.model.provenance import provenance
from holdfast.treatment_sessions.reading import read_record
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
VERSION = 1  # of this calculation; a change of it that moves numbers is a new version
LAST_MIN, STEP_MIN = 150, 5
PEOPLE, SEED = 2000, 1
SHARES = {"inner": 0.5, "outer": 0.9}  # of the readings, in the middle
SAID = (
    "Where single readings of virtual people with this patient's weight, age and pressure before the dose fall, if the "
    "model is right: no prediction for a patient, no limit, and no reason to do or leave anything. One reading in ten "
    "lies outside the wide range with nothing wrong. The range itself was checked against no readings of single people."
)


@dataclass(frozen=True)
class Asked:
    """One patient's dose. None = not known: weight, age and sex are then drawn, and without a pressure none is given.

    `dose_mg` is mg of base, 0 for none; `duration_min` that of an infusion; pressures are the last before the dose;
    `number` counts the treatment sessions of the course with a dose, from 1. Raises `InputError` by field.
    """

    drug: str
    route: str
    dose_mg: float
    duration_min: float | None = None
    weight_kg: float | None = None
    age_y: float | None = None
    sex: str | None = None
    sbp_mmhg: float | None = None
    dbp_mmhg: float | None = None
    number: float = 1

    def __post_init__(self) -> None:
        for quantity in ("weight_kg", "age_y", "sbp_mmhg", "dbp_mmhg", "duration_min"):
            plausible(quantity, getattr(self, quantity))
        if self.dose_mg != 0:
            plausible("dose_mg", self.dose_mg)
        if self.sex is not None and self.sex not in SEXES:
            raise InputError(f"sex {self.sex!r} is not one of {', '.join(SEXES)}; leave it out where it is not known")
        if not (self.number >= 1 and float(self.number).is_integer()):
            raise InputError(f"number is {self.number:g}; count treatment sessions from 1")

    @property
    def given(self) -> Regimen:
        """The dose at minute 0."""
        if not self.dose_mg:
            return regimen(())
        length_h = (self.duration_min or 0.0) / MIN_PER_H
        return regimen([Dose(self.drug, self.route, 0.0, self.dose_mg, duration_h=length_h)])


@dataclass(frozen=True)
class Band:
    """One quantity at each minute: the middle reading, and between which readings a share of all lies."""

    unit: str
    median: tuple[float, ...]
    inner: tuple[tuple[float, float], ...]
    outer: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ExpectedRange:
    """The ranges by quantity (`sbp_mmhg`, `dbp_mmhg`, `cadss_total`), and what they rest on."""

    minutes: tuple[int, ...]
    bands: Mapping[str, Band]
    about: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        bands = {name: asdict(band) for name, band in self.bands.items()}
        return {"about": dict(self.about), "shares": SHARES, "minutes": list(self.minutes), "bands": bands}


def read_asked(plain: Any) -> Asked:
    """What is asked, from plain values. Raises `InputError` naming what is unknown, missing or cannot be."""
    return read_record(Asked, plain, "expected range")


def expected_range(
    asked: Asked, *, model: NamedModel | None = None, population: str = DEFAULT_POPULATION, people: int = PEOPLE,
    seed: int = SEED,
) -> ExpectedRange:  # fmt: skip
    """The ranges over minutes 0 to 150 of the dose. The same question, model and seed give the same numbers.

    Raises `InputError` for a drug or a route that the model does not describe.
    """
    chosen = model or named_model(DEFAULT_MODEL)
    chosen.require(asked.drug, asked.route)
    drawn = virtual_patients(chosen, named_population(population), seed=seed, count=people)
    minutes = tuple(range(0, LAST_MIN + 1, STEP_MIN))
    readings = _readings(asked, chosen, drawn, np.array(minutes) / MIN_PER_H)
    bands = {name: _band(name, values) for name, values in readings.items()}
    return ExpectedRange(minutes, bands, _about(asked, chosen, population, people, seed))


def _readings(asked: Asked, model: NamedModel, drawn: VirtualPatients, times_h: Values) -> dict[str, Values]:
    """What cuffs and raters would read of each person at each time, (people, times)."""
    occasion = occasion_factors(model, partial(drawn.occasion_normal, occasion=0))
    drives = _drives(asked.given, model, drawn, _like(asked, drawn.who), times_h)
    effects = acting(model, drives, person_factors(model, drawn.normal), occasion, int(asked.number))
    found: dict[str, Values] = {}
    if asked.sbp_mmhg is not None:
        found["sbp_mmhg"] = asked.sbp_mmhg + effects.sbp_rise_mmhg + occasion.sbp_noise_mmhg[:, None]
    if asked.dbp_mmhg is not None:
        found["dbp_mmhg"] = asked.dbp_mmhg + effects.dbp_rise_mmhg + occasion.dbp_noise_mmhg[:, None]
    found["cadss_total"] = rated(effects.cadss, occasion.cadss_rating)
    return found


def _like(asked: Asked, who: Covariates) -> Covariates:
    """The people with what is known of the patient."""

    def all_of(value: float | None, drawn: Values) -> Values:
        return drawn if value is None else np.full(len(who), float(value))

    female = who.female if asked.sex is None else np.full(len(who), asked.sex == "female")
    weight_kg, age_y = all_of(asked.weight_kg, who.weight_kg), all_of(asked.age_y, who.age_y)
    return replace(who, weight_kg=weight_kg, age_y=age_y, female=female)


def _drives(given: Regimen, model: NamedModel, drawn: VirtualPatients, who: Covariates, times_h: Values) -> Drives:
    if not given.doses:
        nothing = np.zeros((len(drawn), len(times_h)))
        return Drives(nothing, nothing)
    etas = drawn.etas_on(range(len(given.doses)))
    done = simulate(model, given, who, times_h, etas=etas, followers=partial(followers, model))
    return Drives(of_simulation(done, MIND), of_simulation(done, CIRCULATION))


def _band(name: str, readings: Values) -> Band:
    def between(share: float) -> tuple[tuple[float, float], ...]:
        low, high = np.quantile(readings, [(1 - share) / 2, (1 + share) / 2], axis=0, method="inverted_cdf")
        return tuple(zip(np.round(low, 1).tolist(), np.round(high, 1).tolist(), strict=True))

    middle = tuple(np.round(np.quantile(readings, 0.5, axis=0, method="inverted_cdf"), 1).tolist())
    return Band(
        "points" if name == "cadss_total" else "mmHg", middle, between(SHARES["inner"]), between(SHARES["outer"])
    )


def _about(asked: Asked, model: NamedModel, population: str, people: int, seed: int) -> dict[str, Any]:
    weight_kg = asked.weight_kg or TYPICAL_WEIGHT_KG
    beyond = [*beyond_fitted_range(model, asked.given, weight_kg)]
    beyond += effects_beyond_fitted_range(model, asked.given, weight_kg)
    return provenance(
        model, said=SAID, seed=seed, version=VERSION, people=people, population=population, asked=asdict(asked),
        drawn=[name for name in ("weight_kg", "age_y", "sex") if getattr(asked, name) is None],
        beyond=beyond, without_the_drug_mmhg=_anticipation(asked, model), known_misses=known_misses(model, asked.route),
    )  # fmt: skip


def _anticipation(asked: Asked, model: NamedModel) -> dict[str, float]:
    """What the largest reading rises by without a drug, mmHg, published by age: it is not in the ranges."""
    sbp, dbp = anticipation(model, TYPICAL_AGE_Y if asked.age_y is None else asked.age_y)
    return {"sbp": float(sbp), "dbp": float(dbp)}


def known_misses(model: NamedModel, route: str) -> list[dict[str, str]]:
    """Rows of the qualification that the model is known to miss, of levels and acute effects; this route's first."""
    own = {row["row"]: row["reason"] for row in load().rows("known_misses") if row["model"] == model.id}
    found = [
        {"row": row.id, "quantity": row["quantity"], "scenario": row["scenario"],
         "reason": own.get(row.id) or row.get("reason") or "", "route": row["route"]}
        for row in load().rows("qualification")
        if row["group"] != "mood" and (row.id in own or _listed(row, model.id))
    ]  # fmt: skip
    return sorted(found, key=lambda one: one["route"] != route)


def _listed(row: Row, model: str) -> bool:
    """Is it a known miss of the model, or of every model?"""
    return row["kind"] == "known miss" and (row.get("missed_by") is None or model in row["missed_by"])
