"""What one regimen does in a whole population: profiles of everybody, and bands of levels over time.

People are simulated in batches, so that memory does not grow with their number: a batch holds every state at every
minute, and only its profiles are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.model.named_models import NamedModel
from holdfast.model.pharmacokinetics.covariates import Effects
from holdfast.model.pharmacokinetics.dosing import Regimen
from holdfast.model.pharmacokinetics.profile import Profile, minute_grid, profiles
from holdfast.model.pharmacokinetics.simulation import patients_at_once, simulate
from holdfast.model.population.named_populations import NamedPopulation
from holdfast.model.population.random_numbers import require_draw
from holdfast.model.population.virtual_patients import VirtualPatients, virtual_patients
from holdfast.units import NG_PER_ML_PER_MG_PER_L

Values = NDArray[np.float64]
PERCENTILES = (5, 50, 95)
MOST_IN_BANDS = 2000  # people a band is drawn from: its ends no longer move to the eye
_BAND_TIMES = 481


@dataclass(frozen=True)
class Spread:
    """How one measure is spread over people: percentiles by their number, mean and coefficient of variation."""

    percentiles: Mapping[int, float]
    mean: float
    cv_percent: float


def spread(values: Values) -> Spread:
    """The spread of one value a patient, shape (patients,). The coefficient of variation is SD over mean."""
    found = np.percentile(values, PERCENTILES)
    mean = float(values.mean())
    cv = 100 * float(values.std(ddof=1)) / mean if len(values) > 1 else 0.0
    return Spread({p: float(v) for p, v in zip(PERCENTILES, found, strict=True)}, mean, cv)


def population_profiles(
    model: NamedModel, regimen: Regimen, population: NamedPopulation, substances: Sequence[str], *,
    patients: int, seed: int, site: str = "venous", hours_h: float = 24.0, effects: Effects | None = None,
) -> list[Profile]:  # fmt: skip
    """A profile of each substance, arrays of shape (patients,). Highest levels as of `profiles` without a closer look.

    Raises what `profiles` and `virtual_patients` raise.
    """
    times = len(minute_grid(regimen, hours_h))
    parts = [
        profiles(
            model, regimen, some.who, substances, site=site, hours_h=hours_h, effects=effects,
            etas=some.etas_on(range(len(regimen.doses))), closely=False,
        )
        for some in _batches(model, population, patients, seed, times)
    ]  # fmt: skip
    return [joined([part[place] for part in parts]) for place in range(len(substances))]


def level_bands(
    model: NamedModel, regimen: Regimen, population: NamedPopulation, substances: Sequence[str], *,
    patients: int, seed: int, site: str = "venous", hours_h: float = 24.0, effects: Effects | None = None,
) -> tuple[Values, Mapping[str, Values]]:  # fmt: skip
    """Times in h, and by substance the percentiles of the level in ng/mL at each, shape (percentiles, times).

    From the first `MOST_IN_BANDS` people at most.
    """
    first = minute_grid(regimen, hours_h)[0]
    doses = [dose.at_h + dose.duration_h for dose in regimen.doses]
    times = np.unique([*np.linspace(first, first + hours_h, _BAND_TIMES), *(t for t in doses if t <= first + hours_h)])
    found: dict[str, list[Values]] = {name: [] for name in substances}
    for some in _batches(model, population, min(patients, MOST_IN_BANDS), seed, len(times)):
        etas = some.etas_on(range(len(regimen.doses)))  # each dose an occasion of its own
        levels = simulate(model, regimen, some.who, times, effects=effects, etas=etas)
        for name in substances:
            found[name].append(levels.level_mg_per_l(name, site) * NG_PER_ML_PER_MG_PER_L)
    return times, {name: np.percentile(np.concatenate(parts), PERCENTILES, axis=0) for name, parts in found.items()}


def _batches(
    model: NamedModel, population: NamedPopulation, patients: int, seed: int, times: int
) -> Iterator[VirtualPatients]:
    require_draw(seed, 0, patients)
    size = patients_at_once(times)
    for first in range(0, patients, size):
        yield virtual_patients(model, population, seed=seed, first=first, count=min(size, patients - first))


def joined(parts: list[Profile]) -> Profile:
    """One profile of everybody, from those of batches of people."""
    arrays = [one.name for one in fields(Profile) if one.name not in ("substance", "site")]
    whole: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays}
    return replace(parts[0], **whole)
