"""Where each number of a patient stands: in the table kept for the population, and in the workspace of a block.

A table row holds what a patient's parameters come to once and for all; a state row holds the modes q and the levels y.
Rows are whole eights of numbers, so that eight patients' rows turn into vectors by transposing squares. The workspace
holds, as vectors: the table row, the state row, steady levels under constant inputs, then for each panel width in use
the factors by which everything decays over it, then what is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from holdfast.model.integration.compiled.lanes import LANES
from holdfast.model.integration.compiled.modes import Pattern, pattern_of
from holdfast.model.integration.compiled.traced import TracedLaw, traced
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.quadrature import rule

NODES = 6  # of a panel
Place = tuple[int, int, int]  # which signal or reading, which group (enantiomer), which compartment or mode


@dataclass(frozen=True, eq=False)
class Shape:
    """All that machine code depends on: two populations of one shape share it."""

    pattern: Pattern
    size: int  # compartments
    groups: int  # enantiomers
    signals: tuple[Place, ...]  # weights that are not 0
    readings: tuple[Place, ...]
    counts: tuple[int, int, int]  # signals, readings, parameters
    entries: tuple[int, ...]  # compartments that something enters
    law: TracedLaw

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and self.fingerprint == other.fingerprint

    @cached_property
    def fingerprint(self) -> str:
        """The same for two shapes exactly when their machine code is the same."""
        flows = sorted(self.pattern.flows)
        shape = (self.pattern.groups, flows, self.size, self.groups, self.signals, self.readings, self.counts)
        return repr((*shape, self.entries, self.law.fingerprint))


def shape_of(equations: Equations, entries: tuple[int, ...]) -> Shape:
    """The shape of a population into whose compartments `entries` something enters."""
    K = equations.system.K_per_h
    weights = (equations.signals, equations.readings)
    places = [tuple((int(a), int(b), int(c)) for a, b, c in np.argwhere((w != 0).any(axis=0))) for w in weights]
    counts = (weights[0].shape[1], weights[1].shape[1], equations.parameters.shape[1])
    pattern = pattern_of(K)
    return Shape(pattern, K.shape[-1], K.shape[1], places[0], places[1], counts, entries, traced(equations.law))


def whole_eights(count: int) -> int:
    """The least multiple of eight that is not less."""
    return -(-count // LANES) * LANES


@dataclass(frozen=True)
class Factor:
    """exp(x rate h) of a mode at a node."""

    mode: int
    node: int
    x: float


@lru_cache(maxsize=64)
def layout_of(shape: Shape) -> Layout:
    """The layout of a shape, made once."""
    return Layout(shape)


class Layout:
    """Places of numbers in rows and workspace, from a shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.modes = shape.groups * shape.size
        reached = _modes_reached(shape.pattern)
        self.signal_terms = _terms(shape.signals, reached)
        self.reading_terms = _terms(shape.readings, reached)
        self.signal_modes = tuple(sorted({self.mode(g, k) for _, g, k in self.signal_terms}))
        self.timeless = tuple(shape.law.timeless)
        ends = np.cumsum([0, self.modes, len(self.signal_terms), len(self.reading_terms), len(self.timeless)])
        self.at_signals, self.at_readings, self.at_timeless, core = (int(end) for end in ends[1:])
        self.at_entries = whole_eights(core)
        self.table_row = whole_eights(self.at_entries + len(shape.entries) * self.modes)
        self.levels = len(shape.law.gains)
        self.state_row = whole_eights(self.modes + self.levels)
        self.at_state = self.table_row
        self.at_steady = self.at_state + self.state_row
        self.at_steady_signals = self.at_steady + self.modes
        self.at_widths = self.at_steady_signals + shape.counts[0]
        self.outputs = shape.counts[1] + self.levels

    def mode(self, group: int, mode: int) -> int:
        """Place of a mode of a group among all modes."""
        return group * self.shape.size + mode

    def entry(self, compartment: int) -> int:
        """Where the column starts that says what one umol into the compartment adds to each mode."""
        return self.at_entries + self.shape.entries.index(compartment) * self.modes

    @cached_property
    def constant_losses(self) -> dict[int, int]:
        """Stages whose loss does not change with time, and where that loss stands."""
        law = self.shape.law
        constant = (i for i, is_constant in enumerate(law.constant_loss) if is_constant)
        return {i: self.at_timeless + self.timeless.index(law.losses[i].text) for i in constant}

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Each number exp(x rate h) that a panel of width h needs: of each mode at its end, of some at the nodes."""
        made = [Factor(k, NODES, 1.0) for k in range(self.modes)]
        return (*made, *(Factor(k, j, float(x)) for k in self.signal_modes for j, x in enumerate(rule(NODES).nodes)))

    @cached_property
    def factor_place(self) -> dict[tuple[int, int], int]:
        """Place of each factor by mode and node; the end counts as node NODES."""
        return {(factor.mode, factor.node): place for place, factor in enumerate(self.factors)}

    @cached_property
    def kernels(self) -> dict[int, int]:
        """Stages of constant loss, and where their kernels stand after the factors; see `collocation.kernel_of`."""
        made, at = {}, len(self.factors)
        for stage in self.constant_losses:
            made[stage] = at
            at += self._kernel_size(stage)
        return made

    @cached_property
    def width_size(self) -> int:
        """Numbers kept for each width of panel."""
        return len(self.factors) + sum(self._kernel_size(stage) for stage in self.constant_losses)

    def _kernel_size(self, stage: int) -> int:
        """Only the end matters of the last stage, which drives no other."""
        return (NODES + 1) * (1 if stage + 1 == self.levels else NODES + 1)


def _modes_reached(pattern: Pattern) -> dict[int, list[int]]:
    """For each compartment the modes that show in it: those of its own group and of all groups upstream."""
    made: dict[int, list[int]] = {}
    first = 0
    for group in pattern.groups:
        feeding = {j for i, j in pattern.flows if i in group and j not in group}
        shown = {k for j in feeding for k in made[j]} | set(range(first, first + len(group)))
        made |= {i: sorted(shown) for i in group}
        first += len(group)
    return made


def _terms(places: tuple[Place, ...], reached: dict[int, list[int]]) -> tuple[Place, ...]:
    """Which modes of which group make up each signal or reading."""
    return tuple(sorted({(which, group, k) for which, group, i in places for k in reached[i]}))
