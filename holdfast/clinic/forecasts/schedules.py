"""Schedules side by side: expected weeks well and chance of relapse as pictures, everything as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.forecasts.words import UNCHANGED, schedule_name
from holdfast.forecast.told import chance_words, count_words
from holdfast.printed.axis import Axis, Tick, ticks

LEFT, RIGHT, TOP, ROW = 108, 350, 6, 26


@dataclass(frozen=True)
class Bar:
    """One schedule in a picture: its interval and the number in it."""

    name: str
    y: float
    low_x: float
    high_x: float
    x: float
    unchanged: bool


@dataclass(frozen=True)
class Bars:
    """One quantity of every schedule."""

    key: str
    title: str
    height: int
    bottom: int
    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    summary: str


@dataclass(frozen=True)
class Line:
    """One schedule as a row of the table, in words."""

    plan: str
    name: str
    words: str
    weeks_well: str
    relapse: str
    sessions: str
    dose_mg: str
    hours: str
    unchanged: bool


def lines_of(plans: Sequence[Mapping[str, Any]] | None) -> list[Line]:
    """The table, the unchanged schedule first."""
    return [
        Line(
            one["plan"], schedule_name(one["plan"]), one["words"],
            count_words(one["weeks_well"], f" of {one['weeks']}"), chance_words(one["relapse"]),
            count_words(one["treatment_sessions"]), count_words(one["dose_mg"]),
            count_words(one["hours_in_clinic"]) if one["hours_in_clinic"] else "not known",
            one["plan"] == UNCHANGED,
        ) for one in plans or ()
    ]  # fmt: skip


def pictures_of(plans: Sequence[Mapping[str, Any]] | None) -> list[Bars]:
    """Weeks well, and chance of relapse. Empty where no schedules were compared."""
    if not plans:
        return []
    weeks = plans[0]["weeks"]
    well = [(one["weeks_well"]["expected"], one["weeks_well"]["low"], one["weeks_well"]["high"]) for one in plans]
    chances = [tuple(100 * one["relapse"][name] for name in ("chance", "low", "high")) for one in plans]
    return [
        _bars("well", f"Weeks well, of {weeks}", plans, well, float(weeks), ""),
        _bars("relapse", f"Chance of relapse within {weeks} weeks, %", plans, chances, 100.0, " %"),
    ]


def _bars(
    key: str, title: str, plans: Sequence[Mapping[str, Any]], values: Sequence[Sequence[float]], most: float, unit: str
) -> Bars:
    axis = Axis(0.0, most, LEFT, RIGHT)
    bottom = TOP + ROW * len(plans)
    rows = [
        Bar(schedule_name(one["plan"]), TOP + ROW * (place + 0.5), axis.at(low), axis.at(high), axis.at(middle),
            one["plan"] == UNCHANGED)
        for place, (one, (middle, low, high)) in enumerate(zip(plans, values, strict=True))
    ]  # fmt: skip
    said = "; ".join(
        f"{schedule_name(one['plan'])} {middle:.0f}{unit}" for one, (middle, *_) in zip(plans, values, strict=True)
    )
    return Bars(key, title, bottom + 22, bottom, tuple(rows), ticks(axis, 5), f"{title}: {said}. Intervals of 80 %.")
