"""What a pharmacokineticist asks first: Cmax, Tmax, AUC, half-life, for each substance a model holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import Covariates, Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.levels import NG_PER_ML_PER_MG_PER_L, SUBSTANCES
from holdfast.model.pharmacokinetics.simulation import Simulation, simulate
from holdfast.model.pharmacokinetics.solver import areas_to_infinity, half_lives_h

Values = NDArray[np.float64]
MIN_PER_H = 60
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


def minute_grid(regimen: Regimen, hours_h: float) -> Values:
    """Every minute from the first dose to `hours_h` after it. Raises `InputError` for no doses or no such span."""
    if not regimen.doses:
        raise InputError("there is no dose; give at least one")
    if not 0 < hours_h <= LONGEST_H:
        raise InputError(f"a span of {hours_h:g} h is none; give hours above 0 and up to {LONGEST_H:g}")
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
) -> list[Profile]:
    """A profile of each substance, highest level and its time to within a second. Errors as `simulate`."""
    grid = minute_grid(regimen, hours_h)
    given = inputs(model, regimen, who, effects)
    last = grid[0] + hours_h  # need not be a whole minute
    edges = [t for t in given.edges_h() if grid[0] <= t <= last]
    times = np.unique(np.concatenate([grid, edges, [last]]))
    whole = simulate(model, regimen, who, times, effects=effects)
    return [_profile(whole, model, regimen, who, name, site, effects) for name in substances]


def _profile(
    whole: Simulation, model: NamedModel, regimen: Regimen, who: Covariates, substance: str, site: str,
    effects: Effects | None,
) -> Profile:  # fmt: skip
    level = whole.level_mg_per_l(substance, site)
    at = level.argmax(axis=1)
    cmax, tmax = level[np.arange(len(level)), at], whole.times_h[at]
    for place in np.unique(at):  # patients whose grid peaks at the same minute share the closer look
        before, after = whole.times_h[[max(place - 1, 0), min(place + 1, len(whole.times_h) - 1)]]
        times = np.union1d(np.linspace(before, after, _ZOOM), whole.times_h[place])
        closer = simulate(model, regimen, who, times, effects=effects).level_mg_per_l(substance, site)
        mine = at == place
        cmax[mine] = closer[mine].max(axis=1)
        tmax[mine] = times[closer[mine].argmax(axis=1)]
    compartment = _compartment(whole, substance, site)
    enantiomers = SUBSTANCES[substance][0]
    half_life = half_lives_h(whole.body.system, compartment)[:, enantiomers].max(axis=1)
    return Profile(
        substance=substance,
        site=whole.body.site_read(substance, site),
        cmax_ng_per_ml=cmax * NG_PER_ML_PER_MG_PER_L,
        tmax_min=(tmax - regimen.doses[0].at_h) * MIN_PER_H,
        auc_ng_h_per_ml=whole.area_mg_h_per_l(substance, site)[:, -1] * NG_PER_ML_PER_MG_PER_L,
        auc_inf_ng_h_per_ml=area_to_infinity_mg_h_per_l(whole, substance, site) * NG_PER_ML_PER_MG_PER_L,
        half_life_h=half_life,
    )


def area_to_infinity_mg_h_per_l(simulation: Simulation, substance: str, site: str = "venous") -> Values:
    """Area under the level for ever in mg h/L, shape (patients,)."""
    area = areas_to_infinity(simulation.body.system, simulation.given)
    return simulation.body.level(area, substance, site)


def _compartment(simulation: Simulation, substance: str, site: str) -> str:
    family = SUBSTANCES[substance][1]
    if family != "ketamine":
        return family
    return "venous" if site == "venous" and "venous" in simulation.body.system.names else "central"
