"""The simulator from Python, in few calls: people and doses in, arrays out.

    who      `person(weight_kg=70)`, or `virtual_patients(1000, seed=1)`
    given    `doses("esketamine", "nasal", dose_mg=56, at_h=(0, 72))`
    asked    `profile(given, who)`, `levels(given, times_h, who)`, `course_of_doses(given, times_h, ...)`,
             `course("iv-racemic", ...)`

Times are hours from the start, doses mg of base, levels ng/mL of base, scores points. Whatever a name here cannot be,
`InputError` or `UnknownNameError` says in one sentence. Use beyond what a model was fitted to is answered, with a
Python warning of the class `BeyondFittedRange`. Nothing that comes out is a prediction for a patient.

Importing this module loads no NumPy: each function imports what it needs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.model.named_models import DEFAULT_MODEL, NamedModel, named_model
from holdfast.model.pharmacokinetics.covariate_words import TYPICAL_AGE_Y, TYPICAL_ANCESTRY, TYPICAL_WEIGHT_KG
from holdfast.model.pharmacokinetics.dosing import Dose, Regimen, regimen
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range, effects_beyond_fitted_range
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.model.courses.columns import Courses
    from holdfast.model.pharmacokinetics.covariates import Covariates
    from holdfast.model.pharmacokinetics.etas import Etas
    from holdfast.model.pharmacokinetics.profile import Profile
    from holdfast.model.population.virtual_patients import VirtualPatients

    Values = NDArray[np.float64]
    Who = Covariates | VirtualPatients


class BeyondFittedRange(UserWarning):
    """Doses beyond what the model was fitted to; the answer stands, and is worth less."""


def doses(
    drug: str, route: str, *, dose_mg: float | None = None, dose_mg_per_kg: float | None = None,
    at_h: Sequence[float] = (0.0,), duration_min: float = 0.0,
) -> Regimen:  # fmt: skip
    """The same dose at each time of `at_h`, mg of base or mg/kg. `duration_min` is that of an infusion, 0 a bolus.

    Join regimens by their doses: `regimen([*first.doses, *then.doses])` of `holdfast.model.pharmacokinetics.dosing`.
    """
    length_h = duration_min / MIN_PER_H
    return regimen(Dose(drug, route, t, dose_mg, dose_mg_per_kg, duration_h=length_h) for t in at_h)


def person(
    weight_kg: float = TYPICAL_WEIGHT_KG, age_y: float = TYPICAL_AGE_Y, *, ancestry: str = TYPICAL_ANCESTRY,
    child_pugh_b: bool = False,
) -> Covariates:  # fmt: skip
    """One typical person of that weight and age."""
    from holdfast.model.pharmacokinetics.covariates import covariates

    return covariates(weight_kg, age_y, ancestry=ancestry, child_pugh_b=child_pugh_b)


def virtual_patients(
    patients: int, *, seed: int, population: str = DEFAULT_POPULATION, model: str = DEFAULT_MODEL, first: int = 0
) -> VirtualPatients:
    """People drawn from a population by name, numbers `first` to `first + patients` - 1 of a seed.

    Person n of a seed is the same one in every batch. `.who` holds `weight_kg`, `age_y` and the other covariates, each
    of shape (patients,); `.madrs_baseline` points before treatment.
    """
    from holdfast.model.population import virtual_patients as people
    from holdfast.model.population.named_populations import named_population

    return people.virtual_patients(
        named_model(model), named_population(population), seed=seed, count=patients, first=first
    )


def profile(
    given: Regimen, who: Who | None = None, *, substance: str = "", site: str = "venous", hours_h: float = 24.0,
    model: str = "",
) -> Profile:  # fmt: skip
    """Cmax (ng/mL), Tmax (min), AUC (ng h/mL) and half-life (h) of a substance, arrays of shape (patients,).

    By default of the drug given, in a typical person. The peak of virtual patients is that of whole minutes, at most a
    thousandth too low; of a person it is exact to the second.
    """
    from holdfast.model.pharmacokinetics.profile import minute_grid, profiles
    from holdfast.model.population.profile_spread import joined

    chosen, read = _flagged(given, who, model), substance or _drug(given)
    times, closely = len(minute_grid(given, hours_h)), _people(who)[1] is None
    return joined([
        profiles(chosen, given, some, [read], site=site, hours_h=hours_h, etas=etas, closely=closely)[0]
        for some, etas in _batches(given, who, times)
    ])  # fmt: skip


def levels(
    given: Regimen, times_h: Sequence[float] | Values, who: Who | None = None, *, substance: str = "",
    site: str = "venous", model: str = "",
) -> Values:  # fmt: skip
    """Levels of a substance in ng/mL, shape (patients, times); by default of the drug given, in a typical person.

    `times_h` rise, in h. `site` is venous, what a clinic samples, or arterial, what effects see.
    """
    import numpy as np

    from holdfast.model.pharmacokinetics.simulation import simulate

    chosen, read = _flagged(given, who, model), substance or _drug(given)
    parts = [
        simulate(chosen, given, some, times_h, etas=etas).level_mg_per_l(read, site)
        for some, etas in _batches(given, who, len(times_h))
    ]
    return np.concatenate(parts) * NG_PER_ML_PER_MG_PER_L


def course_of_doses(
    given: Regimen, times_h: Sequence[float], *, patients: int, seed: int, population: str = DEFAULT_POPULATION,
    model: str = DEFAULT_MODEL,
) -> Mapping[str, NDArray[Any]]:  # fmt: skip
    """Levels, acute effects and MADRS of virtual patients who get these doses, by name: arrays (patients, times).

    Names with their units: `EVENT_COLUMNS` of `holdfast.model.courses.event_courses`. Rows are in the order of
    `virtual_patients` of the same seed and population; every dose is a treatment session of its own.
    """
    from holdfast.model.courses.event_courses import event_rows
    from holdfast.model.pharmacokinetics.event_tables import Events
    from holdfast.model.pharmacokinetics.solver import checked_times
    from holdfast.model.population.named_populations import named_population

    people = virtual_patients(patients, seed=seed, population=population, model=model)
    chosen = _flagged(given, people, model, effects=True)
    read = Events(given, tuple(checked_times(times_h).tolist()))
    (rows,) = event_rows({"": read}, chosen, named_population(population), seed=seed, persons=patients)
    return {name: values.reshape(patients, -1) for name, values in rows.items() if name not in ("patient", "person")}


def course(protocol: str, *, patients: int, days: int, seed: int, threads: int = 1, **choices: Any) -> Courses:
    """The courses of virtual patients through a protocol by name, as `holdfast course simulate` gives them.

    `choices` are the fields of `CoursePlan`: policy, attendance, population, model and so on. `.values` holds, by the
    name of each column of `holdfast.model.courses.columns`, arrays of shape (days, patients); `.known(name)` says where
    there is a value. All patients stand in memory at once: for more than some 10,000, `holdfast.model.runs.run`.
    """
    from holdfast.model.courses.batch import simulate_batch
    from holdfast.model.courses.plan import CoursePlan

    return simulate_batch(CoursePlan(protocol, patients, days, seed, **choices), 0, patients, threads=threads)


def _flagged(given: Regimen, who: Who | None, name: str, *, effects: bool = False) -> NamedModel:
    """The model that is asked; a warning where these doses lie beyond what it was fitted to."""
    of, drawn = _people(who)
    if drawn is not None and name not in ("", drawn.model.id):
        raise InputError(f"these virtual patients are of model {drawn.model.id}, not of {name}; draw them for that one")
    model = named_model(name or DEFAULT_MODEL) if drawn is None else drawn.model
    lightest = float(of.weight_kg.min())
    said = beyond_fitted_range(model, given, lightest)
    if effects:
        said += effects_beyond_fitted_range(model, given, lightest)
    for sentence in said:
        warnings.warn(sentence, BeyondFittedRange, stacklevel=3)
    return model


def _people(who: Who | None) -> tuple[Covariates, VirtualPatients | None]:
    """Whose bodies, and the virtual patients where they are such."""
    from holdfast.model.population.virtual_patients import VirtualPatients

    if isinstance(who, VirtualPatients):
        return who.who, who
    return person() if who is None else who, None


def _batches(given: Regimen, who: Who | None, times: int) -> Iterator[tuple[Covariates, Etas | None]]:
    """The people, as many at once as memory likes, with what is their own; each dose is an occasion of its own."""
    from holdfast.model.pharmacokinetics.simulation import patients_at_once

    of, drawn = _people(who)
    etas = None if drawn is None else drawn.etas_on(range(len(given.doses)))
    size = patients_at_once(times)
    for first in range(0, len(of), size):
        some = slice(first, first + size)
        yield of.take(some), None if etas is None else etas.take(some)


def _drug(given: Regimen) -> str:
    if len(given.drugs) != 1:
        raise InputError("say which substance: these doses are of " + (" and ".join(sorted(given.drugs)) or "no drug"))
    return next(iter(given.drugs))
