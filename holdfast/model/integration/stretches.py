"""A stretch: a span of time as every patient of a call lives it, what enters when, and the times that are read.

Hours from its start. Amounts differ from patient to patient and from day to day and are handed over apart, so that one
stretch serves every treatment session of its kind. A course is a chain of stretches.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.pharmacokinetics.absorption import Inputs
from holdfast.model.pharmacokinetics.compartments import INTO_CENTRAL, INTO_LIVER
from holdfast.model.pharmacokinetics.solver import checked_times
from holdfast.units import MIN_PER_H

Values = NDArray[np.float64]
MIN = 1 / MIN_PER_H
SECOND = MIN / 60
# Panels grow with the time since the last edge: signals change fast after an edge and slowly later. Few widths, so that
# solvers can prepare each once. Measured, not guessed: 1,000 virtual patients (omegas of the starting model; 0.3 on the
# log of every rate of mood besides, so losses up to 3/h), against panels 4 times finer. Worst error of a state over its
# largest value: 6e-8 after nasal doses, 4e-8 after a bolus into the blood, 4e-10 after an infusion. With a first panel
# of 2 min the last two would be 4e-5 and 6e-8. A growth of 2 saves a sixth of the panels, until losses rise fivefold.
WIDTHS_H = (5 * SECOND, 20 * SECOND, 2 * MIN, 5 * MIN, 10 * MIN, 20 * MIN, 40 * MIN, 80 * MIN, 2.0, 4.0, 8.0)
# For laws that lose 0.2/h at most when no drug is there, as mood does: one panel a day, not three, with the same error.
SLOW_WIDTHS_H = (*WIDTHS_H, 24.0)
_GROWTH = 1.0  # widest panel over the time since the last edge
_FIRST_H = 2 * MIN  # widest panel at an edge
# The same two where signals feel the edge at once: they rise like t there, and a power of t is not smooth at 0.
_SHARP_GROWTH = 4.0
_SHARP_FIRST_H = 5 * SECOND
_DEPOTS = (*INTO_CENTRAL, *INTO_LIVER)  # what enters one reaches signals through the blood: they rise like t^2
_SAME_TIME_H = 1e-9  # times closer than this are one


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
    """`times_h` are read, rising, from 0 to `length_h`; at the time of a bolus, after it.

    Times closer than 1e-9 h become one: 3 * 0.1 h and 0.3 h differ in the last digit, and a dose must not fall between.
    `quiet_h` is how long before the start nothing had entered: panels need not start narrow again where nothing enters.
    """

    length_h: float
    times_h: tuple[float, ...]
    boluses: tuple[Bolus, ...] = ()
    constants: tuple[Constant, ...] = ()
    widths_h: tuple[float, ...] = WIDTHS_H
    quiet_h: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.length_h < math.inf:
            raise InputError(f"a stretch of {self.length_h} h is none; give hours above 0")
        if self.times_h:
            checked_times(self.times_h)
        if not all(0 < width < math.inf for width in self.widths_h) or not self.widths_h:
            raise InputError("the widths of panels must be hours above 0")
        entering = [bolus.at_h for bolus in self.boluses]
        entering += [t for item in self.constants for t in (item.start_h, item.end_h)]
        outside = [t for t in (*self.times_h, *entering) if not -_SAME_TIME_H <= t <= self.length_h + _SAME_TIME_H]
        if outside:
            raise InputError(f"{outside[0]:g} h lies outside the stretch of {self.length_h:g} h")
        self._join_times(_joined([0.0, self.length_h, *self.times_h, *entering]))
        if any(item.end_h <= item.start_h for item in self.constants):
            raise InputError("a constant input must end after it starts")

    def _join_times(self, same: Mapping[float, float]) -> None:
        def joined(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        joined("length_h", same[self.length_h])
        joined("times_h", tuple(same[t] for t in self.times_h))
        joined("boluses", tuple(Bolus(same[b.at_h], b.compartment) for b in self.boluses))
        joined("constants", tuple(Constant(same[c.start_h], same[c.end_h], c.compartment) for c in self.constants))

    @property
    def entering(self) -> tuple[Bolus | Constant, ...]:
        """What enters, in the order of the axis of amounts."""
        return (*self.boluses, *self.constants)

    @cached_property
    def edges_h(self) -> tuple[float, ...]:
        """Edges of the panels: every edge of an input, every time read, and between them widths that grow."""
        starts = [
            *((b.at_h, b.compartment) for b in self.boluses),
            *((c.start_h, c.compartment) for c in self.constants),
        ]
        sharp = {at_h for at_h, compartment in starts if compartment not in _DEPOTS}
        restarts = {b.at_h for b in self.boluses} | {t for c in self.constants for t in (c.start_h, c.end_h)}
        fixed = sorted({0.0, *restarts, *self.times_h, self.length_h})
        edges, restarted = [0.0], 0.0 if 0.0 in restarts else -self.quiet_h
        for start, end in itertools.pairwise(fixed):
            restarted = start if start in restarts else restarted
            while end > edges[-1]:
                edges.append(self._next_edge(edges[-1], end, edges[-1] - restarted, sharp=restarted in sharp))
        return tuple(edges)

    def _next_edge(self, at_h: float, end_h: float, since_h: float, *, sharp: bool) -> float:
        first = max(_SHARP_FIRST_H, min(_FIRST_H, _SHARP_GROWTH * since_h)) if sharp else _FIRST_H
        widest = max(self.widths_h[0], first, _GROWTH * since_h) + _SAME_TIME_H
        width = max(w for w in self.widths_h if w <= widest)
        return end_h if at_h + width > end_h - _SAME_TIME_H else at_h + width


def _joined(times_h: Iterable[float]) -> dict[float, float]:
    """Each time → the first of those that are the same time."""
    same: dict[float, float] = {}
    first = 0.0
    for t in sorted(times_h):
        if abs(t - first) > _SAME_TIME_H:
            first = t
        same[t] = first
    return same


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
