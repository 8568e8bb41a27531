"""Two pictures of a learning check: what lay inside against what should, and where ratings lay. Units of a viewBox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.printed.axis import Axis, Tick, polyline

LEFT, RIGHT, TOP, BOTTOM = 38, 250, 12, 190
_GAP = 1.0
_LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Dot:
    """One level: what lay inside, and the ends of its 95 % interval."""

    x: float
    y: float
    low_y: float
    high_y: float


@dataclass(frozen=True)
class Calibration:
    """Ratings inside the middle of their forecasts, against how much that middle holds."""

    dots: tuple[Dot, ...]
    line: str
    ideal: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    summary: str


@dataclass(frozen=True)
class Bar:
    """One tenth of the forecast: how many ratings lay there."""

    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True)
class Places:
    """Where ratings lay in their forecasts."""

    bars: tuple[Bar, ...]
    even_y: float
    y_ticks: tuple[Tick, ...]
    summary: str


def calibration_of(levels: Sequence[Mapping[str, float]]) -> Calibration:
    """From the levels of a check."""
    x, y = Axis(0.0, 1.0, LEFT, RIGHT), Axis(0.0, 1.0, BOTTOM, TOP)
    dots = tuple(
        Dot(x.at(one["level"]), y.at(one["inside"]), y.at(one["low"]), y.at(one["high"])) for one in levels
    )  # fmt: skip
    told = {one["level"]: one for one in levels}
    said = "; ".join(f"{100 * level:.0f} %: {100 * told[level]['inside']:.0f} %" for level in (0.5, 0.8, 0.95)
                     if level in told)  # fmt: skip
    return Calibration(
        dots, polyline((dot.x, dot.y) for dot in dots), polyline([(x.at(0), y.at(0)), (x.at(1), y.at(1))]),
        tuple(Tick(x.at(at), f"{100 * at:.0f}") for at in _LEVELS),
        tuple(Tick(y.at(at), f"{100 * at:.0f}") for at in _LEVELS),
        f"Ratings inside the middle of their forecasts, by how much that middle holds: {said}. Right forecasts lie on "
        "the diagonal; below it they are too sure.",
    )  # fmt: skip


def places_of(counts: Sequence[int]) -> Places:
    """From the tenths of a check, lowest first."""
    even = sum(counts) / len(counts)
    most = max([*counts, 1])
    y, width = Axis(0.0, float(most), BOTTOM, TOP), (RIGHT - LEFT) / len(counts)
    bars = tuple(
        Bar(round(LEFT + place * width + _GAP, 1), y.at(count), round(width - 2 * _GAP, 1),
            round(BOTTOM - y.at(count), 1), count)
        for place, count in enumerate(counts)
    )  # fmt: skip
    return Places(
        bars, y.at(even), tuple(Tick(y.at(at), f"{at:g}") for at in sorted({0, most})),
        f"Ratings by the tenth of the forecast in which they lay, lowest first: {', '.join(map(str, counts))}. Even "
        f"would be {even:.1f} each; high ends mean forecasts that are too sure, one high end that they lean.",
    )  # fmt: skip
