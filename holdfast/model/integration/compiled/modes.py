"""The linear part as modes: x = V q with q' = rate q + U inputs and U = V^-1, so that each mode decays on its own.

Compartments that exchange form a group (central, peripheral and liver do); the groups follow each other in one
direction, for nothing flows back from a metabolite or a follower. Within a group K is similar to a symmetric matrix
(sqrt(K_ij K_ji) off the diagonal), whose modes Jacobi's rotations find to full precision. Between groups the modes
chain on by partial fractions, which divide by differences of rates. `spread` says how much those divisions magnify
rounding: where two or three rates nearly coincide it is large, and the solver leaves that patient to exact matrix
exponentials.

The arithmetic is written once for any kind of number: NumPy arrays over patients, or `Lanes` that record machine code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Entries = dict[tuple[int, int], Any]  # a sparse matrix: (row, column) → number
_SWEEPS = 7  # of rotations, for groups of three and more; they converge quadratically
_TINY = 1e-290  # keeps 0/0 from turning into no number


@dataclass(frozen=True)
class Pattern:
    """Which compartments feed which: groups of compartments that exchange, from upstream to downstream."""

    groups: tuple[tuple[int, ...], ...]
    flows: frozenset[tuple[int, int]]  # (to, from), off the diagonal

    @property
    def splits(self) -> bool:
        """Whether this module can find the modes: exchange within a group runs both ways and in no circle."""
        inside = [(i, j) for group in self.groups for i in group for j in group if (i, j) in self.flows]
        both_ways = all((j, i) in self.flows for i, j in inside)
        return both_ways and len(inside) == 2 * sum(len(group) - 1 for group in self.groups)


@dataclass(frozen=True)
class Modes:
    """rates (1/h, below 0), V and U of one patient or of many; `spread` is 1 at best, no number where it fails."""

    rates: list[Any]
    V: Entries
    U: Entries
    spread: Any


def pattern_of(K: NDArray[np.float64]) -> Pattern:
    """The pattern of matrices (..., n, n): a flow exists where any patient has it."""
    n = K.shape[-1]
    exists = (K != 0).reshape(-1, n, n).any(axis=0)
    np.fill_diagonal(exists, val=False)
    reaches = exists | np.eye(n, dtype=bool)
    for k in range(n):
        reaches |= reaches[:, [k]] & reaches[[k], :]
    together = reaches & reaches.T
    groups = {tuple(int(i) for i in np.flatnonzero(together[k])) for k in range(n)}
    ordered = sorted(groups, key=lambda group: (int(reaches[group[0]].sum()), group))
    return Pattern(tuple(ordered), frozenset((int(i), int(j)) for i, j in np.argwhere(exists)))


def modes(K: Callable[[int, int], Any], pattern: Pattern, root: Callable[[Any], Any], copysign: Any) -> Modes:
    """Modes of K(i, j); `root` and `copysign` are those of its kind of number."""
    n = sum(len(group) for group in pattern.groups)
    rates: list[Any] = []
    V: Entries = {}
    U: Entries = {}
    places: list[range] = []  # the modes of each group
    for group in pattern.groups:
        places.append(range(len(rates), len(rates) + len(group)))
        found, vectors, inverse = _group_modes(K, group, pattern, root, copysign)
        rates += found
        V |= {(group[i], places[-1][k]): v for (i, k), v in vectors.items()}
        U |= {(places[-1][k], group[i]): u for (k, i), u in inverse.items()}
    flows = {(i, j): K(i, j) for i, j in pattern.flows if not any(i in g and j in g for g in pattern.groups)}
    coupling = _product(_product(U, flows), V)
    W, X, spread = _chained(rates, coupling, n)
    return Modes(rates, _product(V, W), _product(X, U), spread)


def _group_modes(K: Any, group: tuple[int, ...], pattern: Pattern, root: Any, copysign: Any) -> Any:
    """Rates, vectors and their inverse within one group, by places in the group."""
    one = K(group[0], group[0]) * 0.0 + 1.0
    size = len(group)
    if size == 1:
        return [K(group[0], group[0])], {(0, 0): one}, {(0, 0): one}
    scale = {0: one}
    while len(scale) < size:
        for i, j in ((i, j) for i in list(scale) for j in range(size) if j not in scale):
            if (group[i], group[j]) in pattern.flows:
                scale[j] = scale[i] * root(K(group[j], group[i]) / K(group[i], group[j]))
    S: Entries = {(i, i): K(group[i], group[i]) for i in range(size)}
    for i in range(size):
        for j in range(i + 1, size):
            linked = (group[i], group[j]) in pattern.flows
            S[i, j] = root(K(group[i], group[j]) * K(group[j], group[i])) if linked else one * 0.0
    Q: Entries = {(i, k): one if i == k else one * 0.0 for i in range(size) for k in range(size)}
    for _ in range(1 if size == 2 else _SWEEPS):
        for p in range(size):
            for q in range(p + 1, size):
                _rotate(S, Q, p, q, size, root, copysign)
    vectors = {(i, k): scale[i] * Q[i, k] for i, k in Q}
    return [S[k, k] for k in range(size)], vectors, {(k, i): Q[i, k] / scale[i] for i, k in Q}


def _rotate(S: Entries, Q: Entries, p: int, q: int, size: int, root: Any, copysign: Any) -> None:
    """One of Jacobi's rotations: S (upper triangle) loses its entry at p, q, and Q gains the rotation."""
    off, difference = S[p, q] * 2.0, S[q, q] - S[p, p]
    t = copysign(1.0, difference) * off / (abs(difference) + root(difference * difference + off * off) + _TINY)
    c = 1.0 / root(t * t + 1.0)
    s = t * c
    S[p, p], S[q, q] = S[p, p] - t * S[p, q], S[q, q] + t * S[p, q]
    S[p, q] = S[p, q] * 0.0
    for r in (r for r in range(size) if r not in (p, q)):
        at_p, at_q = (min(r, p), max(r, p)), (min(r, q), max(r, q))
        S[at_p], S[at_q] = c * S[at_p] - s * S[at_q], s * S[at_p] + c * S[at_q]
    for r in range(size):
        Q[r, p], Q[r, q] = c * Q[r, p] - s * Q[r, q], s * Q[r, p] + c * Q[r, q]


def _chained(rates: list[Any], coupling: Entries, n: int) -> tuple[Entries, Entries, Any]:
    """Vectors W of the lower triangular matrix with these rates and couplings, their inverse X, and the spread.

    The spread is the sum of the sizes of the terms that make up an entry of W exp(rates h) X, over what a chain without
    nearly equal rates would give; at its largest.
    """
    one = rates[0] * 0.0 + 1.0
    W: Entries = {(k, k): one for k in range(n)}
    natural: Entries = dict(W)
    for column in range(n):
        for k in range(column + 1, n):
            feeding = [j for j in range(column, k) if (k, j) in coupling and (j, column) in W]
            if feeding:
                W[k, column] = sum(coupling[k, j] * W[j, column] for j in feeding) / (rates[column] - rates[k])
                flow = sum(abs(coupling[k, j]) * natural[j, column] for j in feeding)
                natural[k, column] = flow / (abs(rates[k]) + abs(rates[column])) + _TINY
    X: Entries = {(k, k): one for k in range(n)}
    for column in range(n):
        for k in range(column + 1, n):
            parts = [j for j in range(column, k) if (k, j) in W and (j, column) in X]
            if parts:
                X[k, column] = -sum(W[k, j] * X[j, column] for j in parts)
    return W, X, _spread(W, X, natural)


def _spread(W: Entries, X: Entries, natural: Entries) -> Any:
    total = 0.0
    for (k, column), size in natural.items():
        between = [j for j in range(column, k + 1) if (k, j) in W and (j, column) in X]
        total = total + sum(abs(W[k, j]) * abs(X[j, column]) for j in between) / size
    return total


def _product(left: Mapping[tuple[int, int], Any], right: Mapping[tuple[int, int], Any]) -> Entries:
    """Of two sparse matrices."""
    made: Entries = {}
    for (i, j), a in left.items():
        for (k, m), b in right.items():
            if j == k:
                made[i, m] = made[i, m] + a * b if (i, m) in made else a * b
    return made
