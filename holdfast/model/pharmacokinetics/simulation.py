"""Doses in, levels out: the calls that everything else makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import Inputs, inputs
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.etas import Etas
from holdfast.model.pharmacokinetics.levels import Body, FollowersOf, body
from holdfast.model.pharmacokinetics.solver import Solution, areas, solve

Values = NDArray[np.float64]
_STATES_AT_ONCE = 12_000_000  # 8 bytes each
_STATES_OF_A_PATIENT = 2 * 12  # at one time, of both enantiomers; at most, whatever the route


@dataclass(frozen=True)
class Simulation:
    """What one regimen does in every patient of a population."""

    body: Body
    given: Inputs
    solution: Solution

    @property
    def times_h(self) -> Values:
        """Output times in h, shape (times,)."""
        return self.solution.times_h

    def level_mg_per_l(self, substance: str, site: str = "venous") -> Values:
        """Level of base in mg/L, shape (patients, times)."""
        return self.body.level(self.solution.states, substance, site)

    def area_mg_h_per_l(self, substance: str, site: str = "venous") -> Values:
        """Area under the level from the start to each output time in mg h/L, shape (patients, times); exact."""
        return self.body.level(areas(self.body.system, self.given, self.solution), substance, site)


def simulate(
    model: NamedModel,
    regimen: Regimen,
    who: Covariates,
    times_h: Sequence[float] | Values,
    *,
    effects: Effects | None = None,
    etas: Etas | None = None,
    followers: FollowersOf | None = None,
) -> Simulation:
    """Every patient of `who` gets `regimen`; states at `times_h` (rising, in h). Without `etas` all are typical.

    `followers` are further levels that a caller reads from `Simulation.solution`, such as those of `effects.drive`.

    Raises `InputError` for a drug or a route the model does not describe, for times that fall or are not finite, and
    for etas that are not these patients'.
    """
    given = inputs(model, regimen, who, effects, etas)
    patients = body(model, who, given, regimen.routes, effects, followers, etas)
    return Simulation(patients, given, solve(patients.system, given, times_h))


def patients_at_once(times: int) -> int:
    """How many patients to simulate in one call, at so many times, so that memory does not grow with their number."""
    return max(1, _STATES_AT_ONCE // (_STATES_OF_A_PATIENT * max(1, times)))
