"""One axis of a plot: where a value lies, and which values are written beside it.

Lengths are in units of the picture (a viewBox), not of the screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)
_HOURS_OF_A_DAY = 24


@dataclass(frozen=True)
class Tick:
    """A value written on an axis, and where."""

    at: float
    text: str


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """Where the value lies, to a tenth; a value beyond an end lies on it."""
        low, high, wanted = (self._on_scale(one) for one in (self.low, self.high, value))
        share = min(max((wanted - low) / (high - low), 0.0), 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def _on_scale(self, value: float) -> float:
        return math.log(value) if self.logarithmic else value


def polyline(places: Iterable[tuple[float, float]]) -> str:
    """Places as an SVG polyline or polygon wants them."""
    return " ".join(f"{x},{y}" for x, y in places)


def around(values: Iterable[float], *, also: Iterable[float] = ()) -> tuple[float, float]:
    """Round ends that hold every value, with a little room; never the same."""
    wanted = [*values, *also]
    low, high = min(wanted), max(wanted)
    step = round_step(max(high - low, 1e-9), 5)
    return math.floor(low / step) * step, max(math.ceil(high / step), math.floor(low / step) + 1) * step


def round_step(span: float, wanted: int) -> float:
    """The step of 1, 2, 2.5 or 5 times a power of ten that gives about so many ticks."""
    rough = span / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))


def ticks(axis: Axis, wanted: int = 4) -> tuple[Tick, ...]:
    """Round values between the ends."""
    if axis.logarithmic:
        return tuple(Tick(axis.at(value), _short(value)) for value in _decades(axis.low, axis.high))
    step = round_step(axis.high - axis.low, wanted)
    first = math.ceil(axis.low / step - 1e-9)
    count = math.floor(axis.high / step + 1e-9) - first + 1
    return tuple(Tick(axis.at((first + i) * step), _short((first + i) * step)) for i in range(count))


def _decades(low: float, high: float) -> list[float]:
    found = [step * 10.0**power for power in range(-3, 4) for step in (1, 2, 5)]
    inside = [value for value in found if low <= value <= high]
    return inside if len(inside) <= 6 else [value for value in inside if math.log10(value).is_integer()]


def _short(value: float) -> str:
    return f"{round(value, 6):g}".replace("-", "\N{MINUS SIGN}")


def time_ticks(times_h: Sequence[float], axis: Axis, *, room: float) -> tuple[Tick, ...]:
    """The times that were rated, in words; of those that would stand upon each other the first."""
    found: list[Tick] = []
    for time_h in times_h:
        tick = Tick(axis.at(on_time_scale(time_h)), time_in_short(time_h))
        if not found or tick.at - found[-1].at >= room:
            found.append(tick)
    return tuple(found)


def on_time_scale(time_h: float) -> float:
    """Hours, drawn together the later they are: ratings come within hours and within months."""
    return math.log1p(time_h)


def time_in_short(time_h: float) -> str:
    """`40 min`, `4 h`, `day 2`, `week 8`: whole where the time is."""
    if time_h < 1 and time_h > 0:
        return f"{time_h * 60:.0f} min"
    days = time_h / _HOURS_OF_A_DAY
    if days < 1 or not days.is_integer():
        return f"{time_h:.3g} h"
    return f"week {days / 7:g}" if days >= 14 and (days / 7).is_integer() else f"day {days:g}"
