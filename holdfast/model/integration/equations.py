"""Everything a solver needs of a population: the linear part, what is read from it, and the law of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.laws import Law
from holdfast.model.pharmacokinetics.compartments import System

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Equations:
    """Linear part x' = K x + inputs (amounts in umol, groups = enantiomers) and the law's relaxations y.

    A signal or a reading is a weighted sum over groups and compartments: weights of shape
    (patients, signals or readings, groups, compartments).
    """

    system: System  # K of shape (patients, groups, compartments, compartments)
    law: Law
    parameters: Values  # (patients, law.parameters)
    signals: Values
    readings: Values
    reading_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.system.K_per_h)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names along the last axis of what a solver gives: readings, then the states of the law."""
        return (*self.reading_names, *self.law.states)

    def start(self) -> State:
        """Nothing given yet."""
        y = np.stack(np.broadcast_arrays(*self.law.start(list(self.parameters.T)), np.empty(len(self)))[:-1], axis=-1)
        return State(np.zeros(self.system.K_per_h.shape[:3]), np.ascontiguousarray(y, dtype=float))

    def take(self, who: Sequence[int] | NDArray[np.int_] | slice) -> Equations:
        """The same for some of the patients."""
        K = System(self.system.names, self.system.K_per_h[who])
        return Equations(
            K, self.law, self.parameters[who], self.signals[who], self.readings[who], self.reading_names
        )  # fmt: skip


@dataclass
class State:
    """Where a population stands: amounts (patients, groups, compartments) and levels of the law (patients, states)."""

    x: Values
    y: Values


def reading(system: System, weights: dict[str, Values | float], group: int | None = None) -> Values:
    """Weights of one signal or reading, (patients, groups, compartments); `group` reads one enantiomer alone.

    A weight is a number or an array that broadcasts to (patients, groups). A compartment the system has not counts for
    nothing.
    """
    made: Values = np.zeros(system.K_per_h.shape[:3])
    for name, weight in weights.items():
        if name in system.names:
            made[..., system.index(name)] = weight
    if group is not None:
        made[:, [g for g in range(made.shape[1]) if g != group]] = 0.0
    return made
