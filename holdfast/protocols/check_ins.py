"""When a check-in is asked, by the schedule agreed with the patient: whole days, one local time, summer time or not.

Days are counted on the calendar of the clinic's zone, so that a check-in at 18:30 stays at 18:30 when clocks change. A
local time that does not exist on a day (clocks go forward) becomes the first moment after the gap; one that exists
twice (clocks go back) is the first of the two. Moments are given in UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible, plausible_day

EVERY_D = "check_in_every_d"  # rows of plausible_ranges.csv
OPEN_H = "check_in_open_h"
REMIND_AFTER_H = "check_in_remind_after_h"
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class CheckInSchedule:
    """Every so many days from `starts_on` to `ends_on` (included; None = until changed), at one local time.

    A check-in can be answered for `open_h` hours, and never beyond the next one. One that is not answered is asked for
    once more `remind_after_h` hours after its message; None = never.
    """

    every_d: int
    at: dt.time
    zone: str
    open_h: int
    starts_on: dt.date
    ends_on: dt.date | None = None
    remind_after_h: int | None = None


@dataclass(frozen=True)
class AskedOn:
    """One check-in of a schedule: its day on the clinic's calendar, and when it opens and closes, in UTC."""

    day: dt.date
    opens_at: dt.datetime
    closes_at: dt.datetime


def checked_schedule(schedule: CheckInSchedule) -> CheckInSchedule:
    """The schedule itself. Raises `InputError` on an interval, a window or days that nobody could have meant."""
    for name, quantity in (("every_d", EVERY_D), ("open_h", OPEN_H)):
        plausible(quantity, getattr(schedule, name), field=name)
    plausible_day(schedule.starts_on, "starts_on")
    if schedule.ends_on is not None:
        plausible_day(schedule.ends_on, "ends_on")
        if schedule.ends_on < schedule.starts_on:
            raise InputError(
                f"ends_on: {schedule.ends_on} lies before the start, {schedule.starts_on}; mend one of them"
            )
    if schedule.remind_after_h is not None:
        plausible(REMIND_AFTER_H, schedule.remind_after_h, field="remind_after_h")
        open_h = min(schedule.open_h, 24 * schedule.every_d)
        if schedule.remind_after_h >= open_h:
            raise InputError(f"remind_after_h: the check-in has closed by then, after {open_h} h; choose fewer hours")
    return schedule


def reminder_due(
    now: dt.datetime, *, sent_at: dt.datetime | None, closes_at: dt.datetime, remind_after_h: int | None
) -> bool:
    """Is a check-in that nobody answered to be asked for once more? `sent_at` is when its message left, None = never.

    Counted from the message and not from the opening: who got it late is not reminded at once.
    """
    if sent_at is None or remind_after_h is None:
        return False
    return sent_at + dt.timedelta(hours=remind_after_h) <= now < closes_at


def local_moment(day: dt.date, at: dt.time, zone: str) -> dt.datetime:
    """`at` on `day` in the zone, as UTC; the first moment after the gap where that time is skipped."""
    named = dt.datetime.combine(day, at.replace(tzinfo=None), ZoneInfo(zone))  # fold 0: the first of two
    moment = named.astimezone(dt.UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == named.replace(tzinfo=None):
        return moment
    return _after_the_gap(named)


def _after_the_gap(named: dt.datetime) -> dt.datetime:
    """Back to the first skipped minute; read by the offset before the gap, it is the moment the gap ends."""
    first = named.replace(tzinfo=None)
    while _skipped(first - MINUTE, named.tzinfo):
        first -= MINUTE
    return first.replace(tzinfo=named.tzinfo).astimezone(dt.UTC)


def _skipped(local: dt.datetime, zone: dt.tzinfo | None) -> bool:
    return local.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != local


def asked_until(schedule: CheckInSchedule, until: dt.datetime, *, after: dt.date | None = None) -> Iterator[AskedOn]:
    """Every check-in that opens at or before `until`, earliest first; only days after `after`, where it is given."""
    day = _first_day(schedule, after)
    while schedule.ends_on is None or day <= schedule.ends_on:
        asked = asked_on(schedule, day)
        if asked.opens_at > until:
            return
        yield asked
        day += dt.timedelta(days=schedule.every_d)


def asked_on(schedule: CheckInSchedule, day: dt.date) -> AskedOn:
    """The check-in of one day of the schedule."""
    opens_at = local_moment(day, schedule.at, schedule.zone)
    following = local_moment(day + dt.timedelta(days=schedule.every_d), schedule.at, schedule.zone)
    return AskedOn(day, opens_at, min(opens_at + dt.timedelta(hours=schedule.open_h), following))


def next_asked(schedule: CheckInSchedule, now: dt.datetime) -> AskedOn | None:
    """The next check-in that opens after `now`; None where the schedule has ended."""
    day = _first_day(schedule, now.astimezone(ZoneInfo(schedule.zone)).date() - dt.timedelta(days=1))
    while schedule.ends_on is None or day <= schedule.ends_on:
        asked = asked_on(schedule, day)
        if asked.opens_at > now:
            return asked
        day += dt.timedelta(days=schedule.every_d)
    return None


def _first_day(schedule: CheckInSchedule, after: dt.date | None) -> dt.date:
    """The first day of the schedule later than `after`."""
    if after is None or after < schedule.starts_on:
        return schedule.starts_on
    passed = (after - schedule.starts_on).days // schedule.every_d + 1
    return schedule.starts_on + dt.timedelta(days=passed * schedule.every_d)
