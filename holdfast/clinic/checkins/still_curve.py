"""The patient's own curve as a picture without a script, from the values that the script draws (patients/curve.py).

Places are in units of the picture (a viewBox of 360 x 210).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.printed.axis import Axis, Tick, polyline, ticks

LEFT, RIGHT, TOP, BOTTOM = 38, 346, 12, 176
A_DAY_S = 86_400.0


@dataclass(frozen=True)
class StillCurve:
    """Ratings as points; a line for each run without a gap; treatment sessions below; the first and last day."""

    points: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    sessions: tuple[float, ...]
    y_ticks: tuple[Tick, ...]
    days: tuple[Tick, ...]


def still_curve(drawn: Mapping[str, Any]) -> StillCurve | None:
    """`drawn` is what `curve` gives of a course with a calendar; None where no rating is there."""
    rated = drawn["points"]
    if not rated:
        return None
    times = [point["x"] for point in rated]
    across = Axis(min(times), max(max(times), min(times) + A_DAY_S), LEFT, RIGHT)
    up = Axis(drawn["low"], drawn["high"], BOTTOM, TOP)
    places = [(across.at(point["x"]), up.at(point["y"])) for point in rated]
    runs: list[list[tuple[float, float]]] = []
    for point, place in zip(rated, places, strict=True):
        if point["after_gap"] or not runs:
            runs.append([])
        runs[-1].append(place)
    zone = ZoneInfo(drawn["zone"])
    ends = dict.fromkeys((min(times), max(times)))
    return StillCurve(
        points=tuple(places),
        lines=tuple(polyline(run) for run in runs if len(run) > 1),
        sessions=tuple(across.at(s["x"]) for s in drawn["sessions"] if across.low <= s["x"] <= across.high),
        y_ticks=ticks(up),
        days=tuple(Tick(across.at(at), _spoken(dt.datetime.fromtimestamp(at, zone))) for at in ends),
    )


def _spoken(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%b}"
