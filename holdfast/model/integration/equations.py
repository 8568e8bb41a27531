"""Everything a solver needs of a population: the linear part, what is read from it, and the law of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.integration.laws import Law
from holdfast.model.pharmacokinetics.compartments import System

Values = NDArray[np.float64]
# What solvers are tested for: docs/explanation/solvers.md. Half-lives from 8 s to 80 years, and levels that are lost
# within the hour at the fastest; a faster level follows its signal like a compartment, and belongs into K.
SLOWEST_PER_H, FASTEST_PER_H = 1e-6, 300.0
FASTEST_LOSS_PER_H = {0.0: 1.0, 1e9: 30.0}  # of the law, without drug and with more than any


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

    def __post_init__(self) -> None:
        _check(self)

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


def _check(equations: Equations) -> None:
    """Raises `InputError` for what no solver is exact for, naming the first patient it is true of."""
    K, law = equations.system.K_per_h, equations.law
    patients, groups, n = K.shape[:3]
    _refuse(np.zeros(1, dtype=bool) if patients else np.ones(1, dtype=bool), "there are no patients")
    shapes = {
        "K": (K, (patients, groups, n, n)),
        "parameters of the law": (equations.parameters, (patients, len(law.parameters))),
        "signals": (equations.signals, (patients, len(law.signals), groups, n)),
        "readings": (equations.readings, (patients, len(equations.reading_names), groups, n)),
    }
    for name, (values, shape) in shapes.items():
        if values.shape != shape:
            raise InputError(f"{name}: shape {values.shape} where the equations need {shape}")
        _refuse(~np.isfinite(values), f"{name}: not a finite number")
    loss = -np.diagonal(K, axis1=-2, axis2=-1)
    _refuse(K * (1 - np.eye(n)) < 0, "K: a flow between compartments is negative")
    _refuse(equations.signals < 0, "signals: a weight is negative")
    outside = (loss != 0) & ((loss < SLOWEST_PER_H) | (loss > FASTEST_PER_H))
    _refuse(outside, f"K: a rate lies outside {SLOWEST_PER_H:g} to {FASTEST_PER_H:g} per hour")
    _check_losses(equations)


def _check_losses(equations: Equations) -> None:
    law, parameters = equations.law, list(equations.parameters.T)
    y = list(law.start(parameters))
    for drive, fastest in FASTEST_LOSS_PER_H.items():
        for name, stage in zip(law.states, law.stages, strict=True):
            loss = np.atleast_1d(stage([drive] * len(law.signals), y, parameters)[1])
            outside = ~((loss >= 0) & (loss <= fastest))
            driven = "with drug" if drive else "without drug"
            _refuse(outside, f"{law.name}: the loss of {name} {driven} lies outside 0 to {fastest:g} per hour")


def _refuse(wrong: NDArray[np.bool_], why: str) -> None:
    if wrong.any():
        who = f" (patient {int(np.argwhere(wrong)[0][0]) + 1})" if len(wrong) > 1 else ""
        raise InputError(f"{why}{who}; check the parameters")
