"""The solver that checks the others: the right-hand side written out and integrated by SciPy, one patient at a time.

Restarted at every edge of an input, so that no dose can be stepped over, and at every time read, so that no
interpolation stands between the method and the number. It knows nothing of panels, quadrature or exponentials of
matrices: what it shares with the other solvers is the matrix K and the stages of the law. Slow; for tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from holdfast.model.integration.equations import Equations
from holdfast.model.integration.stretches import Constant, Stretch

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Lived:
    """What one patient's stretch gave: `read` (times, outputs), and amounts (groups, compartments) and y at its end."""

    read: Values
    x: Values
    y: Values


def reference(
    equations: Equations, stretch: Stretch, amounts_umol: Values, *, patient: int = 0,
    x: Values | None = None, y: Values | None = None, method: str = "DOP853", rtol: float = 1e-12, atol: float = 1e-15,
) -> Lived:  # fmt: skip
    """Live one patient through a stretch from (x, y), or from nothing given yet.

    `amounts_umol` has the shape (inputs, groups): this patient's alone. `atol` is relative to the largest amount in
    the body for x, and to 1 for y. Raises `ArithmeticError` where SciPy stops.
    """
    start = equations.take([patient]).start()
    x, y = start.x[0] if x is None else np.array(x, float), start.y[0] if y is None else np.array(y, float)
    scale = max(float(np.abs(x).sum() + np.abs(amounts_umol).sum()), np.finfo(float).tiny)
    tolerance = np.concatenate([np.full(x.size, atol * scale), np.full(y.size, atol)])
    names = equations.system.names
    items = list(zip(stretch.entering, amounts_umol, strict=True))
    starts_and_ends = [t for c in stretch.constants for t in (c.start_h, c.end_h)]
    stops = sorted({0.0, stretch.length_h, *stretch.times_h, *(b.at_h for b in stretch.boluses), *starts_and_ends})
    read = np.full((len(stretch.times_h), len(equations.output_names)), np.nan)
    for at_h, next_h in itertools.pairwise([*stops, np.nan]):
        for item, amount in items:
            if not isinstance(item, Constant) and item.at_h == at_h:
                x[:, names.index(item.compartment)] += amount
        weighted = (equations.readings[patient] * x).sum(axis=(1, 2))
        read[[i for i, t in enumerate(stretch.times_h) if t == at_h]] = [*weighted, *y]
        if at_h < next_h:
            inflow = np.zeros_like(x)
            for item, amount in items:
                if isinstance(item, Constant) and item.start_h < (at_h + next_h) / 2 < item.end_h:
                    inflow[:, names.index(item.compartment)] += amount / (item.end_h - item.start_h)
            rates = _derivative(equations, patient, inflow)
            done = solve_ivp(rates, (at_h, next_h), [*x.ravel(), *y], method=method, rtol=rtol, atol=tolerance)
            if not done.success:
                raise ArithmeticError(f"the reference solver stopped at {done.t[-1]:g} h: {done.message}")
            x, y = done.y[: x.size, -1].reshape(x.shape), done.y[x.size :, -1]
    return Lived(read, x, y)


def _derivative(equations: Equations, patient: int, inflow: Values) -> Callable[[float, Values], Values]:
    """(t, everything) → its rate of change under a constant inflow (groups, compartments)."""
    K, signals = equations.system.K_per_h[patient], equations.signals[patient]
    law, parameters = equations.law, [float(p) for p in equations.parameters[patient]]

    def derivative(t: float, everything: Values) -> Values:
        x, y = everything[: inflow.size].reshape(inflow.shape), list(everything[inflow.size :])
        # a step may overshoot a level of 0 by its tolerance, and a power of a negative base is no number
        driving = [max(0.0, float((weights * x).sum())) for weights in signals]
        rates = [gain - loss * y[k] for k, (gain, loss) in enumerate(s(driving, y, parameters) for s in law.stages)]
        return np.concatenate([((K @ x[..., None])[..., 0] + inflow).ravel(), rates])

    return derivative


def error(found: Values, expected: Values) -> float:
    """Largest difference over time by largest value over time, of the worst output; arrays (times, outputs)."""
    top = np.abs(expected).max(axis=0)
    apart = np.abs(found - expected).max(axis=0)
    return float(np.max(np.divide(apart, top, out=np.where(apart == 0, 0.0, np.inf), where=top > 0)))
