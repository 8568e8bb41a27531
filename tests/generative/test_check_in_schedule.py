"""Check-ins in every zone and at every time: the local clock shows what was agreed, or the end of a skipped hour."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.protocols.check_ins import CheckInSchedule, asked_until, local_moment

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kolkata",
]
DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def by_counting(day: dt.date, at: dt.time, zone: str) -> dt.datetime:
    """The slow way: the first minute of UTC at which the clock on the wall shows the day and `at` or later."""
    wanted = dt.datetime.combine(day, at)
    moment = dt.datetime.combine(day, at, dt.UTC) - dt.timedelta(hours=15)
    while moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wanted:
        moment += dt.timedelta(minutes=1)
    return moment


@settings(max_examples=60, deadline=None)
@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_the_moment_is_the_first_at_which_the_clock_shows_it(day: dt.date, at: dt.time, zone: str) -> None:
    assert local_moment(day, at, zone) == by_counting(day, at, zone)


@settings(max_examples=40, deadline=None)
@given(DAYS, TIMES, st.sampled_from(ZONES), st.integers(1, 7), st.integers(4, 96), st.integers(0, 40))
def test_windows_follow_each_other_without_overlap(
    start: dt.date, at: dt.time, zone: str, every_d: int, open_h: int, passed: int
) -> None:
    schedule = CheckInSchedule(every_d, at, zone, open_h, start)
    until = dt.datetime.combine(start + dt.timedelta(days=60), dt.time(), dt.UTC)
    asked = list(asked_until(schedule, until))
    assert len(asked) >= 8
    for earlier, later in pairwise(asked):
        assert (later.day - earlier.day).days == every_d
        assert earlier.opens_at < earlier.closes_at <= later.opens_at
    after = start + dt.timedelta(days=passed)
    assert list(asked_until(schedule, until, after=after)) == [one for one in asked if one.day > after]
