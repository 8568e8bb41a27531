"""A workload as text, for solvers that take any equations: x' in states X0, X1 ... and parameters P0, P1 ...

Rate constants, weights and doses are handed over ready-made, which spares a peer arithmetic, never the other way.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.compiled.traced import LEVEL, NUMBER, PARAMETER, SIGNAL, Expression, traced
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.stretches import Stretch

Values = NDArray[np.float64]
Power = Callable[[str, str], str]


@dataclass(frozen=True)
class Segment:
    """Between two edges of inputs: times to stop at, the rows of the output they are (-1: none), rates of inflow."""

    times_h: tuple[float, ...]  # the first is where it starts
    rows: tuple[int, ...]
    inflow: tuple[float, ...]  # into each state that anything enters


@dataclass(frozen=True)
class Problem:
    """Patients, equations and times of one workload; `entered` are the states with an inflow, P(first_inflow + i)."""

    parameters: Values  # (patients, P without inflows)
    start: Values  # (patients, states)
    rates: tuple[str, ...]
    times_h: tuple[float, ...]
    entered: tuple[int, ...]
    doses: tuple[tuple[float, float, int, float], ...]  # start, end, state, amount
    segments: tuple[Segment, ...]

    @property
    def first_inflow(self) -> int:
        """Number of the first parameter that is a rate of inflow."""
        return self.parameters.shape[1]

    def take(self, count: int) -> Problem:
        """The first patients."""
        return Problem(self.parameters[:count], self.start[:count], self.rates, self.times_h, self.entered, self.doses,
                       self.segments)  # fmt: skip

    def in_language(self, state: str, parameter: str) -> tuple[str, ...]:
        """The rates with X and P replaced, e.g. by u[\\1] and p[\\1]."""
        return tuple(re.sub(r"P(\d+)", parameter, re.sub(r"X(\d+)", state, rate)) for rate in self.rates)


def written(equations: Equations, stretch: Stretch, amounts: Values, power: Power) -> Problem:
    """The problem that a solver of ours is given, as text; all patients get the amounts of the first."""
    columns: list[Values] = []

    def parameter(values: Values) -> str:
        columns.append(values)
        return f"P{len(columns) - 1}"

    K = equations.system.K_per_h
    patients, groups, n = K.shape[:3]
    linear = []
    for g, i in itertools.product(range(groups), range(n)):
        terms = [f"{parameter(K[:, g, i, j])}*X{g * n + j}" for j in range(n) if K[:, g, i, j].any()]
        linear.append(" + ".join(terms))
    signals = []
    for s in range(equations.signals.shape[1]):
        used = [(g, i) for g in range(groups) for i in range(n) if equations.signals[:, s, g, i].any()]
        terms = " + ".join(f"{parameter(equations.signals[:, s, g, i])}*X{g * n + i}" for g, i in used)
        signals.append(f"({terms})")
    law = traced(equations.law)
    own = [parameter(values) for values in equations.parameters.T]
    levels = [f"X{groups * n + k}" for k in range(len(law.gains))]
    rest = [
        f"{_text(gain, signals, levels, own, power)} - {_text(loss, signals, levels, own, power)}*{level}"
        for gain, loss, level in zip(law.gains, law.losses, levels, strict=True)
    ]
    names = equations.system.names
    doses = tuple(
        (item.start_h, item.end_h, g * n + names.index(item.compartment), float(amounts[0, place, g]))
        for place, item in enumerate(stretch.constants)
        for g in range(groups)
    )
    entered = tuple(sorted({state for _, _, state, _ in doses}))
    for place, state in enumerate(entered):
        linear[state] += f" + P{len(columns) + place}"
    start = equations.start()
    return Problem(
        np.ascontiguousarray(np.stack(columns, axis=1)),
        np.concatenate([start.x.reshape(patients, -1), start.y], axis=1),
        (*linear, *rest), stretch.times_h, entered, doses, _segments(stretch, doses, entered),
    )  # fmt: skip


def _segments(
    stretch: Stretch, doses: Sequence[tuple[float, float, int, float]], entered: Sequence[int]
) -> tuple[Segment, ...]:
    edges = sorted({0.0, stretch.length_h, *(t for start, end, _, _ in doses for t in (start, end))})
    row = {t: place for place, t in enumerate(stretch.times_h)}
    made = []
    for start, end in itertools.pairwise(edges):
        times = sorted({start, end, *(t for t in stretch.times_h if start < t < end)})
        inflow = tuple(sum(amount / (e - s) for s, e, state, amount in doses if state == x and s <= start and end <= e)
                       for x in entered)  # fmt: skip
        made.append(Segment(tuple(times), tuple(row.get(t, -1) for t in times), inflow))
    return tuple(made)


def _text(e: Expression, signals: Sequence[str], levels: Sequence[str], own: Sequence[str], power: Power) -> str:
    if e.operation == NUMBER:
        return repr(e.parts[0])
    for kind, known in ((SIGNAL, signals), (LEVEL, levels), (PARAMETER, own)):
        if e.operation == kind:
            return known[e.parts[0]]
    left, right = (_text(part, signals, levels, own, power) for part in e.parts)
    return power(left, right) if e.operation == "**" else f"({left} {e.operation} {right})"
