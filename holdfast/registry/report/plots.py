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

WIDTH = 240.0  # of half a page of paper, and of a telephone
_LEFT, _RIGHT = 28.0, 230.0
_HEIGHT = 118.0
_ROW, _SMALL, _TEXT = 10.5, 7.5, 8.0
_LEGEND_BESIDE = 23  # letters of a name at most where names stand two in a row
_STEPS_D = (7, 14, 28, 56, 91, 182, 364, 728, 1820)
_MOST_TICKS = 6
INKS = (("ours", False), ("theirs", False), ("third", False), ("ink", False),
        ("ours", True), ("theirs", True), ("third", True), ("ink", True))  # fmt: skip
MOST_LINES = len(INKS)
LETTERS = "abcdefgh"  # at the end of each line, for who sees no colours
_BAND = 0.14
MOST_BANDS = 3  # more would hide each other


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


def step_plot(
    lines: Sequence[StepLine], *, until: int, x_label: str, y_label: str, below: str = "Number at risk"
) -> Drawing:
    """Shares in per cent over days, numbers at risk below. At most `MOST_LINES` lines.

    Names stand above, each with its letter; numbers at risk are told by the letter alone.
    """
    several = len(lines) > 1
    names, high = legend([one.name for one in lines]) if several else ([], 2 + _ROW)
    top = high + 14
    bottom = top + _HEIGHT
    x, y = Axis(0, max(until, 1), _LEFT, _RIGHT), Axis(0, 100, bottom, top)
    shapes = [*names, *_frame(x, y, bottom, days_to_write(until), x_label, y_label)]
    for number, line in enumerate(lines):
        ink, dashed = INKS[number]
        shapes += _step_shapes(line, x, y, until, ink, dashed=dashed, band=len(lines) <= MOST_BANDS)
    shapes += _letters(lines, x, y, until) if several else []
    lowest, shapes_below = _risk_rows(lines, x, days_to_write(until), bottom + 28, below)
    return Drawing(WIDTH, lowest, (*shapes, *shapes_below))


def legend(names: Sequence[str]) -> tuple[list[Shape], float]:
    """A sample of each line with its letter and name, two in a row where names are short; and how high they stand."""
    beside = 2 if max(map(len, names)) <= _LEGEND_BESIDE else 1
    shapes: list[Shape] = []
    for number, name in enumerate(names):
        (ink, dashed), x = INKS[number], 2 + (number % beside) * WIDTH / 2
        y = 8 + _ROW * (number // beside)
        shapes += [Line(((x, y - 3), (x + 16, y - 3)), ink, 1.6, dashed=dashed),
                   Words(x + 20, y, f"{LETTERS[number]}  {name}", "ink", _SMALL)]  # fmt: skip
    return shapes, 2 + _ROW * -(-len(names) // beside)


def _frame(x: Axis, y: Axis, bottom: float, days: Sequence[int], x_label: str, y_label: str) -> list[Shape]:
    shapes: list[Shape] = []
    for tick in ticks(y, 5):
        shapes.append(Line(((_LEFT, tick.at), (_RIGHT, tick.at)), "rule", 0.5))
        shapes.append(Words(_LEFT - 4, tick.at + 2.5, tick.text, "soft", _SMALL, "end"))
    shapes.append(Line(((_LEFT, y.end), (_LEFT, bottom), (_RIGHT, bottom)), "soft", 0.9))
    for day in days:
        shapes.append(Line(((x.at(day), bottom), (x.at(day), bottom + 3)), "soft", 0.9))
        shapes.append(Words(x.at(day), bottom + 11, str(day), "soft", _SMALL, "middle"))
    shapes.append(Words((_LEFT + _RIGHT) / 2, bottom + 22, x_label, "ink", _TEXT, "middle"))
    shapes.append(Words(2, y.end - 5, y_label, "ink", _TEXT))
    return shapes


def _step_shapes(line: StepLine, x: Axis, y: Axis, until: int, ink: str, *, dashed: bool, band: bool) -> list[Shape]:
    last = until if line.until is None else min(line.until, until)
    within = [one for one in line.steps if one.day <= last]
    places, level = [(x.at(0), y.at(0))], 0.0
    for one in within:
        assert one.share.value is not None
        places += [(x.at(one.day), y.at(100 * level)), (x.at(one.day), y.at(100 * one.share.value))]
        level = one.share.value
    places.append((x.at(last), y.at(100 * level)))
    return [*(_band(within, x, y, last, ink) if band else []), Line(tuple(places), ink, 1.4, dashed=dashed)]


def _letters(lines: Sequence[StepLine], x: Axis, y: Axis, until: int) -> list[Shape]:
    """The letter of each line at its end."""
    ends = []
    for line in lines:
        last = until if line.until is None else min(line.until, until)
        level = max((one.share.value or 0.0 for one in line.steps if one.day <= last), default=0.0)
        ends.append((x.at(last) + 2, y.at(100 * level) + 2.5))
    return letters_at(ends)


def letters_at(ends: Sequence[tuple[float, float]]) -> list[Shape]:
    """The letter of each line at the place where it ends, none upon another."""
    shapes: list[Shape] = []
    before: dict[float, float] = {}
    for wanted, across, number in sorted((at, across, number) for number, (across, at) in enumerate(ends)):
        at = max(wanted, before.get(across, -_SMALL) + _SMALL)
        before[across] = at
        shapes.append(Words(across, at, LETTERS[number], INKS[number][0], _SMALL))
    return shapes


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


def _risk_rows(
    lines: Sequence[StepLine], x: Axis, days: Sequence[int], top: float, words: str
) -> tuple[float, list[Shape]]:
    """Rows of numbers at risk, each behind the letter of its line; the first row says what they are."""
    shown = [line for line in lines if line.at_risk]
    if not shown:
        return top + 2, []
    at = top + 9
    shapes: list[Shape] = [Words(2, at, words, "ink", _SMALL)]
    for line in shown:
        ink, _ = INKS[lines.index(line)]
        at += _ROW
        if len(shown) > 1:
            shapes.append(Words(2, at, LETTERS[lines.index(line)], ink, _SMALL))
        shapes += [
            Words(x.at(day), at, f"{n:,}", "ink", _SMALL, "middle") for day, n in zip(days, line.at_risk, strict=True)
        ]
    return at + 5, shapes


@dataclass(frozen=True)
class Stack:
    """One bar of counts, from the left; the same order in every bar."""

    name: str
    numbers: tuple[int, ...]


STACK_INKS = (("ours", 0.9), ("theirs", 0.75), ("theirs", 0.4), ("soft", 0.35), ("soft", 0.75))


def stack_plot(stacks: Sequence[Stack], names: Sequence[str], *, x_label: str) -> Drawing:
    """Shares of all in per cent, bar by bar; each bar's number of courses stands at its end."""
    top = _ROW * len(names) + 12
    left, right, row = 42.0, 206.0, 13.0
    bottom = top + row * len(stacks) + 4
    x = Axis(0, 100, left, right)
    shapes: list[Shape] = []
    for number, name in enumerate(names):
        ink, opacity = STACK_INKS[number]
        y = 5 + _ROW * number
        shapes += [bar(left, left + 14, y, 7, ink, opacity), Words(left + 19, y + 3, name, "ink", _SMALL)]
    for tick in ticks(x, 5):
        shapes.append(Line(((tick.at, top), (tick.at, bottom)), "rule", 0.5))
        shapes.append(Words(tick.at, bottom + 10, tick.text, "soft", _SMALL, "middle"))
    for place, one in enumerate(stacks):
        shapes += _stack(one, x, top + row * (place + 0.5) + 1)
    shapes += [Words(WIDTH / 2, bottom + 22, x_label, "ink", _TEXT, "middle"),
               Words(WIDTH - 1, top - 3, "courses", "soft", _SMALL, "end")]  # fmt: skip
    return Drawing(WIDTH, bottom + 26, tuple(shapes))


def _stack(one: Stack, x: Axis, y: float) -> list[Shape]:
    every, before = sum(one.numbers), 0
    shapes: list[Shape] = [Words(x.start - 4, y + 2.5, one.name, "ink", _SMALL, "end")]
    for number, (ink, opacity) in zip(one.numbers, STACK_INKS, strict=False):
        if number:
            low, high = x.at(100 * before / every), x.at(100 * (before + number) / every)
            shapes.append(bar(low, high, y, 9, ink, opacity))
        before += number
    return [*shapes, Words(WIDTH - 1, y + 2.5, f"{every:,}", "ink", _SMALL, "end")]


@dataclass(frozen=True)
class Dotted:
    """One row of a forest: its name, a value in per cent with its interval, and words at the right, such as counts."""

    name: str
    value: Estimate
    words: str = ""


_FOREST_ROW, _FOREST_NAME = 11.0, 26  # letters of a name at most before its line


def forest(groups: Sequence[tuple[str, Sequence[Dotted]]], *, x_label: str, words_title: str) -> Drawing:
    """Values with their intervals below each other, over one axis from 0 to 100, by sub-heading."""
    left, right, top = 100.0, 192.0, 14.0
    x = Axis(0, 100, left, right)
    shapes: list[Shape] = []
    y = top
    for heading, rows in groups:
        y += _FOREST_ROW
        shapes.append(Words(2, y - 3, heading, "soft", _SMALL))
        for one in rows:
            y += _FOREST_ROW * (2 if len(one.name) > _FOREST_NAME else 1)
            shapes += _dotted(one, x, y - 3)
    bottom = y + 3
    grid: list[Shape] = [Words(WIDTH - 2, top - 5, words_title, "soft", _SMALL, "end")]
    for tick in ticks(x, 5):
        grid.append(Line(((tick.at, top), (tick.at, bottom)), "rule", 0.5))
        grid.append(Words(tick.at, bottom + 10, tick.text, "soft", _SMALL, "middle"))
    grid.append(Words(WIDTH / 2, bottom + 22, x_label, "ink", _TEXT, "middle"))
    return Drawing(WIDTH, bottom + 27, (*grid, *shapes))


def _dotted(one: Dotted, x: Axis, y: float) -> list[Shape]:
    """A long name stands on a line of its own."""
    name_y = y - _FOREST_ROW * (len(one.name) > _FOREST_NAME)
    shapes: list[Shape] = [
        Words(8, name_y, one.name, "ink", _SMALL),
        Words(WIDTH - 2, y, one.words, "ink", _SMALL, "end"),
    ]
    if one.value.value is None:
        return shapes
    at, (low, high) = y - 2.5, (one.value.low, one.value.high)
    ends = (x.at(one.value.value if low is None else low), x.at(x.high if high is None else high))
    return [*shapes, Line(((ends[0], at), (ends[1], at)), "ours", 1.4), Dot(x.at(one.value.value), at, 2.4, "ours")]
