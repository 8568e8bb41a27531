"""What became of the arms of a study over time: one picture for each outcome that was rated more than once.

Only rows that mean the same share a picture: estimand, outcome, scale, definition, unit and anchor. Whiskers are what
the source gives (a standard error); for counted people they are a Wilson interval, which is ours and is said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.evidence.pictures.whiskers import whiskers
from holdfast.evidence.rows import Outcome
from holdfast.evidence.wording import outcome_words, with_capital, with_signs
from holdfast.printed.axis import Axis, Tick, around, on_time_scale, polyline, ticks, time_ticks

WIDTH, HEIGHT = 360, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 350, 14, 206
_TICK_ROOM = 44
_ARMS_A_PICTURE = 4
_BESIDE = 5  # arms rated at the same time stand beside each other


@dataclass(frozen=True)
class Point:
    """One published number: where it is drawn, and the row it is."""

    x: float
    y: float
    low_y: float | None
    high_y: float | None
    row: Outcome


@dataclass(frozen=True)
class Series:
    """One arm; `mark` chooses its colour and the shape of its points."""

    label: str
    mark: int
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """Its points as an SVG polyline wants them."""
        return polyline((point.x, point.y) for point in self.points)


@dataclass(frozen=True)
class TimeCourse:
    """One picture: its name, axes, arms, and what the whiskers are."""

    title: str
    unit: str
    whiskers: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    series: tuple[Series, ...]
    zero_y: float | None

    @property
    def rows(self) -> tuple[Outcome, ...]:
        """Every number drawn, arm by arm."""
        return tuple(point.row for one in self.series for point in one.points)

    @property
    def has_doubtful(self) -> bool:
        """Whether a number drawn is unverified or was read in the press only; the page draws it hollow."""
        return any(row.is_doubtful for row in self.rows)

    @property
    def summary(self) -> str:
        """What the picture shows, in a sentence."""
        arms = "; ".join(
            f"{one.label} from {one.points[0].row.value:g} to {one.points[-1].row.value:g}" for one in self.series
        )
        return f"{self.title}, {self.unit}: {arms}."


def time_courses(rows: Iterable[Outcome]) -> tuple[TimeCourse, ...]:
    """A picture for each outcome rated at two times or more in some arm; at most four arms a picture."""
    groups: dict[tuple[str | None, ...], list[Outcome]] = {}
    for row in rows:
        if row.value is not None and row.time_h is not None and row.subgroup is None:
            meaning = (row.estimand, row.outcome, row.scale, row.definition, row.unit, row.time_anchor)
            groups.setdefault(meaning, []).append(row)
    return tuple(picture for group in groups.values() for picture in _pictures(group))


def _pictures(group: Sequence[Outcome]) -> Iterable[TimeCourse]:
    arms: dict[str, list[Outcome]] = {}
    for row in sorted(group, key=lambda one: one.time_h or 0):
        arms.setdefault(row.arm.id, []).append(row)
    if max(len(found) for found in arms.values()) < 2:
        return
    ends = [end for row in group for end in (row.value, *(whiskers(row).ends)) if end is not None]
    y_axis = Axis(*around(ends, also=(0,)), _BOTTOM, _TOP)
    times = sorted({row.time_h for row in group if row.time_h is not None})
    x_axis = Axis(on_time_scale(times[0]), on_time_scale(times[-1]), _LEFT + 14, _RIGHT - 14)
    in_order = list(arms.values())
    for first in range(0, len(in_order), _ARMS_A_PICTURE):
        together = in_order[first : first + _ARMS_A_PICTURE]
        if max(len(found) for found in together) > 1:
            yield _picture(together, times, x_axis, y_axis)


def _picture(arms: Sequence[Sequence[Outcome]], times: Sequence[float], x_axis: Axis, y_axis: Axis) -> TimeCourse:
    row = arms[0][0]
    scale = "" if row.scale is None else f" ({with_signs(row.definition or row.scale)})"
    since = (row.time_anchor or "a time not stated").replace("_", " ")
    return TimeCourse(
        title=f"{with_capital(outcome_words(row))}{scale}, from {since}",
        unit=row.unit or "",
        whiskers=", ".join(dict.fromkeys(kind for found in arms for one in found if (kind := whiskers(one).kind))),
        x_ticks=time_ticks(times, x_axis, room=_TICK_ROOM),
        y_ticks=ticks(y_axis),
        series=tuple(_series(found, mark, len(arms), x_axis, y_axis) for mark, found in enumerate(arms)),
        zero_y=y_axis.at(0) if y_axis.low < 0 < y_axis.high else None,
    )


def _series(rows: Sequence[Outcome], mark: int, of: int, x_axis: Axis, y_axis: Axis) -> Series:
    aside = (mark - (of - 1) / 2) * _BESIDE
    return Series(rows[0].arm.label, mark, tuple(_point(row, aside, x_axis, y_axis) for row in rows))


def _point(row: Outcome, aside: float, x_axis: Axis, y_axis: Axis) -> Point:
    low, high = whiskers(row).ends
    return Point(
        x=round(x_axis.at(on_time_scale(row.time_h or 0)) + aside, 1),
        y=y_axis.at(row.value or 0),
        low_y=None if low is None else y_axis.at(low),
        high_y=None if high is None else y_axis.at(high),
        row=row,
    )
