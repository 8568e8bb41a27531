"""Days and amounts that somebody could have meant. A slip of the finger is refused here, before a record keeps it.

A record with an impossible value is worse than a refused form: every page that shows it afterwards would fail.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django.db import models

from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError
from holdfast.facts.plausible import oldest_age_y, plausible

# Edges of what can be a typing error only; none of them is a clinical limit.
FARTHEST_AHEAD_Y = 10


def require_possible_day(name: str, day: dt.date | None, now: dt.datetime, *, ahead: bool = False) -> None:
    """Raises `InputError` on a day (or moment) of another century, or in the future where it may not lie `ahead`."""
    if day is None:
        return
    if not now.year - oldest_age_y() <= day.year <= now.year + FARTHEST_AHEAD_Y:
        raise InputError(f"{name}: the year {day.year} is not possible; check it")
    date = day.date() if isinstance(day, dt.datetime) else day
    if not ahead and date > now.date() + dt.timedelta(days=1):  # a day ahead of UTC is today somewhere
        raise InputError(f"{name}: lies in the future; check the date")


def require_day_so_far(name: str, day: dt.date | None, programme: Programme, now: dt.datetime) -> None:
    """The same for a day on which something happened: raises `InputError` from tomorrow on, where the programme is."""
    require_possible_day(name, day, now)
    if day is not None and day > programme.day_of(now):
        raise InputError(f"{name}: lies in the future; check the date")


def require_possible_study_day(name: str, day: int | None) -> None:
    """Raises `InputError` on a day that no study has: row plausible.study_day."""
    plausible("study_day", day, field=name)


def amount(model: type[models.Model], name: str, value: float) -> Decimal:
    """`value` as the column keeps it, rounded half up to its places. Raises `InputError` where it has no room."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.DecimalField)
    places, digits = field.decimal_places or 0, field.max_digits or 0
    exact, most = Decimal(str(value)), Decimal(10) ** (digits - places)
    if not exact.is_finite() or abs(exact) >= most - 1:
        raise InputError(f"{name}: {value:g} is not possible; the most that can be recorded is {most - 1:f}")
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
