"""A law as expressions: its stages run once over symbols, so that a compiler sees what a reader sees.

What depends on parameters alone is named apart: a solver computes it once for each patient, not at each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from holdfast.model.integration.laws import Law

SIGNAL, LEVEL, PARAMETER, NUMBER = "signal", "level", "parameter", "number"
_LEAVES = (SIGNAL, LEVEL, PARAMETER, NUMBER)


@dataclass(frozen=True, eq=False)
class Expression:
    """An operation on other expressions, or a leaf: a signal, a level y, a parameter by place, or a number."""

    operation: str
    parts: tuple[Any, ...]
    text: str
    timeless: bool  # made of parameters and numbers alone

    __array_ufunc__ = None

    def __add__(self, other: Any) -> Expression:
        return combined("+", self, other)

    def __radd__(self, other: Any) -> Expression:
        return combined("+", other, self)

    def __sub__(self, other: Any) -> Expression:
        return combined("-", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return combined("-", other, self)

    def __mul__(self, other: Any) -> Expression:
        return combined("*", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return combined("*", other, self)

    def __truediv__(self, other: Any) -> Expression:
        divisor = expression(other)
        if divisor.timeless and not self.timeless:
            return self * combined("/", 1.0, divisor)  # once for each patient
        return combined("/", self, divisor)

    def __rtruediv__(self, other: Any) -> Expression:
        return combined("/", other, self)

    def __pow__(self, other: Any) -> Expression:
        return combined("**", self, other)

    def __rpow__(self, other: Any) -> Expression:
        return combined("**", other, self)

    def __neg__(self) -> Expression:
        return combined("-", 0.0, self)

    def __bool__(self) -> bool:
        raise TypeError("a stage of a law has no branch: write it with + - * / and power")


def leaf(kind: str, value: Any) -> Expression:
    """A signal, level or parameter by its place, or a number."""
    return Expression(kind, (value,), f"{kind}[{value!r}]", kind in (PARAMETER, NUMBER))


def expression(value: Any) -> Expression:
    """Itself, or a number as an expression."""
    return value if isinstance(value, Expression) else leaf(NUMBER, float(value))


def combined(operation: str, left: Any, right: Any) -> Expression:
    """left operation right."""
    a, b = expression(left), expression(right)
    return Expression(operation, (a, b), f"({a.text} {operation} {b.text})", a.timeless and b.timeless)


@dataclass(frozen=True)
class TracedLaw:
    """Gain and loss of each stage, and the `timeless` expressions they use, in the order of a solver's table."""

    gains: tuple[Expression, ...]
    losses: tuple[Expression, ...]
    constant_loss: tuple[bool, ...]
    timeless: dict[str, Expression] = field(default_factory=dict)  # by text

    @property
    def fingerprint(self) -> str:
        """The same for two laws exactly when they compute the same."""
        return " ; ".join(e.text for e in (*self.gains, *self.losses)) + repr(self.constant_loss)


def traced(law: Law) -> TracedLaw:
    """The stages run over symbols. Raises `TypeError` for a stage that branches or leaves arithmetic."""
    signals = [leaf(SIGNAL, i) for i in range(len(law.signals))]
    levels = [leaf(LEVEL, i) for i in range(len(law.states))]
    parameters = [leaf(PARAMETER, i) for i in range(len(law.parameters))]
    pairs = [stage(signals, levels[:i], parameters) for i, stage in enumerate(law.stages)]
    gains = tuple(expression(gain) for gain, _ in pairs)
    losses = tuple(expression(loss) for _, loss in pairs)
    made = TracedLaw(gains, losses, tuple(loss.timeless for loss in losses))
    made.timeless.update({loss.text: loss for loss in losses if loss.timeless})
    for whole in (*gains, *losses):
        _find_timeless(whole, made.timeless)
    return made


def _find_timeless(whole: Expression, found: dict[str, Expression]) -> None:
    """The largest parts without time, numbers apart."""
    if whole.operation == NUMBER:
        return
    if whole.timeless:
        found.setdefault(whole.text, whole)
    elif whole.operation not in _LEAVES:
        for part in whole.parts:
            _find_timeless(part, found)


def value(whole: Expression, known: Callable[[Expression], Any | None], made: dict[str, Any] | None = None) -> Any:
    """What an expression comes to where `known` gives the value of leaves, and of any other part it has at hand."""
    made = {} if made is None else made
    if whole.text not in made:
        at_hand = known(whole)
        made[whole.text] = _worked_out(whole, known, made) if at_hand is None else at_hand
    return made[whole.text]


def _worked_out(whole: Expression, known: Callable[[Expression], Any | None], made: dict[str, Any]) -> Any:
    if whole.operation == NUMBER:
        return whole.parts[0]
    left, right = (value(part, known, made) for part in whole.parts)
    match whole.operation:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case _:
            return left**right
