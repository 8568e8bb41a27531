"""When the message before a treatment session or an evaluation goes out: whole days before, at one local time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from holdfast.facts.plausible import plausible
from holdfast.protocols.check_ins import local_moment

DAYS_BEFORE = "reminder_days_before"  # a row of plausible_ranges.csv
IN_TIME = dt.timedelta(hours=1)  # a sender so late is still at the hour that was agreed


@dataclass(frozen=True)
class ReminderTime:
    """So many days before, at one local time of the zone. Raises `InputError` on days that nobody could have meant."""

    days_before: int
    at: dt.time
    zone: str

    def __post_init__(self) -> None:
        plausible(DAYS_BEFORE, self.days_before, field="days_before")

    def of(self, day: dt.date) -> ReminderWindow:
        """When the message of what is planned on `day` may go out."""
        due_at = local_moment(day - dt.timedelta(days=self.days_before), self.at, self.zone)
        begins_at = local_moment(day, dt.time(), self.zone)
        return ReminderWindow(due_at, begins_at, local_moment(day + dt.timedelta(days=1), dt.time(), self.zone))

    def of_as_known(self, day: dt.date, now: dt.datetime) -> ReminderWindow:
        """The same, where it is known only now: after its hour it waits for the next one, so that none comes at night.

        Where none is left before the day begins, it goes out at once.
        """
        window = self.of(day)
        if now <= window.due_at + IN_TIME:
            return window
        today = now.astimezone(ZoneInfo(self.zone)).date()
        hours = (local_moment(today + dt.timedelta(days=later), self.at, self.zone) for later in (0, 1))
        following = next((hour for hour in hours if hour > now - IN_TIME), window.until)
        return replace(window, due_at=following if following < window.until else now)


@dataclass(frozen=True)
class ReminderWindow:
    """`due_at` is when the message goes out, `until` when it is too late for one: the day itself begins.

    `over_at` is the end of that day: until then its link opens.
    """

    due_at: dt.datetime
    until: dt.datetime
    over_at: dt.datetime

    def is_due(self, now: dt.datetime) -> bool:
        """Is it time, and not the day itself yet?"""
        return self.due_at <= now < self.until
