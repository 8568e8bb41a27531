"""A value at each node of a panel: the arithmetic of `Lanes`, for all nodes at once.

Division is the slowest operation of a processor, ten times a multiplication. It is done for three nodes at once: the
product of three divisors is inverted, and each inverse is the rest of the product times that. Divisors must lie
between 1e-100 and 1e100 in size, so that the product is still a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from holdfast.model.integration.compiled.lanes import SMALLEST, exp, log_by_ratio, mantissa

_TOGETHER = 3  # divisors: more would wait for each other


class AtNodes:
    """One `Lanes` for each node. The other operand may be the same at all nodes: `Lanes` or a number."""

    __array_ufunc__ = None

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, node: int) -> Any:
        return self.values[node]

    def __len__(self) -> int:
        return len(self.values)

    def _each(self, operation: Callable[[Any, Any], Any], other: Any) -> AtNodes:
        others = other if isinstance(other, AtNodes) else [other] * len(self)
        return AtNodes([operation(mine, theirs) for mine, theirs in zip(self, others, strict=True)])

    def __add__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: mine + theirs, other)

    def __radd__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: theirs + mine, other)

    def __sub__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: mine - theirs, other)

    def __rsub__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: theirs - mine, other)

    def __mul__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: mine * theirs, other)

    def __rmul__(self, other: Any) -> AtNodes:
        return self._each(lambda mine, theirs: theirs * mine, other)

    def __truediv__(self, other: Any) -> AtNodes:
        return self * (other.inverse() if isinstance(other, AtNodes) else 1.0 / other)

    def __rtruediv__(self, other: Any) -> AtNodes:
        return other * self.inverse()

    def __pow__(self, exponent: Any) -> AtNodes:
        parts = [mantissa(value.at_least(SMALLEST)) for value in self]
        m = AtNodes([m for _, m in parts])
        ratios = (m - 1.0) / (m + 1.0)
        logs = AtNodes([log_by_ratio(n, ratio) for (n, _), ratio in zip(parts, ratios, strict=True)])
        powers = [exp(value) for value in logs * exponent]
        return AtNodes([value.where_above(base, SMALLEST) for value, base in zip(powers, self, strict=True)])

    def inverse(self) -> AtNodes:
        """1 over each."""
        made: list[Any] = []
        for first in range(0, len(self), _TOGETHER):
            made += _inverses(self.values[first : first + _TOGETHER])
        return AtNodes(made)


def _inverses(values: Sequence[Any]) -> list[Any]:
    """1 over each, by one division."""
    products = [values[0]]
    for value in values[1:]:
        products.append(products[-1] * value)
    rest, made = 1.0 / products[-1], []
    for place in range(len(values) - 1, 0, -1):
        made.append(rest * products[place - 1])
        rest = rest * values[place]
    return [rest, *reversed(made)]


def at_nodes(value: Any, nodes: int) -> AtNodes:
    """A value that may be the same at all nodes, at each."""
    return value if isinstance(value, AtNodes) else AtNodes([value] * nodes)
