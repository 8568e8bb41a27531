"""Minutes of the board. The script counts on from the same instants, in the same words (static/js/board.js)."""

from __future__ import annotations

import datetime as dt
import math

from django import template

register = template.Library()
HOUR_MIN = 60
LONG_MIN = 120  # from here on in hours


@register.filter
def since(at: dt.datetime, now: dt.datetime) -> str:
    """Whole minutes that have passed: `37 min`, `2 h 05 min`."""
    return _spoken(max(math.floor((now - at).total_seconds() / 60), 0))


@register.filter
def until(at: dt.datetime, now: dt.datetime) -> str:
    """Minutes that remain, rounded up: `in 4 min`, `now`, `3 min ago`."""
    minutes = math.ceil((at - now).total_seconds() / 60)
    if minutes > 0:
        return f"in {_spoken(minutes)}"
    return "now" if minutes == 0 else f"{_spoken(-minutes)} ago"


def _spoken(minutes: int) -> str:
    if minutes < LONG_MIN:
        return f"{minutes} min"
    return f"{minutes // HOUR_MIN} h {minutes % HOUR_MIN:02d} min"
