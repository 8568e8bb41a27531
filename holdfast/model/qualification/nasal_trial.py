"""A virtual trial of nasal esketamine: many people through an induction, every other one of them at 56 and 84 mg.

Labels count patients with an effect in *any* treatment session of a trial; so does this. Induction is as long as the
protocol says (two treatment sessions a week for four weeks), and nothing accumulates between them, so that one dose of
each person is simulated and the rest is variability: of levels between people (a smaller sample, each of whom stands
for several), of effects between people and between treatment sessions. Whose pressure is too high before a dose is not
dosed, by the care rules of the US, whose label says what is counted.

Numbers come from one seed. A share p of N patients has a Monte Carlo error of sqrt(p (1 - p)/N): 0.2 points at 8 %,
0.04 points at 0.35 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from holdfast.model.effects import drive
from holdfast.model.effects.treatment_session import Drives, acting, pressure_before, read_at_peaks
from holdfast.model.effects.variability import OccasionFactors, PersonFactors, occasion_factors, person_factors
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.model.pressure_gate import PressureGate
from holdfast.protocols.protocol import protocol, protocol_rules
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
PATIENTS = 20_000
LEVELS_OF = 1_000  # people whose levels are simulated
SEED = 20261121
PROTOCOL, INDICATION, JURISDICTION = "esketamine-nasal", "trd", "US"
_TIMES_H = np.arange(15, 76, 5) / MIN_PER_H  # the drives peak in between


@dataclass(frozen=True)
class Trial:
    """What is read in each treatment session, (patients, treatment sessions); not a number where no dose was given."""

    cadss: Values
    sbp_rise: Values
    dbp_rise: Values
    sbp: Values
    moaa_s: Values

    def share_above(self, name: str, limit: float) -> float:
        """Percent of dosed patients in whom it is above `limit` in any treatment session."""
        return _share(getattr(self, name) > limit, getattr(self, name))

    def share_from(self, name: str, limit: float) -> float:
        """Percent in whom it is `limit` or more."""
        return _share(getattr(self, name) >= limit, getattr(self, name))

    def share_below(self, name: str, limit: float) -> float:
        """Percent in whom it is below `limit`."""
        return _share(getattr(self, name) < limit, getattr(self, name))


def _share(hit: NDArray[np.bool_], values: Values) -> float:
    dosed = ~np.isnan(values).all(axis=1)
    if not dosed.any():
        return math.nan  # the model does not say
    return float(100 * hit[dosed].any(axis=1).mean())


@dataclass(frozen=True)
class _Asked:
    """A trial; two models with the same numbers give the same one."""

    model: NamedModel = field(compare=False)
    numbers: frozenset[tuple[str, str, float, str]]
    population: str
    doses_mg: tuple[float, ...]


def nasal_trial(model: NamedModel, population: str, doses_mg: tuple[float, ...]) -> Trial:
    """The trial in a population by name; no dose at all is placebo. Raises `InputError` where `simulate` does.

    The last few are kept, since several rows of the table ask for the same one.
    """
    numbers = frozenset(
        (kind, symbol, float(row["value"]), row["unit"])
        for kind, rows in model.parameters.items()
        for symbol, row in rows.items()
    )
    return _trial(_Asked(model, numbers, population, doses_mg))


@lru_cache(maxsize=4)
def _trial(asked: _Asked) -> Trial:
    patients = virtual_patients(asked.model, named_population(asked.population), seed=SEED, count=PATIENTS)
    return observed(asked.model, patients, largest_drives(patients, asked.doses_mg))


def largest_drives(patients: VirtualPatients, doses_mg: tuple[float, ...]) -> Drives:
    """The largest drives of each patient's dose, shape (patients,).

    Doses take turns over the patients, and so do the people whose levels are simulated.
    """
    if not doses_mg:
        nothing = np.zeros(len(patients))
        return Drives(nothing, nothing)
    some = virtual_patients(patients.model, patients.population, seed=patients.seed, count=LEVELS_OF)
    found = [_of_one_dose(some, dose_mg) for dose_mg in doses_mg]
    number = np.arange(len(patients))
    which, whose = number % len(doses_mg), number // len(doses_mg) % LEVELS_OF
    return Drives(
        np.stack([drives.mind for drives in found])[which, whose],
        np.stack([drives.circulation for drives in found])[which, whose],
    )


def _of_one_dose(some: VirtualPatients, dose_mg: float) -> Drives:
    model = some.model
    given = regimen([Dose("esketamine", "nasal", 0.0, dose_mg)])
    simulated = simulate(
        model, given, some.who, _TIMES_H, etas=some.etas, followers=lambda p: drive.followers(model, p)
    )  # fmt: skip
    mind, circulation = (drive.of_simulation(simulated, name) for name in (drive.MIND, drive.CIRCULATION))
    return Drives(mind.max(axis=1), circulation.max(axis=1))


def observed(model: NamedModel, patients: VirtualPatients, largest: Drives) -> Trial:
    """What raters and cuffs read in every treatment session of people with these largest drives."""
    person = person_factors(model, patients.normal)

    def once(number: int) -> tuple[Values, ...]:
        occasion = occasion_factors(model, lambda name: patients.occasion_normal(name, number))
        return _treatment_session(model, patients, largest, person, occasion, number + 1)

    columns = zip(*[once(number) for number in range(treatment_sessions())], strict=True)
    return Trial(*(np.stack(column, axis=1) for column in columns))


def _treatment_session(
    model: NamedModel, patients: VirtualPatients, largest: Drives, person: PersonFactors, occasion: OccasionFactors,
    number: int,
) -> tuple[Values, ...]:  # fmt: skip
    """In the order of `Trial`."""
    age_y = patients.who.age_y
    peak = acting(model, largest, person, occasion, number)
    read = read_at_peaks(model, largest, peak, person, occasion, age_y)
    withheld = _gate().withholds(*pressure_before(person, occasion), age_y)
    seen = read.cadss, read.sbp_rise_mmhg, read.dbp_rise_mmhg, read.sbp_mmhg, read.moaa_s
    return tuple(np.where(withheld, np.nan, values) for values in seen)


@cache
def treatment_sessions() -> int:
    """How many an induction has, by the protocol."""
    phases = protocol(PROTOCOL).phases_for(INDICATION)
    (induction,) = [phase for phase in phases if phase.phase == "induction"]
    assert induction.first_week is not None
    assert induction.last_week is not None
    return round((induction.last_week - induction.first_week + 1) * induction.sessions_per_week)


@cache
def _gate() -> PressureGate:
    """The label's limits as a stop, which the trials' doctors are taken to have heeded."""
    choices = {"bp_gate": "stop"}
    return PressureGate(
        protocol_rules(protocol(PROTOCOL), jurisdiction=JURISDICTION, indication=INDICATION, choices=choices)
    )
