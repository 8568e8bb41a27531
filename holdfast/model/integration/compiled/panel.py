"""The machine code of one panel: signals at the nodes, each stage at the nodes and at the end, then the modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.model.integration.compiled import traced
from holdfast.model.integration.compiled.collocation import matrix, solved, weighted
from holdfast.model.integration.compiled.lanes import Lanes
from holdfast.model.integration.compiled.layout import NODES, Layout
from holdfast.model.integration.compiled.nodes import AtNodes, at_nodes
from holdfast.model.integration.quadrature import rule


class Panel:
    """A panel of width h. `get` and `put` reach the workspace; `at_width` the factors of this width, by place."""

    def __init__(
        self, layout: Layout, get: Callable[[int], Lanes], put: Callable[[Lanes, int], None],
        at_width: Callable[[int], Lanes], h: Lanes,
    ) -> None:  # fmt: skip
        self.layout, self.get, self.put, self.at_width, self.h = layout, get, put, at_width, h
        self.gauss = rule(NODES)

    def factor(self, mode: int, node: int) -> Lanes:
        return self.at_width(self.layout.factor_place[mode, node])

    def write(self) -> None:
        layout = self.layout
        known: list[AtNodes] = self._signals()
        for stage in range(layout.levels):
            at = layout.at_state + layout.modes + stage
            relax = self._by_kernel if stage in layout.constant_losses else self._varying
            inside, end = relax(stage, known, self.get(at))
            known.append(AtNodes(inside))
            self.put(end, at)
        for k in range(layout.modes):
            self.put(self.get(layout.at_state + k) * self.factor(k, NODES), layout.at_state + k)

    def _signals(self) -> list[AtNodes]:
        """Each signal at the nodes."""
        layout = self.layout
        made = [[self.get(layout.at_steady_signals + which)] * NODES for which in range(layout.shape.counts[0])]
        q = {k: self.get(layout.at_state + k) for k in layout.signal_modes}
        for place, (which, group, k) in enumerate(layout.signal_terms):
            mode = layout.mode(group, k)
            part = self.get(layout.at_signals + place) * q[mode]
            made[which] = [part * self.factor(mode, j) + made[which][j] for j in range(NODES)]
        return [AtNodes(signal) for signal in made]

    def _rate(self, whole: traced.Expression, driving: list[AtNodes]) -> AtNodes:
        """A gain or loss at the nodes, where the signals and the levels before are known."""
        layout = self.layout

        def known(part: traced.Expression) -> Any | None:
            if part.text in layout.timeless:
                return self.get(layout.at_timeless + layout.timeless.index(part.text))
            if part.operation == traced.SIGNAL:
                return driving[part.parts[0]]
            return driving[layout.shape.counts[0] + part.parts[0]] if part.operation == traced.LEVEL else None

        return at_nodes(traced.value(whole, known), NODES)

    def _gains(self, stage: int, driving: list[AtNodes]) -> AtNodes:
        return self._rate(self.layout.shape.law.gains[stage], driving)

    def _inside(self, stage: int) -> range:
        """The nodes at which a level is wanted: none of the last stage, which drives no other."""
        return range(NODES if stage + 1 < self.layout.levels else 0)

    def _by_kernel(self, stage: int, driving: list[AtNodes], y: Lanes) -> tuple[list[Lanes], Lanes]:
        """Loss constant: the equations of the nodes are solved already."""
        gains, start = self._gains(stage, driving), self.layout.kernels[stage]

        def level(row: int) -> Lanes:
            total = self.at_width(start + row * (NODES + 1)) * y
            for j, gain in enumerate(gains):
                total = self.at_width(start + row * (NODES + 1) + 1 + j) * gain + total
            return total

        return [level(1 + i) for i in self._inside(stage)], level(0)

    def _varying(self, stage: int, driving: list[AtNodes], y: Lanes) -> tuple[list[Lanes], Lanes]:
        """The equations of the nodes, solved here."""
        gains = self._gains(stage, driving) * self.h
        kappa = self._rate(self.layout.shape.law.losses[stage], driving) * self.h
        W = self.gauss.to_node
        inside = solved(matrix(kappa.values), [[y + weighted(W[i], gains.values) for i in range(NODES)]])[0]
        change = [gain - k * level for gain, k, level in zip(gains, kappa, inside, strict=True)]
        return inside, y + weighted(self.gauss.weights, change)
