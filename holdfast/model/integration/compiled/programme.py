"""A stretch as the steps of machine code: what enters, what is read, and panels, in their order in time.

Panels of one width share their factors. Those of twice or thrice a narrower width come about by squaring or cubing, so
that a stretch needs few exponentials.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.compiled import advance
from holdfast.model.integration.compiled.layout import Layout
from holdfast.model.integration.stretches import Bolus, Constant, Stretch

Words = NDArray[np.int64]
_SAME_WIDTH = 12  # significant digits to which two widths are one


@dataclass(frozen=True)
class Programme:
    """steps, widths: see advance.py; numbers: widths in h, then 1/duration of each constant input."""

    steps: Words
    widths: Words
    numbers: NDArray[np.float64]
    scratch: int  # place in the workspace of what is read
    workspace: int  # vectors
    inputs: int  # that enter


@lru_cache(maxsize=256)
def programme_of(stretch: Stretch, layout: Layout, compartments: tuple[str, ...]) -> Programme:
    """The programme of a stretch for a population whose compartments have these names, in order."""
    panels = [(a, b, f"{b - a:.{_SAME_WIDTH}g}") for a, b in itertools.pairwise(stretch.edges_h)]
    used = sorted({float(width) for _, _, width in panels})
    factors_at = {f"{w:.{_SAME_WIDTH}g}": layout.at_widths + i * layout.width_size for i, w in enumerate(used)}
    numbers = [*used, *(1 / (item.end_h - item.start_h) for item in stretch.constants)]
    steps: list[tuple[int, int, int, int]] = []
    active: list[int] = []
    read_at: dict[float, list[int]] = {}  # a time may be read twice
    for place, t in enumerate(stretch.times_h):
        read_at.setdefault(t, []).append(place)
    for at_h, next_h, width in [*panels, (stretch.edges_h[-1], None, "")]:
        for place, item in enumerate(stretch.boluses):
            if item.at_h == at_h:
                steps.append((advance.BOLUS, place, _column(item, layout, compartments), 0))
        steps += [(advance.READ, place * layout.outputs, 0, 0) for place in read_at.get(at_h, ())]
        constants = enumerate(stretch.constants)
        now = [i for i, c in constants if next_h is not None and c.start_h <= at_h and next_h <= c.end_h]
        if now != active:
            steps += _change(now, stretch, layout, compartments, len(used))
            active = now
        if next_h is not None:
            steps.append((advance.PANEL, factors_at[width], 0, used.index(float(width))))
    scratch = layout.at_widths + len(used) * layout.width_size
    size = scratch + len(stretch.times_h) * layout.outputs
    words = np.array(steps, dtype=np.int64).reshape(-1, advance.STEP_WORDS)
    return Programme(words, _widths(used, layout), np.array(numbers), scratch, size, len(stretch.entering))


def _column(item: Bolus | Constant, layout: Layout, compartments: tuple[str, ...]) -> int:
    return layout.entry(compartments.index(item.compartment))


def _change(
    now: list[int], stretch: Stretch, layout: Layout, compartments: tuple[str, ...], first: int
) -> list[tuple[int, int, int, int]]:
    """From here on these constant inputs run, and no other."""
    boluses = len(stretch.boluses)
    rates = [(advance.RATE, boluses + i, _column(stretch.constants[i], layout, compartments), first + i) for i in now]
    return [(advance.CLEAR, 0, 0, 0), *rates, (advance.SET, 0, 0, 0)]


def _widths(used: list[float], layout: Layout) -> Words:
    """For each width how its factors come about; see advance.py."""
    made: list[tuple[int, int, int]] = []
    for i, width in enumerate(used):
        at, way = layout.at_widths + i * layout.width_size, (advance.EXPONENTIALS, 0)
        for how, times in ((advance.CUBE, 3), (advance.SQUARE, 2)):
            for j, narrower in enumerate(used[:i]):
                if abs(narrower * times / width - 1) < 10.0**-_SAME_WIDTH:
                    way = how, layout.at_widths + j * layout.width_size
        made.append((way[0], at, way[1]))
    return np.array(made, dtype=np.int64).reshape(-1, advance.WIDTH_WORDS)
