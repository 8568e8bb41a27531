"""Shares by week as lines with their intervals, a line a group, and how many each share is of below the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.printed.axis import Axis, around, ticks
from holdfast.printed.drawing import Dot, Drawing, Line, Shape, Words
from holdfast.registry.report.plots import INKS, LETTERS, MOST_BANDS, WIDTH, legend, letters_at
from holdfast.statistics.estimate import Estimate

_LEFT, _RIGHT, _HEIGHT = 28.0, 232.0, 90.0
_ROW, _SMALL, _TEXT = 10.5, 7.5, 8.0
_CAP, _DODGE = 1.6, 3.6


@dataclass(frozen=True)
class WeekLine:
    """One group: a share of each week in per cent with its interval, None where nothing is told, and of how many."""

    name: str
    shares: tuple[Estimate, ...]
    of: tuple[int, ...]


def weekly_lines(weeks: Sequence[int], lines: Sequence[WeekLine], *, x_label: str, y_label: str) -> Drawing:
    """Lines over weeks that stand equally far apart, whatever lies between. At most `plots.MOST_LINES` lines.

    Intervals are left out of pictures of more than `plots.MOST_BANDS` lines, where they would hide each other.
    """
    names, high = legend([one.name for one in lines])
    top = high + 14
    bottom = top + _HEIGHT
    ends = len(lines) <= MOST_BANDS
    highest = [share.high if ends else share.value for one in lines for share in one.shares]
    reached = [one for one in highest if one is not None]
    y = Axis(0.0, min(100.0, around((0.0, max(reached, default=1.0)))[1]), bottom, top)
    step = (_RIGHT - _LEFT) / len(weeks)
    across = [round(_LEFT + step * (place + 0.5), 1) for place in range(len(weeks))]
    shapes: list[Shape] = [*names]
    for tick in ticks(y, 5):
        shapes.append(Line(((_LEFT, tick.at), (_RIGHT, tick.at)), "rule", 0.5))
        shapes.append(Words(_LEFT - 4, tick.at + 2.5, tick.text, "soft", _SMALL, "end"))
    for x, week in zip(across, weeks, strict=True):
        shapes.append(Words(x, bottom + 11, str(week), "soft", _SMALL, "middle"))
    shapes.append(Words((_LEFT + _RIGHT) / 2, bottom + 22, x_label, "ink", _TEXT, "middle"))
    shapes.append(Words(2, top - 5, y_label, "ink", _TEXT))
    for number, line in enumerate(lines):
        aside = _DODGE * (number - (len(lines) - 1) / 2) if ends else 0.0
        shapes += _line(line, [x + aside for x in across], y, number, ends=ends)
    beside = across[-1] + _DODGE * len(lines) / 2 + 3
    shapes += letters_at([(beside, y.at(_last(line)) + 2.5) for line in lines])
    for number, line in enumerate(lines):
        at = bottom + 34 + _ROW * number
        shapes.append(Words(2, at, f"{LETTERS[number]}  of", INKS[number][0], _SMALL))
        shapes += [
            Words(x, at, f"{n:,}" if n else "\N{EN DASH}", "ink", _SMALL, "middle")
            for x, n in zip(across, line.of, strict=True)
        ]
    return Drawing(WIDTH, bottom + 38 + _ROW * (len(lines) - 1), tuple(shapes))


def _line(line: WeekLine, across: Sequence[float], y: Axis, number: int, *, ends: bool) -> list[Shape]:
    """A gap where nobody was due."""
    ink, dashed = INKS[number]
    shapes: list[Shape] = []
    run: list[tuple[float, float]] = []
    for x, share in zip(across, line.shares, strict=True):
        if share.value is None:
            shapes += _through(run, ink, dashed=dashed)
            run = []
            continue
        run.append((x, y.at(share.value)))
        shapes.append(Dot(*run[-1], 1.8, ink))
        if ends and share.low is not None and share.high is not None:
            low, high = y.at(share.low), y.at(share.high)
            shapes.append(Line(((x, low), (x, high)), ink, 0.7))
            shapes += [Line(((x - _CAP, end), (x + _CAP, end)), ink, 0.7) for end in (low, high)]
    return [*shapes, *_through(run, ink, dashed=dashed)]


def _last(line: WeekLine) -> float:
    return next((one.value for one in reversed(line.shares) if one.value is not None), 0.0)


def _through(run: Sequence[tuple[float, float]], ink: str, *, dashed: bool) -> list[Shape]:
    return [Line(tuple(run), ink, 1.2, dashed=dashed)] if len(run) > 1 else []
