"""The curve of a letter as lines on paper: ratings as recorded, doses below, and nothing beyond the last of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words

WIDTH, HEIGHT = 496.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 8.0, 8.0, 32.0
DOSES_AT = HEIGHT - BOTTOM + 6
DAY_S = 86_400.0


def picture(curve: dict[str, Any]) -> Drawing:
    """One scale over time. `curve` is what patients/curve.py gives: times in seconds, totals as recorded."""
    times = [p["x"] for p in curve["points"]] + [s["x"] for s in curve["sessions"]]
    first, last = min(times), max(times)
    first, last = first - DAY_S, max(last, first + 7 * DAY_S) + DAY_S

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - first) / (last - first)
        up = (y - curve["low"]) / (curve["high"] - curve["low"])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    shapes: list[Shape] = []
    if curve["remission"]:
        shapes.append(_band(place(first, curve["remission"]["y"]), place(last, curve["low"])))
    shapes += _axes(curve, place, first, last)
    if curve["response"]:
        shapes.append(Line((place(first, curve["response"]["y"]), place(last, curve["response"]["y"])), "good", 0.8))
    if curve["baseline"] is not None:
        ends = (place(first, curve["baseline"]), place(last, curve["baseline"]))
        shapes.append(Line(ends, "soft", 0.8, dashed=True))
    shapes += _ratings(curve["points"], place)
    shapes += [_dose(place(s["x"], curve["low"])[0]) for s in curve["sessions"]]
    return Drawing(WIDTH, HEIGHT, tuple(shapes))


def _band(top: tuple[float, float], bottom: tuple[float, float]) -> Area:
    (left, high), (right, low) = top, bottom
    return Area(((left, high), (right, high), (right, low), (left, low)), "good", 0.12)


def _axes(curve: dict[str, Any], place: Any, first: float, last: float) -> list[Shape]:
    zone = ZoneInfo(curve["zone"])
    shapes: list[Shape] = []
    for y in (curve["low"], (curve["low"] + curve["high"]) / 2, curve["high"]):
        left, right = place(first, y), place(last, y)
        shapes += [Line((left, right), "rule", 0.5), Words(LEFT - 4, left[1] + 3, f"{y:g}", "soft", 8, "end")]
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        at = first + share * (last - first)
        day = dt.datetime.fromtimestamp(at, tz=zone).date()
        shapes.append(Words(place(at, curve["low"])[0], HEIGHT - 6, f"{day.day} {day:%b %Y}", "soft", 8, anchor))
    return shapes


def _ratings(points: Sequence[dict[str, Any]], place: Any) -> list[Shape]:
    """The line breaks where ratings are missing, as on the page."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point["after_gap"]:
            runs.append([])
        runs[-1].append(place(point["x"], point["y"]))
    lines: list[Shape] = [Line(run, "ours", 1.2) for run in runs if len(run) > 1]
    return [*lines, *(Dot(x, y, 2.0, "ours") for run in runs for x, y in run)]


def _dose(x: float) -> Area:
    return Area(((x, DOSES_AT), (x + 3, DOSES_AT + 6), (x - 3, DOSES_AT + 6)), "ink")
