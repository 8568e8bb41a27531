"""What a measurement can be at all: a slip of unit or key is refused by name before any rule judges it."""

from __future__ import annotations

import datetime
import math
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.loader import Facts, load


def plausible(quantity: str, value: float | None, *, field: str = "", facts: Facts | None = None) -> float | None:
    """`value` itself, None where it is unknown. Ends of the range are taken.

    `quantity` is a row of plausible_ranges.csv, its unit last; `field` is the user's name for it. Raises
    `InputError` naming field, value and range, and `UnknownNameError` for a quantity the table does not hold.
    """
    if value is None:
        return None
    row = (facts or load()).row(f"plausible.{quantity}")
    name = field or quantity
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} is {value!r}; give a number in {row['unit']}")
    if not row["min"] <= value <= row["max"]:  # a NaN is in no range
        side = "hint_low" if value < row["min"] else "hint_high" if value > row["max"] else ""
        hint = row.get(side, "check the value and its unit")
        raise InputError(f"{name} is {_shown(value)}, outside {row['min']:g} to {row['max']:g} {row['unit']}; {hint}")
    return value


def oldest_age_y(facts: Facts | None = None) -> int:
    """Years beyond any documented life: the ceiling of every age, and of the time since a birth."""
    return int((facts or load()).row("plausible.recorded_age_y")["max"])


def _shown(value: float) -> str:
    try:
        return f"{value:g}"
    except OverflowError:  # a whole number beyond any float
        return "a number too large to be one"


def plausible_day(day: Any, field: str) -> datetime.date:
    """`day` itself. Raises `InputError` where it is no date, or in a year outside row plausible.calendar_year.

    Besides slips of the year, this keeps every later sum of days and months inside the calendar.
    """
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise InputError(f"{field} is {day!r}, not a date like 2026-11-21")
    plausible("calendar_year", day.year, field=f"the year of {field}")
    return day


def plausible_moment(moment: Any, field: str) -> datetime.datetime:
    """`moment` itself. Raises `InputError` where it is no time, has no zone, or lies in a year as for a day."""
    if not isinstance(moment, datetime.datetime):
        raise InputError(f"{field} is {moment!r}, not a time like 2026-11-21T14:05+01:00")
    if moment.utcoffset() is None:
        raise InputError(f"{field} {moment.isoformat()} has no time zone; give one, like 2026-11-21T14:05+01:00")
    plausible("calendar_year", moment.year, field=f"the year of {field}")
    return moment


def is_finite_number(value: Any) -> bool:
    """Is it a number that can be counted with? For the quantities that no row of the table bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False
