"""The solver one reads: NumPy over patients, panel by panel. It tests the compiled ones.

Linear part: x(t + h) = E(h) x(t) + J(h) u, exact (see pharmacokinetics/solver.py). Relaxations on a panel of width h,
with Gauss-Legendre nodes t_i, weights w_j to the panel's end and W_ij to node i (collocation):

    y(t_i) = y(0) + h sum_j W_ij (gain(t_j) - loss(t_j) y(t_j))        as many linear equations as nodes
    y(h)   = y(0) + h sum_j w_j  (gain(t_j) - loss(t_j) y(t_j))

Each stage needs the ones before it at the nodes, and has them. However fast a level is lost, nothing grows: the formula
with exp(integral of the loss) overflows where loss times width is large, and is wrong by 1e-3 long before.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.equations import Equations, State
from holdfast.model.integration.handed_over import checked
from holdfast.model.integration.quadrature import rule
from holdfast.model.integration.stretches import Constant, Stretch
from holdfast.model.pharmacokinetics.matrix_exponential import exponential, with_inputs

Values = NDArray[np.float64]
NODES = 6
_SAME_WIDTH = 12  # significant digits to which two widths are one


class PlainSolver:
    """Carries a population from stretch to stretch. `state` is where it stands now."""

    def __init__(self, equations: Equations, state: State | None = None) -> None:
        self.equations = equations
        self.state = state or equations.start()
        self._prepared: dict[tuple[str, tuple[str, ...]], tuple[Values, Values]] = {}

    def advance(self, stretch: Stretch, amounts_umol: Values, who: NDArray[np.int_] | None = None) -> Values:
        """Live through a stretch; what is read has the shape (patients, times, outputs).

        `amounts_umol` has the shape (patients, inputs, groups), inputs in the order of `stretch.entering`. `who` names
        the patients that live it, by their place; the others stay where they are.
        """
        everyone, amounts_umol = checked(self.equations, stretch, amounts_umol, who)
        x, y = self.state.x[everyone], self.state.y[everyone]
        constants = sorted({item.compartment for item in stretch.constants})
        out = np.empty((len(everyone), len(stretch.times_h), len(self.equations.output_names)))
        for at_h, next_h in [*itertools.pairwise(stretch.edges_h), (stretch.edges_h[-1], None)]:
            for place, item in enumerate(stretch.boluses):
                if item.at_h == at_h:
                    x[..., self.equations.system.index(item.compartment)] += amounts_umol[:, place]
            for place in (i for i, t in enumerate(stretch.times_h) if t == at_h):
                out[:, place] = self._outputs(x, y, everyone)
            if next_h is not None:
                rates = self._rates(stretch, at_h, next_h, amounts_umol, constants, x)
                x, y = self._panel(x, y, rates, next_h - at_h, everyone, tuple(constants))
        self.state.x[everyone], self.state.y[everyone] = x, y
        return out

    def _outputs(self, x: Values, y: Values, who: NDArray[np.int_]) -> Values:
        read = np.einsum("prgn,pgn->pr", self.equations.readings[who], x)
        return np.concatenate([read, y], axis=1)

    def _rates(
        self, stretch: Stretch, at_h: float, next_h: float, amounts: Values, constants: list[str], x: Values
    ) -> Values:
        """Constant inputs over this panel in umol/h, (patients, groups, compartments with such an input)."""
        rates = np.zeros((*x.shape[:2], len(constants)))
        for place, item in enumerate(stretch.entering):
            if isinstance(item, Constant) and item.start_h <= at_h and next_h <= item.end_h:
                rates[..., constants.index(item.compartment)] += amounts[:, place] / (item.end_h - item.start_h)
        return rates

    def _panel(
        self, x: Values, y: Values, rates: Values, h: float, who: NDArray[np.int_], constants: tuple[str, ...]
    ) -> tuple[Values, Values]:
        whole, at_nodes = self._prepare(h, constants)
        extended = np.concatenate([x, rates], axis=-1)
        signals = np.einsum("jpsgm,pgm->jsp", at_nodes[:, who], extended)
        return np.einsum("pgnm,pgm->pgn", whole[who], extended), self._relaxed(y, signals, h, who)

    def _relaxed(self, y: Values, signals: Values, h: float, who: NDArray[np.int_]) -> Values:
        """Levels of the law at the end of the panel; signals (nodes, signals, patients)."""
        gauss = rule(NODES)
        parameters = list(self.equations.parameters[who].T)
        at_nodes: list[Values] = []  # of the stages before, (nodes, patients)
        end = np.empty_like(y)
        for stage, rates in enumerate(self.equations.law.stages):
            gain, loss = rates(list(signals.swapaxes(0, 1)), at_nodes, parameters)
            gain, loss = np.broadcast_to(gain, (NODES, len(y))), np.broadcast_to(loss, (NODES, len(y)))
            system = np.eye(NODES) + h * gauss.to_node * loss.T[:, None, :]
            known = y[:, stage, None] + h * gain.T @ gauss.to_node.T
            at_node = np.linalg.solve(system, known[..., None])[..., 0].T
            at_nodes.append(at_node)
            end[:, stage] = y[:, stage] + h * gauss.weights @ (gain - loss * at_node)
        return end

    def _prepare(self, h: float, constants: tuple[str, ...]) -> tuple[Values, Values]:
        """E and J side by side for the panel, and what each signal is at each node of one unit of state or input."""
        key = (f"{h:.{_SAME_WIDTH}g}", constants)
        if key not in self._prepared:
            system, n = self.equations.system, len(self.equations.system.names)
            K = with_inputs(system.K_per_h, [system.index(name) for name in constants])
            nodes = [
                np.einsum("psgn,pgnm->psgm", self.equations.signals, exponential(K, h * t)[..., :n, :])
                for t in rule(NODES).nodes
            ]
            self._prepared[key] = exponential(K, h)[..., :n, :], np.stack(nodes)
        return self._prepared[key]
