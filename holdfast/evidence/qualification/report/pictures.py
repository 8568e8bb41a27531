"""Pictures of the report: a study's numbers, the calibration curve, and how far everybody is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.evidence.qualification.accuracy import MODEL, Accuracy
from holdfast.evidence.qualification.blind import UNVERIFIED_ROWS, Blind
from holdfast.evidence.qualification.coverage import CurvePoint
from holdfast.evidence.qualification.report.numbers import (
    UNIT_WORDS,
    published_interval,
    shown,
    what,
    what_within,
)
from holdfast.evidence.qualification.shares import percent
from holdfast.evidence.rows import UNREAD
from holdfast.printed.axis import Axis, around, ticks
from holdfast.printed.blocks import Picture
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words, bar

WIDTH = 360.0
_LEFT, _RIGHT = 10.0, 350.0
_ROW, _FOOT = 30.0, 32.0
_MOST_ROWS = 14  # as many as a page of paper holds
_LABEL, _TICK = 10.0, 9.0
_MOST_LETTERS = 64  # of a label in a picture
MODEL_INK, PUBLISHED_INK, MEAN_INK, REGRESSION_INK = "ours", "theirs", "third", "soft"

_HOW_TO_READ = (
    "Bar: predicted without this study, 95 % pale and 80 % dark, the median as a stroke. Dot: published, with its 95 % "
    "interval where known; a ring is a recollection, not verified."
)
_AS_ABOVE = "Bars and dots as above."


def of_study(rows: Sequence[Blind]) -> tuple[Picture, ...]:
    """Predicted and published numbers of one study, those of one unit on one axis; at most 16 a picture."""
    found: list[Picture] = []
    for unit in dict.fromkeys(one.row.unit or "" for one in rows):
        alike = [one for one in rows if (one.row.unit or "") == unit and one.interval(0.95) is not None]
        for first in range(0, len(alike), _MOST_ROWS):
            found.append(_of_rows(alike[first : first + _MOST_ROWS], unit, _AS_ABOVE if found else _HOW_TO_READ))
    return tuple(found)


def _of_rows(rows: Sequence[Blind], unit: str, caption: str) -> Picture:
    ends = [end for one in rows for end in (*_reach(one), one.published) if end is not None]
    low, high = around(ends, also=(0.0, 100.0) if unit == "percent" else (0.0,))
    axis = Axis(low, high, _LEFT, _RIGHT)
    bottom = _ROW * len(rows) + 8
    shapes: list[Shape] = [*_scale(axis, bottom, UNIT_WORDS.get(unit, unit.replace("_", " ")))]
    for number, one in enumerate(rows):
        shapes += _bars(one, axis, _ROW * number + 10)
    said = "; ".join(
        f"{what(one.row)}: published {shown(one.published, unit)}, predicted {shown(one.middle, unit)}" for one in rows
    )
    return Picture(Drawing(WIDTH, bottom + _FOOT, tuple(shapes)), caption, said)


def _reach(one: Blind) -> tuple[float, ...]:
    return (*(one.interval(0.95) or ()), *(published_interval(one.row) or ()))


def _scale(axis: Axis, bottom: float, unit: str) -> list[Shape]:
    shapes: list[Shape] = [Line(((_LEFT, bottom), (_RIGHT, bottom)), "rule")]
    for tick in ticks(axis, 5):
        shapes.append(Line(((tick.at, 0), (tick.at, bottom)), "rule", 0.6))
        shapes.append(Words(tick.at, bottom + 11, tick.text, "soft", _TICK, "middle"))
    return [*shapes, Words(_RIGHT, bottom + 24, unit, "soft", _TICK, "end")]


def _bars(one: Blind, axis: Axis, y: float) -> list[Shape]:
    """The words above, the bar below them, the published value under the bar's middle line."""
    below = y + 9
    shapes: list[Shape] = [Words(_LEFT, y, what_within(one.row, _MOST_LETTERS), "ink", _LABEL)]
    for level, opacity in ((0.95, 0.3), (0.8, 0.45)):
        if (ends := one.interval(level)) is not None:
            shapes.append(bar(axis.at(ends[0]), axis.at(ends[1]), below, 7, MODEL_INK, opacity))
    if one.middle is not None:
        at = axis.at(one.middle)
        shapes.append(Line(((at, below - 5), (at, below + 5)), MODEL_INK, 2))
    if (known := published_interval(one.row)) is not None:
        shapes.append(Line(((axis.at(known[0]), below), (axis.at(known[1]), below)), PUBLISHED_INK, 1.3))
    verified = one.row.status != UNREAD and one.basis != UNVERIFIED_ROWS
    return [*shapes, Dot(axis.at(one.published), below, 3.2, PUBLISHED_INK, verified)]


def _shortened(title: str, most: int) -> str:
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


_SQUARE, _TOP = 250.0, 12.0


def calibration_curve(points: Sequence[CurvePoint], rows: int) -> Picture:
    """Share of numbers found in the middle of their predictions, against the share that should be there."""
    x = Axis(0, 1, 40, _SQUARE)
    y = Axis(0, 1, _SQUARE - 40, _TOP)
    bottom = y.at(0)
    shapes: list[Shape] = [
        Area([*((x.at(p.level), y.at(p.low)) for p in points),
              *((x.at(p.level), y.at(p.high)) for p in reversed(points))], "rule", 0.55),
        Line(((x.at(0), bottom), (x.at(1), y.at(1))), "soft", 1, dashed=True),
        Line(((x.at(1), bottom), (x.at(0), bottom), (x.at(0), y.at(1))), "soft", 0.8),
        Line([(x.at(p.level), y.at(p.found)) for p in points], MODEL_INK, 1.6),
        *(Dot(x.at(p.level), y.at(p.found), 2.4, MODEL_INK) for p in points),
    ]  # fmt: skip
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        shapes.append(Words(x.at(share), bottom + 13, f"{percent(share)}", "soft", _TICK, "middle"))
        shapes.append(Words(x.at(0) - 5, y.at(share) + 3, f"{percent(share)}", "soft", _TICK, "end"))
    shapes.append(Words(x.at(1), bottom + 28, "width of the interval", "soft", _TICK, "end"))
    shapes.append(Words(x.at(0) + 6, y.at(1) + 6, "share of numbers inside it", "soft", _TICK))
    told = {p.level: p for p in points}
    said = ", ".join(f"{percent(told[level].found)} in {percent(level)}" for level in (0.5, 0.8, 0.95) if level in told)
    caption = (
        f"Calibration over {rows} numbers. On the dashed line intervals hold what they promise; above it they are too "
        "wide, below it too narrow. Grey: where chance would leave 95 % of such curves if rows were independent."
    )
    return Picture(Drawing(_SQUARE + 20, bottom + 34, tuple(shapes)), caption, f"Calibration curve: {said}.")


def error_bars(found: Sequence[Accuracy], rivals: Mapping[str, str], wanted: float) -> Picture:
    """Mean absolute error of response rates by row and by study; `rivals` are inks by name, `wanted` a share of 1."""
    most = max(max(one.errors.values()) for one in found)
    axis = Axis(0, around([most])[1], _LEFT, _RIGHT)
    inks = {MODEL: MODEL_INK, **rivals}
    shapes: list[Shape] = []
    y = 10.0
    for one in found:
        shapes.append(Words(_LEFT, y, f"By {one.by}: {one.rows} rates of {one.studies} studies", "ink", _LABEL))
        for name, error in one.errors.items():
            y += 17
            shapes.append(bar(axis.at(0), axis.at(error), y - 3, 11, inks[name], 0.35))
            shapes.append(Words(_LEFT + 5, y, f"{name}: {error:.1f}", "ink", _LABEL))
        limit = axis.at(wanted * one.errors[one.better_rival])
        shapes.append(Line(((limit, y - 17 * len(one.errors) + 6), (limit, y + 4)), PUBLISHED_INK, 1.4, dashed=True))
        y += 26
    bottom = y - 14
    said = "; ".join(f"by {one.by}: " + ", ".join(f"{n} {e:.1f}" for n, e in one.errors.items()) for one in found)
    caption = (
        f"Mean absolute error of response rates, percentage points. Dashed: what was asked, {percent(wanted)} of the "
        "error of the better rival."
    )
    scale = _scale(axis, bottom, "percentage points")
    return Picture(Drawing(WIDTH, bottom + _FOOT, (*scale, *shapes)), caption, f"Errors {said}.")


def errors_by_study(titles: Sequence[str], errors: Sequence[Mapping[str, float]], inks: Mapping[str, str]) -> Picture:
    """For each study the mean absolute error of everybody: filled for the model, rings for rivals in their inks."""
    inks = {MODEL: MODEL_INK, **inks}
    axis = Axis(0, around([max(max(one.values()) for one in errors)])[1], 150, _RIGHT)
    bottom = 17.0 * len(titles) + 6
    shapes: list[Shape] = [*_scale(axis, bottom, "percentage points")]
    for number, (title, by) in enumerate(zip(titles, errors, strict=True)):
        y = 17.0 * number + 10
        shapes.append(Words(_LEFT, y + 3, _shortened(title, 27), "ink", _LABEL))
        shapes.append(Line(((axis.at(min(by.values())), y), (axis.at(max(by.values())), y)), "rule", 1))
        shapes += [Dot(axis.at(error), y, 3.2, inks[name], name == MODEL) for name, error in reversed(list(by.items()))]
    said = "; ".join(f"{title}: " + ", ".join(f"{n} {e:.0f}" for n, e in by.items())
                     for title, by in zip(titles, errors, strict=True))  # fmt: skip
    caption = (
        "Mean absolute error of response rates by study. Filled: the model; rings: mean of studies (green) and "
        "meta-regression (grey)."
    )
    return Picture(Drawing(WIDTH, bottom + _FOOT, tuple(shapes)), caption, said)
