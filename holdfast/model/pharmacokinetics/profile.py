"""What a pharmacokineticist asks first: Cmax, Tmax, AUC, half-life, for each substance a model holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.etas import Etas
from holdfast.model.pharmacokinetics.levels import SUBSTANCES
from holdfast.model.pharmacokinetics.simulation import Simulation, simulate
from holdfast.model.pharmacokinetics.solver import Solution, areas, areas_to_infinity, half_lives_h
from holdfast.units import MIN_PER_H, NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]
_Closer = Callable[[NDArray[np.bool_], Values], Simulation]
LONGEST_H = 24.0 * 366
_ZOOM = 121  # points between the neighbours of the highest point of the grid


@dataclass(frozen=True)
class Profile:
    """One substance at one site; every array has the shape (patients,)."""

    substance: str
    site: str
    cmax_ng_per_ml: Values
    tmax_min: Values  # after the first dose
    auc_ng_h_per_ml: Values  # from the first dose to `hours_h` after it
    auc_inf_ng_h_per_ml: Values
    half_life_h: Values

    def measures(self) -> Mapping[str, tuple[str, Values]]:
        """Unit and values of each measure by its name."""
        return {
            "cmax": ("ng/mL", self.cmax_ng_per_ml), "tmax": ("min", self.tmax_min),
            "auc": ("ng*h/mL", self.auc_ng_h_per_ml), "auc_inf": ("ng*h/mL", self.auc_inf_ng_h_per_ml),
            "half_life": ("h", self.half_life_h),
        }  # fmt: skip


def minute_grid(regimen: Regimen, hours_h: float) -> Values:
    """Every minute from the first dose to `hours_h` after it. Raises `InputError` for no doses or no such span."""
    if not regimen.doses:
        raise InputError("there is no dose; give at least one")
    if not 1 <= hours_h * MIN_PER_H <= LONGEST_H * MIN_PER_H:
        raise InputError(
            f"a span of {hours_h:g} h is none; give at least a minute ({1 / MIN_PER_H:.4f} h) and at most "
            f"{LONGEST_H:g} h"
        )
    first = regimen.doses[0].at_h
    return first + np.arange(int(hours_h * MIN_PER_H) + 1) / MIN_PER_H


def profiles(
    model: NamedModel,
    regimen: Regimen,
    who: Covariates,
    substances: Sequence[str],
    *,
    site: str = "venous",
    hours_h: float = 24.0,
    effects: Effects | None = None,
    etas: Etas | None = None,
    closely: bool = True,
) -> list[Profile]:
    """A profile of each substance, highest level and its time to within a second. Errors as `simulate`.

    Without `closely` the highest level is that of the minutes and edges: at most a thousandth too low, and much quicker
    where many people peak at many times.
    """
    grid, etas = minute_grid(regimen, hours_h), etas or Etas()
    given = inputs(model, regimen, who, effects, etas)
    last = grid[0] + hours_h  # need not be a whole minute
    edges = [t for t in given.edges_h() if grid[0] <= t <= last]
    times = np.unique(np.concatenate([grid, edges, [last]]))
    whole = simulate(model, regimen, who, times, effects=effects, etas=etas)

    def closer(patients: NDArray[np.bool_], at_h: Values) -> Simulation:
        return simulate(model, regimen, who.take(patients), at_h, effects=effects, etas=etas.take(patients))

    return [_profile(whole, regimen, name, site, closer if closely else None) for name in substances]


def _profile(whole: Simulation, regimen: Regimen, substance: str, site: str, closer: _Closer | None) -> Profile:
    level = whole.level_mg_per_l(substance, site)
    at = level.argmax(axis=1)
    cmax, tmax = level[np.arange(len(level)), at], whole.times_h[at]
    if closer is not None:
        for mine, times in _around(at, whole.times_h):
            near = closer(mine, times).level_mg_per_l(substance, site)
            cmax[mine], tmax[mine] = near.max(axis=1), times[near.argmax(axis=1)]
    compartment = _compartment(whole, substance, site)
    enantiomers = SUBSTANCES[substance][0]
    half_life = half_lives_h(whole.body.system, compartment)[:, enantiomers].max(axis=1)
    return Profile(
        substance=substance,
        site=whole.body.site_read(substance, site),
        cmax_ng_per_ml=cmax * NG_PER_ML_PER_MG_PER_L,
        tmax_min=(tmax - regimen.doses[0].at_h) * MIN_PER_H,
        auc_ng_h_per_ml=_whole_area_mg_h_per_l(whole, substance, site) * NG_PER_ML_PER_MG_PER_L,
        auc_inf_ng_h_per_ml=area_to_infinity_mg_h_per_l(whole, substance, site) * NG_PER_ML_PER_MG_PER_L,
        half_life_h=half_life,
    )


def _around(at: NDArray[np.intp], times_h: Values) -> Iterator[tuple[NDArray[np.bool_], Values]]:
    """Patients whose grid peaks at the same place, and fine times between the neighbours of that place."""
    for place in np.unique(at):
        before, after = times_h[[max(place - 1, 0), min(place + 1, len(times_h) - 1)]]
        yield at == place, np.union1d(np.linspace(before, after, _ZOOM), times_h[place])


def _whole_area_mg_h_per_l(simulation: Simulation, substance: str, site: str) -> Values:
    """Area from the start to the last time, without those to every other one.

    A difference of exponentials: where nothing has been absorbed yet, rounding may leave it below 0.
    """
    every = simulation.solution
    last = Solution(every.system, every.times_h[-1:], every.states[:, :, -1:])
    area: Values = simulation.body.level(areas(every.system, simulation.given, last), substance, site)[:, 0]
    return area.clip(min=0)


def area_to_infinity_mg_h_per_l(simulation: Simulation, substance: str, site: str = "venous") -> Values:
    """Area under the level for ever in mg h/L, shape (patients,)."""
    area = areas_to_infinity(simulation.body.system, simulation.given)
    return simulation.body.level(area, substance, site)


def _compartment(simulation: Simulation, substance: str, site: str) -> str:
    family = SUBSTANCES[substance][1]
    if family != "ketamine":
        return family
    return "venous" if site == "venous" and "venous" in simulation.body.system.names else "central"
