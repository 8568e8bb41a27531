"""Instants of a treatment session: always with a time zone, never a guess, never after the present."""

from __future__ import annotations

import datetime
import math

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible_moment

MINUTE = datetime.timedelta(minutes=1)


def aware(moment: datetime.datetime, field: str) -> datetime.datetime:
    """`moment` itself. Raises `InputError` where it has no time zone (none is ever guessed) or an impossible year."""
    return plausible_moment(moment, field)


def past(moment: datetime.datetime | None, field: str, now: datetime.datetime) -> datetime.datetime | None:
    """`moment`, or None where unknown. Raises `InputError` where it is naive or lies after `now`."""
    if moment is None:
        return None
    if minutes_between(aware(now, "now"), aware(moment, field)) > 0:
        raise InputError(f"{field} {moment.isoformat()} lies after now ({now.isoformat()}); correct the time")
    return moment


def minutes_between(start: datetime.datetime, end: datetime.datetime) -> float:
    """Minutes that truly pass from `start` to `end`, whatever the clocks on the wall do in between.

    Both are brought to UTC first: Python subtracts two local times of one zone as the wall shows them, an hour
    wrong across a change of daylight saving time.
    """
    return (end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC)) / MINUTE


def minutes_after(start: datetime.datetime, minutes: float) -> datetime.datetime:
    """The instant truly `minutes` after `start`, in the zone of `start`."""
    return (start.astimezone(datetime.UTC) + minutes * MINUTE).astimezone(start.tzinfo)


def whole_minutes(minutes: float) -> int:
    """Minutes that remain, rounded up: 29.2 remaining is 30 to the person who waits."""
    return math.ceil(round(minutes, 6))
