"""Plots of a report as plain lines: shares over days with their intervals and numbers at risk, bars, and dots.

Axes are named with their units. Lines end with a letter that their name begins with, so that no colour tells
something alone; inks are chosen to stay apart for who does not see red or green.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.printed.axis import Axis, ticks
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words, bar
from holdfast.statistics.estimate import Estimate

WIDTH = 420.0
_LEFT, _RIGHT = 46.0, 408.0
_HEIGHT = 190.0
_ROW, _SMALL, _TEXT = 13.0, 8.5, 9.5
_STEPS_D = (7, 14, 28, 56, 91, 182, 364, 728, 1820)
_MOST_TICKS = 7
INKS = (("ours", False), ("theirs", False), ("third", False), ("ink", False),
        ("ours", True), ("theirs", True), ("third", True), ("ink", True))  # fmt: skip
MOST_LINES = len(INKS)
LETTERS = "abcdefgh"  # at the end of each line, for who sees no colours
_BAND = 0.14


@dataclass(frozen=True)
class Step:
    """From a day on: a share of 1 with its interval."""

    day: int
    share: Estimate


@dataclass(frozen=True)
class StepLine:
    """One line: its name, its steps, who was at risk on the days written below the axis, and where it ends.

    It begins at 0 and rises.
    """

    name: str
    steps: tuple[Step, ...]
    at_risk: tuple[int, ...] = ()
    until: int | None = None


def days_to_write(until: int) -> tuple[int, ...]:
    """Round days from 0 to `until` that fit below an axis."""
    step = next((one for one in _STEPS_D if until / one < _MOST_TICKS), until)
    return tuple(range(0, until + 1, step))


def step_plot(lines: Sequence[StepLine], *, until: int, x_label: str, y_label: str) -> Drawing:
    """Shares in per cent over days, numbers at risk below. At most `MOST_LINES` lines."""
    top = _ROW * len(lines) + 18
    bottom = top + _HEIGHT
    x, y = Axis(0, max(until, 1), _LEFT, _RIGHT), Axis(0, 100, bottom, top)
    shapes = [*_frame(x, y, bottom, days_to_write(until), x_label, y_label)]
    for number, line in enumerate(lines):
        ink, dashed = INKS[number]
        letter = LETTERS[number] if len(lines) > 1 else ""
        shapes += _step_shapes(line, x, y, until, ink, letter, dashed=dashed)
        shapes += _named(f"{letter}  {line.name}".strip(), 10 + _ROW * number, ink, dashed=dashed)
    below, shapes_below = _risk_rows(lines, x, days_to_write(until), bottom + 34)
    return Drawing(WIDTH, below, (*shapes, *shapes_below))


def _frame(x: Axis, y: Axis, bottom: float, days: Sequence[int], x_label: str, y_label: str) -> list[Shape]:
    shapes: list[Shape] = []
    for tick in ticks(y, 5):
        shapes.append(Line(((_LEFT, tick.at), (_RIGHT, tick.at)), "rule", 0.5))
        shapes.append(Words(_LEFT - 5, tick.at + 3, tick.text, "soft", _SMALL, "end"))
    shapes.append(Line(((_LEFT, y.end), (_LEFT, bottom), (_RIGHT, bottom)), "soft", 0.9))
    for day in days:
        shapes.append(Line(((x.at(day), bottom), (x.at(day), bottom + 4)), "soft", 0.9))
        shapes.append(Words(x.at(day), bottom + 14, str(day), "soft", _SMALL, "middle"))
    shapes.append(Words((_LEFT + _RIGHT) / 2, bottom + 27, x_label, "ink", _TEXT, "middle"))
    shapes.append(Words(2, y.end - 6, y_label, "ink", _TEXT))
    return shapes


def _named(name: str, y: float, ink: str, *, dashed: bool) -> list[Shape]:
    """A sample of the line and its name, above the plot."""
    return [Line(((_LEFT, y - 3), (_LEFT + 22, y - 3)), ink, 1.8, dashed=dashed),
            Words(_LEFT + 28, y, name, "ink", _SMALL)]  # fmt: skip


def _step_shapes(line: StepLine, x: Axis, y: Axis, until: int, ink: str, letter: str, *, dashed: bool) -> list[Shape]:
    last = until if line.until is None else min(line.until, until)
    within = [one for one in line.steps if one.day <= last]
    places, level = [(x.at(0), y.at(0))], 0.0
    for one in within:
        assert one.share.value is not None
        places += [(x.at(one.day), y.at(100 * level)), (x.at(one.day), y.at(100 * one.share.value))]
        level = one.share.value
    places.append((x.at(last), y.at(100 * level)))
    end = Words(x.at(last) + 3, y.at(100 * level) + 3, letter, ink, _SMALL)
    return [*_band(within, x, y, last, ink), Line(tuple(places), ink, 1.6, dashed=dashed), *([end] if letter else [])]


def _band(steps: Sequence[Step], x: Axis, y: Axis, until: int, ink: str) -> list[Shape]:
    """The interval as one area; where the formula has none, it is as narrow as the line."""
    if not steps:
        return []
    upper, lower = [], []
    ends = [one.day for one in steps[1:]] + [until]
    for one, end in zip(steps, ends, strict=True):
        value = one.share.value or 0.0
        high = 100 * (value if one.share.high is None else one.share.high)
        low = 100 * (value if one.share.low is None else one.share.low)
        upper += [(x.at(one.day), y.at(high)), (x.at(end), y.at(high))]
        lower += [(x.at(one.day), y.at(low)), (x.at(end), y.at(low))]
    return [Area((*upper, *reversed(lower)), ink, _BAND)]


def _risk_rows(lines: Sequence[StepLine], x: Axis, days: Sequence[int], top: float) -> tuple[float, list[Shape]]:
    """Rows of numbers at risk; the first line says what they are."""
    shown = [line for line in lines if line.at_risk]
    if not shown:
        return top + 2, []
    at = top + 12
    shapes: list[Shape] = [Words(2, at, "Number at risk", "ink", _SMALL)]
    for line in shown:
        ink, dashed = INKS[lines.index(line)]
        if len(shown) > 1:
            at += _ROW
            shapes += [
                Line(((2, at - 3), (16, at - 3)), ink, 1.8, dashed=dashed),
                Words(20, at, f"{LETTERS[lines.index(line)]}  {line.name}", "soft", _SMALL),
            ]
        at += _ROW
        shapes += [
            Words(x.at(day), at, f"{n:,}", "ink", _SMALL, "middle") for day, n in zip(days, line.at_risk, strict=True)
        ]
    return at + 6, shapes


@dataclass(frozen=True)
class Stack:
    """One bar of counts, from the left; the same order in every bar."""

    name: str
    numbers: tuple[int, ...]


STACK_INKS = (("ours", 0.9), ("theirs", 0.75), ("theirs", 0.4), ("soft", 0.35), ("soft", 0.75))


def stack_plot(stacks: Sequence[Stack], names: Sequence[str], *, x_label: str) -> Drawing:
    """Shares of all in per cent, bar by bar; each bar's number of courses stands at its end."""
    top = _ROW * len(names) + 10
    left, right, row = 132.0, 368.0, 19.0
    bottom = top + row * len(stacks) + 6
    x = Axis(0, 100, left, right)
    shapes: list[Shape] = []
    for number, name in enumerate(names):
        ink, opacity = STACK_INKS[number]
        y = 7 + _ROW * number
        shapes += [bar(left, left + 16, y, 9, ink, opacity), Words(left + 22, y + 3, name, "ink", _SMALL)]
    for tick in ticks(x, 5):
        shapes.append(Line(((tick.at, top), (tick.at, bottom)), "rule", 0.5))
        shapes.append(Words(tick.at, bottom + 12, tick.text, "soft", _SMALL, "middle"))
    for place, one in enumerate(stacks):
        shapes += _stack(one, x, top + row * (place + 0.5) + 2)
    shapes += [Words((left + right) / 2, bottom + 26, x_label, "ink", _TEXT, "middle"),
               Words(right + 6, top - 3, "courses", "soft", _SMALL)]  # fmt: skip
    return Drawing(WIDTH, bottom + 32, tuple(shapes))


def _stack(one: Stack, x: Axis, y: float) -> list[Shape]:
    every, before = sum(one.numbers), 0
    shapes: list[Shape] = [Words(x.start - 6, y + 3, one.name, "ink", _SMALL, "end")]
    for number, (ink, opacity) in zip(one.numbers, STACK_INKS, strict=False):
        if number:
            low, high = x.at(100 * before / every), x.at(100 * (before + number) / every)
            shapes.append(bar(low, high, y, 12, ink, opacity))
        before += number
    return [*shapes, Words(x.end + 6, y + 3, f"{every:,}", "ink", _SMALL)]


@dataclass(frozen=True)
class Dotted:
    """One row of a dot plot: its name, a value with its interval, and words at the right, such as counts."""

    name: str
    value: Estimate
    words: str = ""


def dot_plot(rows: Sequence[Dotted], *, low: float, high: float, x_label: str, null: float | None = None) -> Drawing:
    """Values with their intervals, row by row; the name stands above its dot. `null`: where nothing differs."""
    left, right, row = 10.0, 330.0, 27.0
    bottom = row * len(rows) + 6
    x = Axis(low, high, left, right)
    shapes: list[Shape] = []
    for tick in ticks(x, 5):
        shapes.append(Line(((tick.at, 0), (tick.at, bottom)), "rule", 0.5))
        shapes.append(Words(tick.at, bottom + 12, tick.text, "soft", _SMALL, "middle"))
    if null is not None:
        shapes.append(Line(((x.at(null), 0), (x.at(null), bottom)), "soft", 1.0, dashed=True))
    for place, one in enumerate(rows):
        shapes += _dotted(one, x, row * place + 10)
    shapes.append(Words((left + right) / 2, bottom + 26, x_label, "ink", _TEXT, "middle"))
    return Drawing(WIDTH, bottom + 32, tuple(shapes))


def _dotted(one: Dotted, x: Axis, y: float) -> list[Shape]:
    shapes: list[Shape] = [
        Words(x.start, y, one.name, "ink", _SMALL),
        Words(x.end + 8, y + 11, one.words, "ink", _SMALL),
    ]
    if one.value.value is None:
        return [*shapes, Words(x.start, y + 11, "nobody", "soft", _SMALL)]
    at = y + 8
    low, high = one.value.low, one.value.high
    ends = (x.at(one.value.value if low is None else low), x.at(x.high if high is None else high))
    return [*shapes, Line(((ends[0], at), (ends[1], at)), "ours", 1.6), Dot(x.at(one.value.value), at, 3.2, "ours")]
