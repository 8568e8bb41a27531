"""What a caller hands to a solver: who lives a stretch, and how much of each input. Checked once, for every solver.

Machine code trusts these arrays: a place outside the population would be memory outside the population.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.stretches import Stretch

Values = NDArray[np.float64]
Places = NDArray[np.int64]


def checked(
    equations: Equations, stretch: Stretch, amounts_umol: Values, who: NDArray[np.int_] | None
) -> tuple[Places, Values]:
    """Places of those who live the stretch, each once, and amounts in umol (patients, inputs, groups), C order.

    Raises `InputError` for a place outside the population or named twice, for amounts of another shape, not finite or
    below 0, and for an input into a compartment that the system has not.
    """
    places = _places(len(equations), who)
    unknown = sorted({item.compartment for item in stretch.entering} - set(equations.system.names))
    if unknown:
        raise InputError(f"no compartment is called {unknown[0]!r}; there are {', '.join(equations.system.names)}")
    shape = (len(places), len(stretch.entering), equations.system.K_per_h.shape[1])
    if not stretch.entering:
        return places, np.zeros(shape)
    try:
        amounts = np.ascontiguousarray(np.broadcast_to(amounts_umol, shape), dtype=float)
    except ValueError:
        given = np.shape(amounts_umol)
        raise InputError(f"amounts of shape {given} where patients, inputs and groups make {shape}") from None
    if not ((amounts >= 0) & (amounts < np.inf)).all():
        raise InputError("an amount is negative or not a finite number of umol; check the doses")
    return places, amounts


def _places(patients: int, who: NDArray[np.int_] | None) -> Places:
    if who is None:
        return np.arange(patients)
    places = np.asarray(who)
    if places.ndim != 1 or (places.size and places.dtype.kind not in "iu"):
        raise InputError("who lives a stretch is named by places in the population: a row of whole numbers")
    if places.size and not 0 <= places.min() <= places.max() < patients:
        raise InputError(f"there is no place {places.max() if places.min() >= 0 else places.min()} among {patients}")
    seen = np.zeros(patients, dtype=bool)
    seen[places.astype(np.int64)] = True
    if seen.sum() < places.size:
        raise InputError("a patient is named twice; each lives a stretch once")
    return np.ascontiguousarray(places, dtype=np.int64)
