"""Binding at the receptor after a dose, in bodies like this patient's: what drives mood (model/mood/occupancy.py).

Levels are linear in the dose, so doses that overlap add up, and one curve of each kind of dose serves a whole course.
`BODIES` people with this patient's covariates stand for how parameters of levels differ from person to person; which
of them a virtual patient has is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.patient_file import Patient
from holdfast.model.mood import occupancy
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.compartments import system
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.etas import omegas, scaled
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.pharmacokinetics.solver import solve
from holdfast.model.population.random_numbers import Purpose, named_normal

Values = NDArray[np.float64]
BODIES, SEED = 64, 1
FORGOTTEN_H = 336.0  # after two weeks nothing is left of a dose: 40 half-lives
_STEPS_H = ((0.0, 1.0, 1 / 30), (1.0, 3.0, 1 / 12), (3.0, 12.0, 0.25), (12.0, 48.0, 1.0), (48.0, FORGOTTEN_H + 1, 6.0))
GRID_H = np.unique(np.concatenate([np.arange(*step) for step in _STEPS_H]))
LEAST = 1e-12  # of s, which is about 1 at its peak


@dataclass(frozen=True)
class Bodies:
    """People with the covariates of one patient. `log_binding` holds ln s after each kind of dose, (grid, bodies)."""

    kinds: tuple[Dose, ...]
    log_binding: tuple[Values, ...]

    def kind(self, dose: Dose) -> int:
        """Which kind of dose it is, by place."""
        return self.kinds.index(dose)

    def binding(self, kind: int, since_h: Values) -> Values:
        """s at these hours after a dose of that kind, (times, bodies); 0 before it and where it is forgotten."""
        return read_curve(self.log_binding[kind], since_h)


def read_curve(logarithms: Values, since_h: Values) -> Values:
    """What follows a dose at these hours after it, (times, bodies), from its `logarithms` on `GRID_H`, (grid, bodies);
    0 before it and where it is forgotten.
    """
    at = np.clip(np.searchsorted(GRID_H, since_h, side="right") - 1, 0, len(GRID_H) - 2)
    over = (since_h - GRID_H[at]) / (GRID_H[at + 1] - GRID_H[at])
    found = np.exp(logarithms[at] + over[:, None] * (logarithms[at + 1] - logarithms[at]))
    return np.asarray(found * ((since_h > 0) & (since_h < FORGOTTEN_H))[:, None], dtype=float)


def written_curve(signal: Values) -> Values:
    """Such logarithms of what follows a dose, (bodies, grid)."""
    return np.asarray(np.log(np.maximum(signal.T, LEAST)), dtype=float)


def bodies(model: NamedModel, patient: Patient, kinds: tuple[Dose, ...]) -> Bodies:
    """Bodies of this patient's weight, age and ancestry. Raises `InputError` for a dose the model does not describe."""
    who = covariates([patient.weight_kg] * BODIES, patient.age_y, ancestry=patient.ancestry)
    drawn = {symbol: named_normal(SEED, Purpose.PERSON, symbol, 0, BODIES) for symbol in omegas(model)}
    etas = scaled(model, drawn)
    curves = []
    for dose in kinds:
        given = inputs(model, regimen([dose]), who, etas=etas)
        p = dispositions(model, who, frozenset({dose.route}), etas=etas)
        solved = solve(system(p, given.ka_per_h, occupancy.followers(model, p)), given, GRID_H)
        curves.append(written_curve(solved.of(occupancy.BINDING).sum(axis=1)))
    return Bodies(kinds, tuple(curves))
