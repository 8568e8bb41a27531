"""A forecast as a picture: bands of ratings to come around their median, ratings so far, what came after, and what
earlier forecasts had said. Places are in units of the picture (a viewBox), so that a template draws SVG with classes
alone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.facts.scale_names import scale_document
from holdfast.printed.axis import Axis, Tick, around, polyline, ticks

LEFT, RIGHT, TOP, BOTTOM = 30, 352, 10, 190
AHEAD_D, BEHIND_D = 84.0, 182.0  # drawn at most, from the day of the forecast
MOST_TICKS = 4
BANDS = ("95", "80", "50")  # the widest is drawn first
_STEPS_D = (7, 14, 28, 56, 84, 182)


@dataclass(frozen=True)
class Place:
    """A rating in the picture."""

    x: float
    y: float


@dataclass(frozen=True)
class Fan:
    """The picture with what it says in words."""

    bands: tuple[tuple[str, str], ...]  # per cent, polygon
    median: str
    earlier: tuple[str, ...]  # medians of earlier forecasts
    before: tuple[Place, ...]  # ratings the forecast knew, as it was told them
    after: tuple[Place, ...]  # ratings it did not know
    after_words: str  # what those are
    doses: tuple[float, ...]
    today_x: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    scale: str
    summary: str


Rating = tuple[float, float]  # day, total
Words = Callable[[float], str]


def fan_of(
    answer: Mapping[str, Any], *, known: Iterable[Rating], unknown: Iterable[Rating], doses: Iterable[float],
    earlier: Iterable[Mapping[str, Any]], day_words: Words, looks_back: bool = False,
) -> Fan | None:  # fmt: skip
    """The picture of one forecast; None where it gives no curve. `known` are the ratings of its scale it was told,
    `unknown` those it was not; `earlier` are curves of forecasts before it, moved to its days; `day_words` writes a
    day. One that `looks_back` was made when later ratings were there."""
    curve, today = answer["curve"], float(answer["today"])
    if curve is None:
        return None
    shown = [place for place, day in enumerate(curve["days"]) if day <= today + AHEAD_D]
    days = [curve["days"][place] for place in shown]
    before, after = (
        [(day, total) for day, total in ratings if today - BEHIND_D <= day <= days[-1]] for ratings in (known, unknown)
    )
    near = [*before, *after]
    given = [day for day in doses if today - BEHIND_D <= day <= days[-1]]
    x_axis = Axis(min([today - 7, *(day for day, _ in near), *given]), days[-1], LEFT, RIGHT)
    wide = [end for place in shown for end in curve["bands"]["95"][place]]
    y_axis = Axis(*_ends([*wide, *(total for _, total in near)], answer["scale"]), BOTTOM, TOP)

    def line(pairs: Iterable[tuple[float, float]]) -> str:
        return polyline((x_axis.at(day), y_axis.at(total)) for day, total in pairs)

    def band(name: str) -> str:
        ends = [curve["bands"][name][place] for place in shown]
        upper = [(day, high) for day, (_, high) in zip(days, ends, strict=True)]
        lower = [(day, low) for day, (low, _) in zip(days, ends, strict=True)]
        return line([*upper, *reversed(lower)])

    return Fan(
        bands=tuple((name, band(name)) for name in BANDS),
        median=line(zip(days, (curve["median"][place] for place in shown), strict=True)),
        earlier=tuple(line(pairs) for one in earlier if (pairs := _until(one, x_axis.low, today))),
        before=tuple(Place(x_axis.at(day), y_axis.at(total)) for day, total in before),
        after=tuple(Place(x_axis.at(day), y_axis.at(total)) for day, total in after),
        after_words="Rating of a later day" if looks_back else "Rating that came or was changed since",
        doses=tuple(x_axis.at(day) for day in given),
        today_x=x_axis.at(today),
        x_ticks=_days(x_axis, today, day_words),
        y_ticks=ticks(y_axis, 5),
        scale=str(scale_document(answer["scale"]).header["name"]),
        summary=_summary(curve, answer, (len(before), len(after)), today, day_words),
    )


def _ends(values: Sequence[float], scale: str) -> tuple[float, float]:
    """From 0 to a round end above every value, at most the highest total of the scale."""
    low, high = around(values, also=(0.0,))
    return max(low, 0.0), min(high, float(scale_document(scale).header["total_max"]))


def _until(curve: Mapping[str, Any], low: float, today: float) -> list[tuple[float, float]]:
    """The median of an earlier forecast until this one was made."""
    pairs = zip(curve["days"], curve["median"], strict=True)
    return [(day, total) for day, total in pairs if low <= day <= today]


def _days(axis: Axis, today: float, day_words: Words) -> tuple[Tick, ...]:
    """Round numbers of days from today on, both ways."""
    span = axis.high - axis.low
    step = next((step for step in _STEPS_D if span / step <= MOST_TICKS), _STEPS_D[-1])
    first = math.ceil((axis.low - today) / step)
    last = math.floor((axis.high - today) / step)
    return tuple(Tick(axis.at(today + step * turn), day_words(today + step * turn)) for turn in range(first, last + 1))


def _summary(
    curve: Mapping[str, Any], answer: Mapping[str, Any], counts: tuple[int, int], today: float, day_words: Words
) -> str:
    """The picture in a sentence or two."""
    name = scale_document(answer["scale"]).header["name"]
    said = []
    for ahead in (28, 84):
        place = next((i for i, day in enumerate(curve["days"]) if day >= today + ahead), None)
        if place is not None:
            low, high = curve["bands"]["80"][place]
            middle, on = curve["median"][place], day_words(today + ahead)
            said.append(f"on {on} {middle:.0f}, 8 in 10 ratings in {low:.0f} to {high:.0f}")
    known, after = counts
    knew = f"{known} rating{'' if known == 1 else 's'} it knew."
    came = f" {after} it did not know." if after else ""
    given = (
        "; the treatment session due on the day of the forecast counts as given" if curve.get("today_as_given") else ""
    )
    return f"{name} to expect, {curve['words']}{given}: {'; '.join(said)}. {knew}{came} The table below says the same."


def words_of(day_zero_at: dt.datetime | None, zone: dt.tzinfo, *, year: bool = False) -> Words:
    """How a day of a forecast is written: a date, or the study day."""

    def words(day: float) -> str:
        if day_zero_at is None:
            return f"day {day:g}"
        on = (day_zero_at + dt.timedelta(days=day)).astimezone(zone)
        return f"{on.day} {on:%b %Y}" if year else f"{on.day} {on:%b}"

    return words
