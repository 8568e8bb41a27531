"""The solver on a graphics card (extra `gpu`): a thread for each patient, and sums that leave the card, not courses.

The linear part goes over as modes (compiled/modes.py), once for each population: a rate and a few weights for each
mode, 1 to 4 kB a patient, where matrices of exponentials for every width of panel would be 40 and more. Exponentials
are worked out on the card, panel by panel. Patients whose rates nearly coincide, and systems without such modes, are
lived by `PlainSolver` on the processor, and join the sums.

What a card sends back is the bottleneck, so `summarise` counts there. `advance` gives trajectories, for tests.
Tested on numba's simulator and compiled for a card; no rate was measured: docs/explanation/solvers.md.
"""

from __future__ import annotations

import importlib.util
import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import ConfigurationError, ExtraMissingError, InputError
from holdfast.model.integration import device_kernels as kernels
from holdfast.model.integration.compiled import traced
from holdfast.model.integration.compiled.modes import modes, pattern_of
from holdfast.model.integration.compiled.solver import SLOWEST_RATE, WIDEST_SPREAD
from holdfast.model.integration.device_summary import Counts, Summary, Watched, added, counted
from holdfast.model.integration.equations import Equations, State
from holdfast.model.integration.handed_over import checked
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import Stretch

Values = NDArray[np.float64]
Places = NDArray[np.int64]
PATIENTS_AT_ONCE = 65_536  # their readings lie on the card until they are added up
_SIMULATED = "NUMBA_ENABLE_CUDASIM"  # numba's own switch: kernels run as Python, for tests without a card


class Availability(NamedTuple):
    """Whether the card can be used; if not, `fault` is what to raise: its one sentence says what is missing."""

    fault: ExtraMissingError | ConfigurationError | None = None

    @property
    def works(self) -> bool:
        """Can the card be used?"""
        return self.fault is None


def available() -> Availability:
    """Whether there is a card, and what it takes to use it. Imports numba."""
    simulated = os.environ.get(_SIMULATED) == "1"
    if not simulated and importlib.util.find_spec("numba_cuda") is None:
        return Availability(ExtraMissingError("solving on a graphics card", "gpu"))
    from numba import cuda

    if simulated or cuda.is_available():
        return Availability()
    return Availability(
        ConfigurationError("no NVIDIA card and driver is to be found on this machine; use another backend")
    )


class DeviceSolver:
    """Carries a population from stretch to stretch on the card: constructor, `state` and `advance` as of `PlainSolver`.

    Raises `ExtraMissingError` without the extra, `ConfigurationError` without a card.
    """

    def __init__(self, equations: Equations, state: State | None = None) -> None:
        if (fault := available().fault) is not None:
            raise fault
        from numba import cuda

        self._cuda = cuda
        self.equations = equations
        self._modes = _modes_of(equations)
        self._tables = [cuda.to_device(array) for array in self._modes.tables(equations)]
        self.state = state or equations.start()

    @property
    def state(self) -> State:
        """Where the population stands now, as a copy; give a new one to change it."""
        n, groups = len(self.equations.system.names), self.equations.system.K_per_h.shape[1]
        q = self._q.copy_to_host().T.reshape(-1, groups, n)
        state = State(np.einsum("pgik,pgk->pgi", self._modes.V, q), np.ascontiguousarray(self._y.copy_to_host().T))
        if self._exact is not None:
            state.x[self._modes.apart], state.y[self._modes.apart] = self._exact.state.x, self._exact.state.y
        return state

    @state.setter
    def state(self, state: State) -> None:
        q = np.einsum("pgki,pgi->pgk", self._modes.U, state.x).reshape(len(state.x), -1)
        self._q = self._cuda.to_device(np.ascontiguousarray(q.T))
        self._y = self._cuda.to_device(np.ascontiguousarray(state.y.T))
        apart = self._modes.apart
        self._exact = None
        if apart.size:
            self._exact = PlainSolver(self.equations.take(apart), State(state.x[apart].copy(), state.y[apart].copy()))

    def advance(self, stretch: Stretch, amounts_umol: Values, who: NDArray[np.int_] | None = None) -> Values:
        """Live through a stretch; what is read has the shape (patients, times, outputs). See `PlainSolver.advance`."""
        places, amounts = checked(self.equations, stretch, amounts_umol, who)
        names = self.equations.output_names
        every = tuple(Watched(name, _output(place)) for place, name in enumerate(names))
        out = np.empty((len(places), len(stretch.times_h), len(names)))
        for rows, values in self._lived(stretch, amounts, places, every, _nothing_else(self.equations)):
            out[rows] = (values if isinstance(values, np.ndarray) else values.copy_to_host()).transpose(2, 0, 1)
        return out

    def summarise(
        self, stretch: Stretch, amounts_umol: Values, watched: Sequence[Watched],
        who: NDArray[np.int_] | None = None, person: Values | None = None,
    ) -> tuple[Summary, ...]:  # fmt: skip
        """Live through a stretch and add patients up on the card: one summary for each watched value.

        `person`, of shape (patients, k), holds what else the watched values need of each patient.
        """
        places, amounts = checked(self.equations, stretch, amounts_umol, who)
        if not watched or not stretch.times_h or not len(places):
            raise InputError("a summary needs a watched value, a time and a patient")
        own = _nothing_else(self.equations) if person is None else np.asarray(person, dtype=float)
        parts = [
            counted(values, watched) if isinstance(values, np.ndarray) else self._counted(values, watched)
            for _, values in self._lived(stretch, amounts, places, watched, own)
        ]
        return added(parts, watched)

    def _lived(
        self, stretch: Stretch, amounts: Values, places: Places, watched: Sequence[Watched], person: Values
    ) -> Iterator[tuple[NDArray[np.int_], Any]]:
        """Rows of `places` and their watched values (times, watched, patients): on the card, or here as an array."""
        apart = np.isin(places, self._modes.apart)
        if not apart.all():
            yield from self._lived_on_card(stretch, amounts, places, watched, person, np.flatnonzero(~apart))
        if apart.any() and self._exact is not None:
            rows, among = np.flatnonzero(apart), np.searchsorted(self._modes.apart, places[apart])
            read = self._exact.advance(stretch, amounts[rows], among)
            outputs, own = list(np.moveaxis(read, 2, 0)), [column[:, None] for column in person[places[rows]].T]
            values = [np.broadcast_to(one.value(outputs, own), read.shape[:2]).T for one in watched]
            yield rows, np.stack(values, axis=1)

    def _lived_on_card(
        self, stretch: Stretch, amounts: Values, places: Places, watched: Sequence[Watched], person: Values,
        rows: NDArray[np.int_],
    ) -> Iterator[tuple[NDArray[np.int_], Any]]:  # fmt: skip
        cuda = self._cuda
        live = kernels.live(_sizes(self.equations, watched, person), *_sources(self.equations, watched, person))
        steps, numbers = _steps(stretch, self.equations.system.names)
        room = np.zeros((len(rows), max(1, amounts.shape[1]), amounts.shape[2]))
        room[:, : amounts.shape[1]] = amounts[rows]
        handed = (
            places[rows],
            steps,
            numbers,
            np.ascontiguousarray(person.T),
            np.ascontiguousarray(room.transpose(1, 2, 0)),
        )
        who, steps_there, numbers_there, own, given = (cuda.to_device(array) for array in handed)
        for first in range(0, len(rows), PATIENTS_AT_ONCE):
            now = rows[first : first + PATIENTS_AT_ONCE]
            out = cuda.device_array((max(1, len(stretch.times_h)), len(watched), len(now)))
            live[-(-len(now) // kernels.THREADS), kernels.THREADS](
                who, first, steps_there, numbers_there, *self._tables, own, given, self._q, self._y, out
            )
            yield now, out[: len(stretch.times_h)]

    def _counted(self, values: Any, watched: Sequence[Watched]) -> Counts:
        """What `counted` gives, worked out on the card."""
        cuda, shape = self._cuda, values.shape[:2]
        most, bins = max(len(one.thresholds) for one in watched), max(one.bins for one in watched)
        thresholds = np.full((len(watched), most), -np.inf)
        for row, one in zip(thresholds, watched, strict=True):
            row[: len(one.thresholds)] = one.thresholds
        scales = np.array([[one.low, one.bins / (one.high - one.low), one.bins] for one in watched])
        made = (
            np.zeros(shape),
            np.zeros(shape),
            np.zeros((*shape, most)),
            np.zeros((*shape, bins + 2), dtype=np.int64),
        )
        there = [cuda.to_device(array) for array in made]
        threads = min(kernels.THREADS, 2 ** math.ceil(math.log2(max(2, values.shape[2]))))
        kernels.add_up[shape[0] * shape[1], threads](values, cuda.to_device(thresholds), cuda.to_device(scales), *there)
        return Counts(values.shape[2], *(array.copy_to_host() for array in there))


@dataclass(frozen=True)
class _Modes:
    """rates (patients, groups, n); V from modes to amounts and U back, (patients, groups, n, n); `apart` has none."""

    rates: Values
    V: Values
    U: Values
    apart: Places

    def tables(self, equations: Equations) -> tuple[Values, ...]:
        """rate, signal, reading, enter and parameter, as a kernel takes them: patients along the last axis."""
        patients = len(self.rates)
        signal = np.einsum("psgi,pgik->sgkp", equations.signals, self.V)
        reading = np.einsum("prgi,pgik->rgkp", equations.readings, self.V)
        enter = self.U.transpose(3, 1, 2, 0)
        weights = [_with_one(array.reshape(len(array), -1, patients)) for array in (signal, reading, enter)]
        parameter = _with_one(equations.parameters.T)
        return tuple(np.ascontiguousarray(a) for a in (self.rates.reshape(patients, -1).T, *weights, parameter))


def _modes_of(equations: Equations) -> _Modes:
    K = equations.system.K_per_h
    pattern = pattern_of(K)
    V: Values = np.zeros(K.shape)
    U: Values = np.zeros(K.shape)
    rates = np.full(K.shape[:3], -1.0)
    sound = np.zeros(len(K), dtype=bool)
    if pattern.splits:
        sound[:] = True
        for group in range(K.shape[1]):
            with np.errstate(all="ignore"):
                found = modes(lambda i, j, K=K[:, group]: K[:, i, j], pattern, np.sqrt, np.copysign)  # type: ignore[misc]
            rates[:, group] = np.stack(np.broadcast_arrays(*found.rates), axis=-1)
            for made, entries in ((V, found.V), (U, found.U)):
                for (i, j), value in entries.items():
                    made[:, group, i, j] = value
            sound &= (np.broadcast_to(found.spread, len(K)) < WIDEST_SPREAD) & (rates[:, group] < -SLOWEST_RATE).all(
                axis=1
            )
    V[~sound], U[~sound], rates[~sound] = 0.0, 0.0, -1.0
    return _Modes(rates, V, U, np.flatnonzero(~sound))


def _with_one(array: Values) -> Values:
    """With a row of 0 where there is none: a card takes no empty array."""
    return array if len(array) else np.zeros((1, *array.shape[1:]))


def _nothing_else(equations: Equations) -> Values:
    return np.zeros((len(equations), 1))


def _output(place: int) -> Callable[[Sequence[Any], Sequence[Any]], Any]:
    return lambda outputs, person: outputs[place]


def _sizes(equations: Equations, watched: Sequence[Watched], person: Values) -> kernels.Sizes:
    return kernels.Sizes(
        compartments=len(equations.system.names), groups=equations.system.K_per_h.shape[1],
        signals=len(equations.law.signals), readings=len(equations.reading_names), levels=len(equations.law.states),
        parameters=len(equations.law.parameters), watched=len(watched), of_person=person.shape[1],
    )  # fmt: skip


def _sources(equations: Equations, watched: Sequence[Watched], person: Values) -> tuple[str, str]:
    """The stages of the law and the watched values, written out."""
    law = traced.traced(equations.law)
    outputs = [traced.leaf(traced.SIGNAL, i) for i in range(len(equations.output_names))]
    own = [traced.leaf(traced.PARAMETER, i) for i in range(person.shape[1])]
    seen = [(traced.expression(one.value(outputs, own)),) for one in watched]
    return kernels.written("stage", list(zip(law.gains, law.losses, strict=True))), kernels.written("watch", seen)


def _steps(stretch: Stretch, compartments: Sequence[str]) -> tuple[NDArray[np.int64], Values]:
    """(kind, place, compartment) and a number each: the width of a panel in h, 1/duration of what starts to flow."""
    steps: list[tuple[int, int, int]] = []
    numbers: list[float] = []
    flowing: list[int] = []
    for at_h, next_h in itertools.pairwise([*stretch.edges_h, math.inf]):
        boluses = [i for i, item in enumerate(stretch.boluses) if item.at_h == at_h]
        steps += [(kernels.BOLUS, i, compartments.index(stretch.boluses[i].compartment)) for i in boluses]
        steps += [(kernels.READ, i, 0) for i, t in enumerate(stretch.times_h) if t == at_h]
        numbers += [0.0] * (len(steps) - len(numbers))
        if next_h == math.inf:
            break
        now = [i for i, item in enumerate(stretch.constants) if item.start_h <= at_h and next_h <= item.end_h]
        if now != flowing:
            flowing = now
            steps.append((kernels.CLEAR, 0, 0))
            numbers.append(0.0)
            for i in now:
                item = stretch.constants[i]
                steps.append((kernels.RATE, len(stretch.boluses) + i, compartments.index(item.compartment)))
                numbers.append(1 / (item.end_h - item.start_h))
        steps.append((kernels.PANEL, 0, 0))
        numbers.append(next_h - at_h)
    return np.array(steps, dtype=np.int64).reshape(-1, 3), np.array(numbers)
