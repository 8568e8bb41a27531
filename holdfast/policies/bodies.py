"""Bodies of the population, and what a dose of each kind does in them: binding, and hydroxynorketamine for the rivals.

`BODIES` people drawn from the population (weight, age, ancestry, own parameters of levels) are solved once; which of
them a virtual patient has is drawn. Both signals are linear in the dose, so that doses add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.bodies import GRID_H, read_curve, written_curve
from holdfast.model.mood import occupancy
from holdfast.model.named_models import NamedModel, named_model
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.compartments import system
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.model.pharmacokinetics.solver import Solution, solve
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.virtual_patients import virtual_patients

Values = NDArray[np.float64]
BODIES = 400


@dataclass(frozen=True)
class Signal:
    """What drives, after each kind of dose: logarithms on a grid of hours, (grid, bodies) each."""

    logarithms: tuple[Values, ...]

    def of(self, doses: Sequence[tuple[float, int]], hours: Values) -> Values:
        """The sum over doses, (hour given, kind), at these hours, (times, bodies)."""
        found = np.zeros((len(hours), self.logarithms[0].shape[1]))
        for given_h, kind in doses:
            found += read_curve(self.logarithms[kind], hours - given_h)
        return found


@dataclass(frozen=True)
class Bank:
    """The bodies: weight (bodies,), and both signals after each kind of dose."""

    weight_kg: Values
    binding: Signal
    hydroxynorketamine: Signal  # R-equivalents in umol/L


@lru_cache(maxsize=4)
def bank(model: str, population: str, kinds: tuple[Dose, ...], seed: int) -> Bank:
    """The bodies of a population under a model."""
    named = named_model(model)
    people = virtual_patients(named, named_population(population), seed=seed, count=BODIES)
    bound, metabolite = [], []
    for dose in kinds:
        given = inputs(named, regimen([dose]), people.who, etas=people.etas)
        p = dispositions(named, people.who, frozenset({dose.route}), etas=people.etas)
        solved = solve(system(p, given.ka_per_h, occupancy.followers(named, p)), given, GRID_H)
        bound.append(written_curve(solved.of(occupancy.BINDING).sum(axis=1)))
        metabolite.append(written_curve(_equivalents(named, p, solved)))
    return Bank(people.who.weight_kg, Signal(tuple(bound)), Signal(tuple(metabolite)))


def _equivalents(model: NamedModel, p: Disposition, solved: Solution) -> Values:
    """As model/assembly.py reads hydroxynorketamine: an S counts as so many R."""
    weights = np.array([model.value("HNK_S_in_R"), 1.0]) / np.broadcast_to(p.part("Vhnk"), (BODIES, 2))
    return np.asarray((solved.of("hydroxynorketamine") * weights[:, :, None]).sum(axis=1))
