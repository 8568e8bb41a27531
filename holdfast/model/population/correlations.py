"""Draws of a person that go together, from population_correlations.csv.

Each draw has a standard normal number of its own name. Those of correlated draws are mixed by the lower triangle whose
product with its transpose is the matrix of correlations (Cholesky), in the order in which the table names them: the
first of them keeps its own number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import TableError
from holdfast.facts import load
from holdfast.facts.population_tables import POPULATION_CORRELATIONS

Values = NDArray[np.float64]
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Correlations:
    """Names of the draws that are correlated, and the triangle that mixes them."""

    names: tuple[str, ...]
    triangle: Values  # (names, names)

    def mixed(self, name: str, own: Callable[[str], Values]) -> Values:
        """The standard normal numbers of `name`, from `own` numbers by name that are independent of each other."""
        if name not in self.names:
            return own(name)
        weights = self.triangle[self.names.index(name)]
        return np.sum([w * own(other) for w, other in zip(weights, self.names, strict=True) if w != 0.0], axis=0)


def correlations(pairs: dict[tuple[str, str], float]) -> Correlations:
    """Raises `TableError` where a pair stands twice, or the correlations cannot hold at the same time."""
    names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
    matrix = np.eye(len(names))
    for (first, second), r in pairs.items():
        i, j = names.index(first), names.index(second)
        if matrix[i, j] != 0.0:
            raise TableError(
                [f"{POPULATION_CORRELATIONS.path}: {first} and {second} stand twice; give one correlation"]
            )
        matrix[i, j] = matrix[j, i] = r
    smallest = np.linalg.eigvalsh(matrix).min(initial=1.0)
    if smallest < _ROUNDING:
        raise TableError(
            [f"{POPULATION_CORRELATIONS.path}: the correlations of {', '.join(names)} cannot all hold at once "
             f"(smallest eigenvalue {smallest:.2g}); bring them nearer to 0"]
        )  # fmt: skip
    return Correlations(names, np.asarray(np.linalg.cholesky(matrix), dtype=float))


def correlations_of(model: str, population: str) -> Correlations:
    """Those that hold in this model and this population. Errors as `correlations`."""
    rows = [
        row for row in load().rows("population_correlations")
        if row.get("model", model) == model and row.get("population", population) == population
    ]  # fmt: skip
    twice = {(row["first"], row["second"]) for row in rows}
    if len(twice) < len(rows):
        raise TableError([f"{POPULATION_CORRELATIONS.path}: a pair stands twice for {model} and {population}"])
    return correlations({(row["first"], row["second"]): float(row["r"]) for row in rows})
