"""When a reminder goes out: whole days before, at one local time, through changes of the clock."""

from __future__ import annotations

import datetime as dt

import pytest

from holdfast.errors import InputError
from holdfast.protocols.reminders import ReminderTime

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.story("HF-CHK-007")
def test_it_keeps_its_local_time_when_clocks_go_back() -> None:
    # Clocks in Berlin go back on 25 October 2026.
    time = ReminderTime(1, dt.time(17, 0), BERLIN)
    assert time.of(dt.date(2026, 10, 25)).due_at == utc(2026, 10, 24, 15, 0)
    assert time.of(dt.date(2026, 10, 26)).due_at == utc(2026, 10, 25, 16, 0)
    window = time.of(dt.date(2026, 10, 25))
    assert (window.until, window.over_at) == (utc(2026, 10, 24, 22, 0), utc(2026, 10, 25, 23, 0))


@pytest.mark.story("HF-CHK-007")
@pytest.mark.parametrize(
    ("at", "due"),
    [
        (utc(2026, 11, 4, 15, 59), False),
        (utc(2026, 11, 4, 16, 0), True),
        (utc(2026, 11, 4, 22, 59), True),
        (utc(2026, 11, 4, 23, 0), False),  # midnight in Berlin: the day itself
    ],
)
def test_it_is_due_from_its_hour_until_the_day_begins(at: dt.datetime, due: bool) -> None:
    assert ReminderTime(1, dt.time(17, 0), BERLIN).of(dt.date(2026, 11, 5)).is_due(at) is due


@pytest.mark.story("HF-CHK-007")
@pytest.mark.parametrize(
    ("known", "due"),
    [
        (utc(2026, 11, 1, 9, 0), utc(2026, 11, 3, 16, 0)),  # in time
        (utc(2026, 11, 3, 16, 59), utc(2026, 11, 3, 16, 0)),  # the sender is a little late
        (utc(2026, 11, 3, 22, 30), utc(2026, 11, 4, 16, 0)),  # planned at night: the next hour agreed
        (utc(2026, 11, 4, 9, 0), utc(2026, 11, 4, 16, 0)),
        (utc(2026, 11, 4, 16, 30), utc(2026, 11, 4, 16, 0)),
        (utc(2026, 11, 4, 18, 0), utc(2026, 11, 4, 18, 0)),  # no such hour is left before the day: at once
    ],
)
def test_what_is_planned_after_its_hour_waits_for_the_next_one(known: dt.datetime, due: dt.datetime) -> None:
    assert ReminderTime(2, dt.time(17, 0), BERLIN).of_as_known(dt.date(2026, 11, 5), known).due_at == due


@pytest.mark.story("HF-CHK-007")
@pytest.mark.parametrize("days", [0, 8])
def test_days_that_nobody_means_are_refused(days: int) -> None:
    with pytest.raises(InputError, match=f"days_before is {days}, outside 1 to 7"):
        ReminderTime(days, dt.time(17, 0), BERLIN)
