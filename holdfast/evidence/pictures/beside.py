"""What the model gives beside what was published: bands of 80 and 95 percent, the median, and the published point.

One picture for each unit. A number that nobody published is left to the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.evidence.founding_predictions import Beside, Number
from holdfast.evidence.wording import with_capital
from holdfast.printed.axis import Axis, Tick, around, ticks

_LEFT, _RIGHT = 12, 348
_FIRST, _ROW, _FOOT = 26, 40, 40
_WHOLE = {"percent": (0.0, 100.0)}
_NOT_DRAWN = ("1 = superior",)


@dataclass(frozen=True)
class Band:
    """One number: where its intervals, its median and the published values lie."""

    label: str
    y: float
    ends_95: tuple[float, float]
    ends_80: tuple[float, float]
    median_x: float
    points: tuple[tuple[float, bool], ...]  # where, and whether it is unverified or read in the press only
    number: Number

    @property
    def width_80(self) -> float:
        """Length of the inner band."""
        return round(self.ends_80[1] - self.ends_80[0], 1)


@dataclass(frozen=True)
class Bands:
    """One picture, in the unit of its numbers."""

    unit: str
    x_ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    height: float

    @property
    def summary(self) -> str:
        """What the picture shows, in a sentence."""
        shown = "; ".join(
            f"{one.label}: published {_said(one.number.beside)}, model {one.number.median:.3g} "
            f"({one.number.ends_95[0]:.3g} to {one.number.ends_95[1]:.3g})"
            for one in self.bands
        )
        return f"Published and predicted, {self.unit}. {shown}."


def _said(beside: Iterable[Beside]) -> str:
    return " and ".join(f"{one.value:.3g}" for one in beside)


def beside_published(numbers: Iterable[Number]) -> tuple[Bands, ...]:
    """A picture for each unit in which a number was published."""
    by_unit: dict[str, list[Number]] = {}
    for one in numbers:
        if one.beside and one.median is not None and None not in one.ends_95 and one.unit not in _NOT_DRAWN:
            by_unit.setdefault(one.unit, []).append(one)
    return tuple(_bands(unit, found) for unit, found in by_unit.items())


def _bands(unit: str, numbers: Sequence[Number]) -> Bands:
    values = [end for one in numbers for end in one.ends_95 if end is not None]
    values += [found.value for one in numbers for found in one.beside]
    axis = Axis(*around(values, also=_WHOLE.get(unit, (0.0,))), _LEFT, _RIGHT)
    bands = tuple(_band(one, place, axis) for place, one in enumerate(numbers))
    return Bands(unit, ticks(axis), bands, _FIRST + _ROW * (len(bands) - 1) + _FOOT)


def _band(one: Number, place: int, axis: Axis) -> Band:
    def ends(both: tuple[float | None, float | None]) -> tuple[float, float]:
        return axis.at(both[0] or 0.0), axis.at(both[1] or 0.0)

    against = f" against {one.against}" if one.against else ""
    return Band(
        label=f"{with_capital(one.outcome)}: {one.group}{against}",
        y=_FIRST + _ROW * place,
        ends_95=ends(one.ends_95),
        ends_80=ends(one.ends_80),
        median_x=axis.at(one.median or 0.0),
        points=tuple((axis.at(found.value), found.row.is_doubtful) for found in one.beside),
        number=one,
    )
