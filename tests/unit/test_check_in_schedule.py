"""When check-ins are asked: days, local time through changes of the clock, windows, ends; and what is refused."""

from __future__ import annotations

import datetime as dt
from itertools import islice

import pytest

from holdfast.errors import InputError
from holdfast.protocols.check_ins import (
    CheckInSchedule,
    asked_on,
    asked_until,
    checked_schedule,
    local_moment,
    next_asked,
    reminder_due,
)

BERLIN = "Europe/Berlin"


def schedule(**changes) -> CheckInSchedule:
    values = {
        "every_d": 7, "at": dt.time(18, 30), "zone": BERLIN, "open_h": 24, "starts_on": dt.date(2026, 10, 16),
    }  # fmt: skip
    return CheckInSchedule(**{**values, **changes})


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.story("HF-CHK-001")
def test_a_weekly_check_in_keeps_its_local_time_when_clocks_go_back() -> None:
    asked = list(asked_until(schedule(), utc(2026, 10, 30, 17, 30)))
    assert [one.day.day for one in asked] == [16, 23, 30]
    # Clocks in Berlin go back on 25 October 2026: 18:30 is 16:30 UTC before and 17:30 UTC after.
    assert [one.opens_at for one in asked] == [
        utc(2026, 10, 16, 16, 30),
        utc(2026, 10, 23, 16, 30),
        utc(2026, 10, 30, 17, 30),
    ]
    assert list(asked_until(schedule(), utc(2026, 10, 30, 17, 29)))[-1].day == dt.date(2026, 10, 23)


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        (BERLIN, dt.date(2027, 3, 28), dt.time(2, 30), utc(2027, 3, 28, 1, 0)),  # 2:00 to 3:00 does not exist
        (BERLIN, dt.date(2026, 10, 25), dt.time(2, 30), utc(2026, 10, 25, 0, 30)),  # twice: the first, summer time
        ("America/New_York", dt.date(2027, 3, 14), dt.time(2, 15), utc(2027, 3, 14, 7, 0)),
        ("Africa/Cairo", dt.date(2026, 4, 24), dt.time(0, 20), utc(2026, 4, 23, 22, 0)),  # midnight does not exist
        ("Asia/Kolkata", dt.date(2026, 11, 2), dt.time(9, 0), utc(2026, 11, 2, 3, 30)),
        ("UTC", dt.date(2026, 11, 2), dt.time(9, 0), utc(2026, 11, 2, 9, 0)),
    ],
)
@pytest.mark.story("HF-CHK-001")
def test_a_local_time_that_is_skipped_or_comes_twice(zone: str, day: dt.date, at: dt.time, moment: dt.datetime) -> None:
    assert local_moment(day, at, zone) == moment


def test_a_window_never_reaches_beyond_the_next_check_in() -> None:
    daily = asked_on(schedule(every_d=1, open_h=48), dt.date(2026, 11, 2))
    assert (daily.closes_at - daily.opens_at) == dt.timedelta(hours=24)
    weekly = asked_on(schedule(open_h=48), dt.date(2026, 11, 2))
    assert (weekly.closes_at - weekly.opens_at) == dt.timedelta(hours=48)


def test_after_a_day_the_rhythm_goes_on_from_the_start_and_ends_with_the_last_day() -> None:
    every_3 = schedule(every_d=3, ends_on=dt.date(2026, 10, 26))
    days = [one.day.day for one in asked_until(every_3, utc(2027, 1, 1), after=dt.date(2026, 10, 17))]
    assert days == [19, 22, 25]
    assert [one.day.day for one in asked_until(every_3, utc(2027, 1, 1), after=dt.date(2026, 10, 19))] == [22, 25]
    assert next_asked(every_3, utc(2026, 10, 25, 12)).day == dt.date(2026, 10, 25)
    assert next_asked(every_3, utc(2026, 10, 26, 0)) is None


def test_it_asks_without_end_where_no_end_was_agreed() -> None:
    days = [one.day for one in islice(asked_until(schedule(every_d=1), utc(2036, 1, 1)), 1000)]
    assert days[-1] - days[0] == dt.timedelta(days=999)


@pytest.mark.story("HF-CHK-006")
@pytest.mark.parametrize(
    ("minutes", "sent", "after_h", "due"),
    [
        (359, True, 6, False),
        (360, True, 6, True),
        (1439, True, 6, True),
        (1440, True, 6, False),  # it has closed
        (720, False, 6, False),  # its message never left
        (720, True, None, False),  # not agreed
    ],
)
def test_when_a_check_in_is_asked_for_once_more(minutes: int, sent: bool, after_h: int | None, due: bool) -> None:
    opened = utc(2026, 11, 2, 10, 0)
    found = reminder_due(
        opened + dt.timedelta(minutes=minutes), sent_at=opened if sent else None,
        closes_at=opened + dt.timedelta(hours=24), remind_after_h=after_h,
    )  # fmt: skip
    assert found is due


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"every_d": 0}, "every_d is 0, outside 1 to 7"),
        ({"every_d": 8}, "every_d is 8, outside 1 to 7"),
        ({"open_h": 1}, "open_h is 1, outside 4 to 96"),
        ({"starts_on": dt.date(1026, 1, 1)}, "the year of starts_on is 1026"),
        ({"ends_on": dt.date(2026, 10, 15)}, "ends_on: 2026-10-15 lies before the start"),
    ],
)
def test_a_slip_is_refused_by_name(changes: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        checked_schedule(schedule(**changes))
    assert checked_schedule(schedule()) == schedule()
