"""When a check is due again: weeks are days, months are calendar months."""

from __future__ import annotations

import datetime

from holdfast.days import add_months
from holdfast.facts import Threshold
from holdfast.units import convert

MONTHS = ("month", "months")


def after_interval(day: datetime.date, interval: Threshold) -> datetime.date:
    """The day one interval later. Raises `InputError` where the interval has no number or no unit of time."""
    if interval.unit in MONTHS:
        return add_months(day, round(interval.value))
    return day + datetime.timedelta(days=convert(interval.value, interval.unit or "1", "d"))
