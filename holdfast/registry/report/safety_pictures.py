"""Pictures of the safety sections: rates with whiskers below each other, and shares by number of the session.

Whiskers have different widths, marks different shapes: nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.printed.axis import Axis, around, ticks
from holdfast.printed.drawing import Dot, Drawing, Line, Shape, Words, bar
from holdfast.registry.report.plots import WIDTH

_LABELS, _RIGHT = 104.0, 232.0
_TOP, _ROW, _FOOT = 8.0, 11.0, 28.0
_PLOT_TOP, _PLOT_BOTTOM, _PLOT_LEFT = 14.0, 102.0, 26.0
_CAP = 2.0
_SMALL, _TEXT = 7.5, 8.0


@dataclass(frozen=True)
class Whisker:
    """One line: its value with an interval, another interval drawn thin, and a published value as a ring."""

    label: str
    value: float
    ends: tuple[float, float]
    thin: tuple[float, float] | None = None
    published: float | None = None

    @property
    def highest(self) -> float:
        """What the axis must reach."""
        return max(self.ends[1], self.thin[1] if self.thin else 0.0, self.published or 0.0)


def whiskers(lines: Sequence[Whisker], *, axis_title: str) -> Drawing:
    """Lines below each other over one axis from 0."""
    axis = Axis(*around((0.0, max(one.highest for one in lines))), _LABELS, _RIGHT)
    bottom = _TOP + _ROW * len(lines)
    shapes: list[Shape] = []
    for tick in ticks(axis, 4):
        shapes.append(Line(((tick.at, _TOP - 6), (tick.at, bottom)), "rule", 0.6))
        shapes.append(Words(tick.at, bottom + 10, tick.text, "soft", _SMALL, "middle"))
    for place, one in enumerate(lines):
        shapes += _whisker(one, axis, _TOP + _ROW * (place + 0.5))
    shapes.append(Words((_LABELS + _RIGHT) / 2, bottom + 22, axis_title, "ink", _TEXT, "middle"))
    return Drawing(WIDTH, bottom + _FOOT, tuple(shapes))


def _whisker(one: Whisker, axis: Axis, y: float) -> list[Shape]:
    shapes: list[Shape] = [Words(_LABELS - 6, y + 2.5, one.label, "ink", _SMALL, "end")]
    if one.thin is not None:
        low, high = (axis.at(end) for end in one.thin)
        shapes.append(Line(((low, y), (high, y)), "ours", 0.9))
        shapes += [Line(((end, y - _CAP), (end, y + _CAP)), "ours", 0.9) for end in (low, high)]
    low, high = (axis.at(end) for end in one.ends)
    shapes.append(bar(low, max(high, low + 0.8), y, 4.4, "ours", 0.35))
    if one.published is not None:
        shapes.append(Dot(axis.at(one.published), y, 3.4, "theirs", filled=False))
    return [*shapes, Dot(axis.at(one.value), y, 2.2, "ours")]


@dataclass(frozen=True)
class Point:
    """One place on the level axis: its word, the value with its interval, and of how many."""

    word: str
    value: float
    ends: tuple[float, float]
    of: int


def shares_by_number(points: Sequence[Point], *, titles: tuple[str, str]) -> Drawing:
    """Shares in per cent by number of the treatment session, and how many were measured under each."""
    level, upright = titles
    highest = min(100.0, around((0.0, max(one.ends[1] for one in points)))[1])
    axis = Axis(0.0, highest, _PLOT_BOTTOM, _PLOT_TOP)
    step = (_RIGHT - _PLOT_LEFT) / max(len(points), 1)
    shapes: list[Shape] = []
    for tick in ticks(axis, 5):
        shapes.append(Line(((_PLOT_LEFT, tick.at), (_RIGHT, tick.at)), "rule", 0.5))
        shapes.append(Words(_PLOT_LEFT - 4, tick.at + 2.5, tick.text, "soft", _SMALL, "end"))
    for place, one in enumerate(points):
        x = round(_PLOT_LEFT + step * (place + 0.5), 1)
        low, high = (axis.at(end) for end in one.ends)
        shapes.append(Line(((x, low), (x, high)), "ours", 1.2))
        shapes += [Line(((x - _CAP, y), (x + _CAP, y)), "ours", 1.2) for y in (low, high)]
        shapes.append(Dot(x, axis.at(one.value), 2.4, "ours"))
        shapes.append(Words(x, _PLOT_BOTTOM + 11, one.word, "soft", _SMALL, "middle"))
        shapes.append(Words(x, _PLOT_BOTTOM + 34, f"{one.of:,}", "ink", _SMALL, "middle"))
    shapes.append(Words(2, _PLOT_TOP - 5, upright, "ink", _TEXT))
    shapes.append(Words((_PLOT_LEFT + _RIGHT) / 2, _PLOT_BOTTOM + 22, level, "ink", _TEXT, "middle"))
    shapes.append(Words(2, _PLOT_BOTTOM + 34, "of", "soft", _SMALL))
    return Drawing(WIDTH, _PLOT_BOTTOM + 39, tuple(shapes))
