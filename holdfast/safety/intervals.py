"""When a check is due again: weeks are days, months are calendar months."""

from __future__ import annotations

import calendar
import datetime

from holdfast.facts import Threshold
from holdfast.units import convert

MONTHS = ("month", "months")


def after_interval(day: datetime.date, interval: Threshold) -> datetime.date:
    """The day one interval later. Raises `InputError` where the interval has no number or no unit of time."""
    if interval.unit in MONTHS:
        return add_months(day, round(interval.value))
    return day + datetime.timedelta(days=convert(interval.value, interval.unit or "1", "d"))


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day of a later month, or that month's last day: 31 January and one month is 28 (or 29) February."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
