"""Many people through doses at stated times, rated with MADRS as a trial rates: with ups and downs, and with errors.

The argument of a row says who, how and when: `population; open or blinded; rated at h`, and the hours of the doses
where there are several. Blinded people expect less of a treatment session; nobody starts another antidepressant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.assembly import equations
from holdfast.model.integration.compiled import solver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.fluctuation import path
from holdfast.model.mood.individuals import PERSON_DRAWS, individuals
from holdfast.model.mood.placebo import Care, placebo, weights
from holdfast.model.mood.score import LEVELS, most_points, rated, removed, score
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.dosing import Regimen, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.random_numbers import Purpose, named_normal
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.model.qualification.scenario import Scenario

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
PEOPLE, SEED = 2000, 1
_BLINDING = {"open": True, "blinded": False}


@dataclass(frozen=True)
class Design:
    """Who is treated, whether they know with what, when they are rated, and when each dose is given; hours."""

    population: str
    open_label: bool
    rated_h: float
    doses_h: tuple[float, ...]


def design(argument: str, doses: int) -> Design:
    """From the argument of a row. Raises `InputError` where it is not whole."""
    population, *rest = (word.strip() for word in argument.split(";"))
    blinding, *hours = rest or [""]
    try:
        rated_h, *doses_h = (float(word) for word in hours)
    except ValueError:
        rated_h, doses_h = -1.0, []
    doses_h = doses_h or [0.0] * min(doses, 1)
    if blinding not in _BLINDING or rated_h <= 0 or len(doses_h) != doses:
        raise InputError(
            f"{argument!r} is no trial of {doses} doses; write the population, open or blinded, the hour of the "
            "rating, and the hour of each dose where there are several"
        )
    return Design(population, _BLINDING[blinding], rated_h, tuple(doses_h))


def rated_twice(asked: Scenario) -> tuple[Whole, Whole]:
    """MADRS of everybody before the first dose and at the hour of the rating, whole points, each (people,)."""
    doses = asked.regimen.doses
    told = design(asked.row["argument"], len(doses))
    given = regimen(replace(dose, at_h=at_h) for dose, at_h in zip(doses, told.doses_h, strict=True))
    people = virtual_patients(asked.model, named_population(told.population), seed=SEED, count=PEOPLE)
    true = _points(asked.model, people, given, told)
    times = (0.0, told.rated_h)
    points = np.stack([people.madrs_baseline, true], axis=1) + path(asked.model, times, _drawn(Purpose.FLUCTUATION))
    totals = rated(asked.model, np.clip(points, 0.0, most_points()), _drawn(Purpose.RATING))
    return totals[:, 0], totals[:, 1]


def _points(model: NamedModel, people: VirtualPatients, given: Regimen, told: Design) -> Values:
    """What a perfect rating would show at the hour of the rating, (people,)."""
    mood = individuals(model, {name: people.normal(name) for name in PERSON_DRAWS})
    gained = mood.gain * removed(model, _levels(model, people, given, told.rated_h, mood.cascade))
    care = Care(open_label=told.open_label)
    weight = weights(model, care, np.zeros((len(people), len(told.doses_h))))
    expected = placebo(model, care, mood.placebo, [told.rated_h], told.doses_h, weight)
    return score(people.madrs_baseline, expected[:, 0], gained)


def _levels(
    model: NamedModel, people: VirtualPatients, given: Regimen, at_h: float, cascade: Mapping[str, Values]
) -> dict[str, Values]:
    """Levels of the cascade at one hour, (people,) each."""
    etas = people.etas_on(range(len(given.doses)))
    entering = inputs(model, given, people.who, etas=etas)
    stretch, amounts = stretch_of(entering, max([at_h, *entering.edges_h()]) + 1.0, (at_h,))
    body = dispositions(model, people.who, given.routes, etas=etas)
    made = equations(model, body, entering.ka_per_h, mood=cascade)
    read = solver(made, threads=1).advance(stretch, amounts)[:, 0]
    return {name: read[:, made.output_names.index(name)] for name in LEVELS}


def _drawn(purpose: Purpose) -> Values:
    """Standard normal numbers of everybody at both ratings, (people, 2)."""
    columns: Sequence[Values] = [named_normal(SEED, purpose, "clinician", 0, PEOPLE, i) for i in range(2)]
    return np.stack(columns, axis=1)
