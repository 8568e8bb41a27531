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
FORGOTTEN_H = 336.0  # after two weeks nothing is left of a dose: 40 half-lives
_STEPS_H = ((0.0, 1.0, 1 / 30), (1.0, 3.0, 1 / 12), (3.0, 12.0, 0.25), (12.0, 48.0, 1.0), (48.0, FORGOTTEN_H + 1, 6.0))
_GRID_H = np.unique(np.concatenate([np.arange(*step) for step in _STEPS_H]))
_LEAST = 1e-12


@dataclass(frozen=True)
class Signal:
    """What drives, after each kind of dose: logarithms on a grid of hours, (grid, bodies) each."""

    logarithms: tuple[Values, ...]

    def of(self, doses: Sequence[tuple[float, int]], hours: Values) -> Values:
        """The sum over doses, (hour given, kind), at these hours, (times, bodies)."""
        found = np.zeros((len(hours), self.logarithms[0].shape[1]))
        for given_h, kind in doses:
            since = hours - given_h
            at = np.clip(np.searchsorted(_GRID_H, since, side="right") - 1, 0, len(_GRID_H) - 2)
            over = (since - _GRID_H[at]) / (_GRID_H[at + 1] - _GRID_H[at])
            curve = self.logarithms[kind]
            acts = (since > 0) & (since < FORGOTTEN_H)
            found += np.exp(curve[at] + over[:, None] * (curve[at + 1] - curve[at])) * acts[:, None]
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
        solved = solve(system(p, given.ka_per_h, occupancy.followers(named, p)), given, _GRID_H)
        bound.append(_logarithm(solved.of(occupancy.BINDING).sum(axis=1)))
        metabolite.append(_logarithm(_equivalents(named, p, solved)))
    return Bank(people.who.weight_kg, Signal(tuple(bound)), Signal(tuple(metabolite)))


def _equivalents(model: NamedModel, p: Disposition, solved: Solution) -> Values:
    """As model/assembly.py reads hydroxynorketamine: an S counts as so many R."""
    weights = np.array([model.value("HNK_S_in_R"), 1.0]) / np.broadcast_to(p.part("Vhnk"), (BODIES, 2))
    return np.asarray((solved.of("hydroxynorketamine") * weights[:, :, None]).sum(axis=1))


def _logarithm(signal: Values) -> Values:
    return np.asarray(np.log(np.maximum(signal.T, _LEAST)), dtype=float)
