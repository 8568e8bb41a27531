"""The time course of a treatment session as pictures: readings over minutes, the dose above them, limits as lines.

Every place is in units of the picture (a viewBox), so that templates draw SVG with classes alone. The expected range is
drawn behind the readings, and changes nothing about how a reading looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.flow_sheets.plot_lane import Lane, lane_of
from holdfast.facts import RuleSet
from holdfast.printed.axis import Axis, Tick, around, polyline, ticks
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.limits import Limit, pressure_limits

LEFT, RIGHT, TOP = 38, 346, 12
TALL, MIDDLE, LOW = 210, 120, 76  # heights of the field of a picture
BEFORE_MIN, AFTER_MIN = -30, 150  # what is drawn at least of the one, at most of the other
LONGEST_MIN = 600
EVERY_MIN = 30
_LIMIT_ROOM = 11  # limits nearer than this share a line of text


@dataclass(frozen=True)
class Point:
    """One reading. `late` = it was entered late, and is drawn hollow."""

    x: float
    y: float
    late: bool


@dataclass(frozen=True)
class Series:
    """Readings of one quantity; `mark` chooses their shape."""

    label: str
    mark: int
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """Its points as an SVG polyline wants them."""
        return polyline((point.x, point.y) for point in self.points)


@dataclass(frozen=True)
class Band:
    """The expected range of one quantity as polygons, and its middle as a line."""

    outer: str
    inner: str
    median: str


@dataclass(frozen=True)
class DrawnLimit:
    """A limit of the protocol as a line, with its words."""

    y: float
    text: str
    text_y: float


@dataclass(frozen=True)
class Panel:
    """One picture."""

    key: str
    title: str
    unit: str
    height: int
    bottom: int
    series: tuple[Series, ...]
    bands: tuple[Band, ...]
    limits: tuple[DrawnLimit, ...]
    y_ticks: tuple[Tick, ...]
    summary: str


@dataclass(frozen=True)
class Plot:
    """Every picture of one flow-sheet, on one axis of minutes since the dose began."""

    panels: tuple[Panel, ...]
    x_ticks: tuple[Tick, ...]
    zero_x: float
    lane: Lane
    has_late: bool
    has_bands: bool
    earlier: int  # readings before the axis begins, which the list alone shows

    @property
    def drawn(self) -> bool:
        """Is there anything to look at?"""
        return bool(self.panels)


# key, title, unit, height, quantity → label; ends that are always on the axis
_PANELS: tuple[tuple[str, str, str, int, Mapping[str, str], tuple[float, ...]], ...] = (
    ("bp", "Blood pressure", "mmHg", TALL, {"sbp_mmhg": "systolic", "dbp_mmhg": "diastolic"}, (60, 140)),
    ("cadss", "Dissociation, CADSS total", "points", MIDDLE, {"cadss_total": "CADSS"}, (0, 10)),
    ("hr", "Heart rate", "/min", LOW, {"hr_per_min": "heart rate"}, (50, 100)),
    ("spo2", "SpO2", "%", LOW, {"spo2_percent": "SpO2"}, (90, 100)),
    ("rr", "Breaths", "/min", LOW, {"rr_per_min": "breaths"}, (10, 20)),
    ("moaas", "Sedation, MOAA/S", "0 to 5", LOW, {"moaas": "MOAA/S"}, (0, 5)),
)


def plot_of(sheet: Sheet, *, age_y: float | None, rules: RuleSet, expected: Mapping[str, Any] | None) -> Plot | None:
    """The pictures of a sheet whose dose has begun; None before. `expected` is an answer of the simulator."""
    if sheet.dosed_at is None:
        return None
    times = [minutes_between(sheet.dosed_at, e.made_at) for e in sheet.of(Kind.OBSERVATION)]
    low = max(BEFORE_MIN, min([0.0, *times]))
    axis = Axis(_down(low), _up(max([AFTER_MIN, *times])), LEFT, RIGHT)
    lane = lane_of(sheet, axis)
    limits = pressure_limits(rules, age_y=age_y, infused=sheet.infused)
    found = [_panel(one, sheet, axis, limits, expected) for one in _PANELS]
    panels = tuple(panel for panel in found if panel is not None)
    return Plot(
        panels=panels,
        x_ticks=tuple(Tick(axis.at(m), _minute(m)) for m in range(_first_tick(axis), int(axis.high) + 1, _step(axis))),
        zero_x=axis.at(0),
        lane=lane,
        has_late=any(point.late for panel in panels for one in panel.series for point in one.points),
        has_bands=any(panel.bands for panel in panels),
        earlier=sum(time < axis.low for time in times),
    )


def _down(minutes: float) -> float:
    return 10 * math.floor(minutes / 10) - 5


def _up(minutes: float) -> float:
    return min(LONGEST_MIN, EVERY_MIN * math.ceil(minutes / EVERY_MIN))


def _step(axis: Axis) -> int:
    return EVERY_MIN * math.ceil((axis.high - axis.low) / (7 * EVERY_MIN))


def _first_tick(axis: Axis) -> int:
    return _step(axis) * math.ceil(axis.low / _step(axis))


def _minute(minutes: int) -> str:
    return f"{minutes}".replace("-", "\N{MINUS SIGN}")


def _panel(
    described: tuple[str, str, str, int, Mapping[str, str], tuple[float, ...]], sheet: Sheet, axis: Axis,
    limits: Sequence[Limit], expected: Mapping[str, Any] | None,
) -> Panel | None:  # fmt: skip
    key, title, unit, height, quantities, ends = described
    read = {name: _readings(sheet, name, axis) for name in quantities}
    bands = {name: expected["bands"][name] for name in quantities if expected and name in expected["bands"]}
    if not bands and not any(read.values()):
        return None
    drawn_limits = limits if key == "bp" else ()
    values = [value for found in read.values() for _, value, _ in found]
    values += [limit.value for limit in drawn_limits]
    values += [end for band in bands.values() for pair in band["outer"] for end in pair]
    y_axis = Axis(*around(values, also=ends), TOP + height, TOP) if key != "moaas" else Axis(0, 5, TOP + height, TOP)
    return Panel(
        key=key, title=title, unit=unit, height=TOP + height + 30, bottom=TOP + height,
        series=tuple(
            Series(label, mark, tuple(Point(axis.at(m), y_axis.at(v), late) for m, v, late in read[name]))
            for mark, (name, label) in enumerate(quantities.items()) if read[name]
        ),
        bands=tuple(_band(band, expected["minutes"] if expected else (), axis, y_axis) for band in bands.values()),
        limits=_drawn(drawn_limits, y_axis), y_ticks=ticks(y_axis, 3 if height == LOW and key != "moaas" else 5),
        summary=_summary(title, unit, quantities, read, bands),
    )  # fmt: skip


def _readings(sheet: Sheet, name: str, axis: Axis) -> list[tuple[float, float, bool]]:
    """Minute, value and lateness of each reading within the axis."""
    assert sheet.dosed_at is not None
    found = []
    for entry in sheet.of(Kind.OBSERVATION):
        value, minute = getattr(entry.content, name), minutes_between(sheet.dosed_at, entry.made_at)
        if value is not None and minute >= axis.low:
            found.append((minute, float(value), bool(entry.late_min)))
    return found


def _band(band: Mapping[str, Any], minutes: Sequence[float], x_axis: Axis, y_axis: Axis) -> Band:
    xs = [x_axis.at(minute) for minute in minutes]

    def around_it(pairs: Sequence[Sequence[float]]) -> str:
        upper = [(x, y_axis.at(high)) for x, (_, high) in zip(xs, pairs, strict=True)]
        lower = [(x, y_axis.at(low)) for x, (low, _) in zip(xs, pairs, strict=True)]
        return polyline([*upper, *reversed(lower)])

    middle = polyline((x, y_axis.at(value)) for x, value in zip(xs, band["median"], strict=True))
    return Band(around_it(band["outer"]), around_it(band["inner"]), middle)


def _drawn(limits: Sequence[Limit], y_axis: Axis) -> tuple[DrawnLimit, ...]:
    """The lines, their words moved apart where they would stand upon each other."""
    found: list[DrawnLimit] = []
    for limit in sorted(limits, key=lambda one: -one.value):
        y = y_axis.at(limit.value)
        text_y = y - 3 if not found else max(y - 3, found[-1].text_y + _LIMIT_ROOM)
        found.append(DrawnLimit(y, limit.text, text_y))
    return tuple(found)


def _summary(
    title: str, unit: str, quantities: Mapping[str, str], read: Mapping[str, Sequence[tuple[float, float, bool]]],
    bands: Mapping[str, Any],
) -> str:  # fmt: skip
    parts = []
    for name, label in quantities.items():
        if values := [value for _, value, _ in read[name]]:
            many = "1 reading" if len(values) == 1 else f"{len(values)} readings"
            parts.append(f"{label}, {many}, from {min(values):g} to {max(values):g}, last {values[-1]:g}")
    said = "; ".join(parts) or "no reading yet"
    behind = ". The model's expected range is drawn behind them" if bands else ""
    return f"{title}, {unit}, by minutes since the dose began: {said}{behind}. Every reading is in the list of entries."
