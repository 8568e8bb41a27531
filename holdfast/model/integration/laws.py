"""Equations that are not linear: levels that relax one way, each driven by signals and by the levels before it.

    y_k' = gain_k - loss_k y_k        gain_k and loss_k are functions of the signals and of y_0 ... y_(k-1)

Nothing runs backwards and no y acts on itself but through its own loss, so each level has an exact kernel and needs no
iteration. A stage is written once, with + - * / and `power`, without a branch: NumPy broadcasts it, the compiled solver
traces it, numba compiles it for a card, SciPy integrates it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Stage = Callable[[Sequence[Any], Sequence[Any], Sequence[Any]], tuple[Any, Any]]
"""(signals, y, parameters) → (gain, loss), both at least 0, in 1/h."""


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent for a base of 0 or more; compiled solvers put their own in its place."""
    return base**exponent


@dataclass(frozen=True)
class Law:
    """The relaxations of a model: one stage for each state, in the order in which they drive each other."""

    name: str
    signals: tuple[str, ...]  # what drives: linear in the amounts, 0 without drug
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    stages: tuple[Stage, ...]
    start: Callable[[Sequence[Any]], Sequence[Any]]  # parameters → y before the first dose
