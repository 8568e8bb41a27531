"""Gauss-Legendre nodes on a panel of width 1, with weights to its end and to each node."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """nodes (m,); weights (m,) of the integral over the panel; to_node (m, m): row i integrates from 0 to node i."""

    nodes: Values
    weights: Values
    to_node: Values


@cache
def rule(nodes: int) -> Rule:
    """The rule with that many nodes: exact for polynomials up to twice their number less one."""
    on_minus_1_to_1, weights = legendre.leggauss(nodes)
    x = (on_minus_1_to_1 + 1) / 2
    powers = np.arange(nodes)
    vandermonde = on_minus_1_to_1[:, None] ** powers
    integrals = (on_minus_1_to_1[:, None] ** (powers + 1) - (-1.0) ** (powers + 1)) / (powers + 1)
    to_node = np.linalg.solve(vandermonde.T, integrals.T).T / 2
    return Rule(x, weights / 2, to_node)
