"""Linear equations of a panel's nodes, for `Lanes`: y_i = y(0) + h sum_j W_ij (gain_j - loss_j y_j).

The matrix I + h W diag(loss) is eliminated without exchanging rows: every principal minor of Gauss's W is above 0,
so no pivot vanishes whatever the losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.model.integration.compiled.lanes import Lanes
from holdfast.model.integration.quadrature import rule

Column = list[Any]  # a number for each node: Lanes, or a plain number the same for all


def matrix(kappa: Sequence[Lanes]) -> list[Column]:
    """Rows of I + W diag(kappa), kappa = width times loss at each node."""
    W = rule(len(kappa)).to_node
    places = range(len(kappa))
    return [[kappa[j] * float(W[i, j]) + (1.0 if i == j else 0.0) for j in places] for i in places]


def solved(rows: Sequence[Column], columns: Sequence[Column]) -> list[Column]:
    """For each column b the x of rows x = b."""
    n = len(rows)
    left, right = [list(row) for row in rows], [list(column) for column in columns]
    one_over: list[Any] = []
    for p in range(n):
        one_over.append(1.0 / left[p][p])
        for i in range(p + 1, n):
            times = left[i][p] * one_over[p]
            for j in range(p + 1, n):
                left[i][j] = left[i][j] - times * left[p][j]
            for b in (b for b in right if not _is_zero(b[p])):
                b[i] = -(times * b[p]) if _is_zero(b[i]) else b[i] - times * b[p]
    for b in right:
        for p in range(n - 1, -1, -1):
            known = b[p]
            for j in range(p + 1, n):
                known = known - left[p][j] * b[j]
            b[p] = known * one_over[p]
    return right


def weighted(weights: Any, values: Sequence[Any]) -> Any:
    """Sum of weights times values."""
    total = values[0] * float(weights[0])
    for value, weight in zip(values[1:], weights[1:], strict=True):
        total = value * float(weight) + total
    return total


def kernel_of(loss: Lanes, h: Lanes, nodes: int, *, inside: bool) -> list[Any]:
    """What a loss that does not change comes to on a panel: how y(0) and the gains make up y at the end and the nodes.

    In this order: what y(0) and each gain count for at the end and, if `inside`, the same for each node. With
    kappa = h loss and A = I + kappa W: y = A^-1 y(0) + h A^-1 W gain, and at the end (1 - kappa v 1) y(0) + h v gain,
    v = w A^-1.
    """
    gauss, kappa, ones = rule(nodes), h * loss, [1.0] * nodes
    A = matrix([kappa] * nodes)
    if not inside:
        v = solved([[A[j][i] for j in range(nodes)] for i in range(nodes)], [[float(w) for w in gauss.weights]])[0]
        return [1.0 - kappa * weighted(ones, v), *(h * value for value in v)]
    inverse = solved(A, [[1.0 if i == j else 0.0 for i in range(nodes)] for j in range(nodes)])  # its columns
    v = [weighted(gauss.weights, column) for column in inverse]
    made = [1.0 - kappa * weighted(ones, v), *(h * value for value in v)]
    for i in range(nodes):
        row = [column[i] for column in inverse]
        made.append(weighted(ones, row))
        made += [h * weighted(gauss.to_node[:, j], row) for j in range(nodes)]
    return made


def _is_zero(value: Any) -> bool:
    return isinstance(value, float) and value == 0.0
