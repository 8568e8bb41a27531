"""A stretch: a span of time as every patient of a call lives it, what enters when, and the times that are read.

Hours from its start. Amounts differ from patient to patient and from day to day and are handed over apart, so that one
stretch serves every treatment session of its kind. A course is a chain of stretches.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.pharmacokinetics.absorption import Inputs
from holdfast.model.pharmacokinetics.solver import checked_times

Values = NDArray[np.float64]
MIN = 1 / 60
# Panels grow with the time since the last edge: signals change fast after an edge and slowly later. Few widths, so that
# solvers can prepare each once. How fine they must be is measured against a reference solver, not guessed: tests.
WIDTHS_H = (2 * MIN, 5 * MIN, 10 * MIN, 20 * MIN, 40 * MIN, 80 * MIN, 4.0, 8.0)
_GROWTH = 1.0  # widest panel over the time since the last edge
_SAME_TIME_H = 1e-9


@dataclass(frozen=True)
class Bolus:
    """Put into a compartment at once."""

    at_h: float
    compartment: str


@dataclass(frozen=True)
class Constant:
    """Put into a compartment evenly from `start_h` to `end_h`."""

    start_h: float
    end_h: float
    compartment: str


@dataclass(frozen=True)
class Stretch:
    """`times_h` are read, rising, from 0 to `length_h`; at the time of a bolus, after it."""

    length_h: float
    times_h: tuple[float, ...]
    boluses: tuple[Bolus, ...] = ()
    constants: tuple[Constant, ...] = ()
    widths_h: tuple[float, ...] = WIDTHS_H

    def __post_init__(self) -> None:
        if not 0 < self.length_h < math.inf:
            raise InputError(f"a stretch of {self.length_h} h is none; give hours above 0")
        if self.times_h:
            checked_times(self.times_h)
        entering = [bolus.at_h for bolus in self.boluses]
        entering += [t for item in self.constants for t in (item.start_h, item.end_h)]
        outside = [t for t in (*self.times_h, *entering) if not 0 <= t <= self.length_h]
        if outside:
            raise InputError(f"{outside[0]:g} h lies outside the stretch of {self.length_h:g} h")
        if any(item.end_h <= item.start_h for item in self.constants):
            raise InputError("a constant input must end after it starts")

    @property
    def entering(self) -> tuple[Bolus | Constant, ...]:
        """What enters, in the order of the axis of amounts."""
        return (*self.boluses, *self.constants)

    @cached_property
    def edges_h(self) -> tuple[float, ...]:
        """Edges of the panels: every edge of an input, every time read, and between them widths that grow."""
        restarts = {0.0, *(b.at_h for b in self.boluses), *(t for c in self.constants for t in (c.start_h, c.end_h))}
        fixed = sorted({*restarts, *self.times_h, self.length_h})
        edges, restarted = [0.0], 0.0
        for start, end in itertools.pairwise(fixed):
            restarted = start if start in restarts else restarted
            while end - edges[-1] > _SAME_TIME_H:
                edges.append(self._next_edge(edges[-1], end, restarted))
        return tuple(edges)

    def _next_edge(self, at_h: float, end_h: float, restarted_h: float) -> float:
        since = at_h - restarted_h
        fitting = [w for w in self.widths_h if w <= max(self.widths_h[0], _GROWTH * since) + _SAME_TIME_H]
        width = fitting[-1]
        return end_h if at_h + width > end_h - _SAME_TIME_H else at_h + width


def stretch_of(given: Inputs, length_h: float, times_h: tuple[float, ...]) -> tuple[Stretch, Values]:
    """A stretch with everything of `given`, which must lie inside it, and the amounts in umol.

    Amounts have the shape (patients, inputs, groups). Raises `InputError` for a reset: that is another stretch.
    """
    if given.resets_h:
        raise InputError("a reset cannot stand inside a stretch; give the courses as different patients")
    made = Stretch(
        length_h,
        times_h,
        tuple(Bolus(item.at_h, item.compartment) for item in given.boluses),
        tuple(Constant(item.start_h, item.end_h, item.compartment) for item in given.constant),
    )
    amounts = [item.amount_umol for item in given.boluses] + [item.amount_umol for item in given.constant]
    return made, np.stack(amounts, axis=1) if amounts else np.zeros((0, 0, 0))
