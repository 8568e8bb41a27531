"""Days as care counts them: completed years of age, weeks of a course, calendar months."""

from __future__ import annotations

import calendar
from datetime import date

from holdfast.errors import InputError

DAYS_PER_WEEK = 7
MONTHS_PER_YEAR = 12


def age_on(born: date, day: date) -> int:
    """Age in completed years. Born on 29 February, a year is completed on 1 March where there is no 29th.

    Raises `InputError` where `day` lies before the birth.
    """
    if day < born:
        raise InputError(f"born: {born} lies after {day}; check the year")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def week_of(day: date, first: date) -> int:
    """Week of the course, from 1: the first treatment session and the six days after it are week 1."""
    return (day - first).days // DAYS_PER_WEEK + 1


def weeks_words(weeks: int) -> str:
    """What stands after "every": week, or 4 weeks."""
    return "week" if weeks == 1 else f"{weeks} weeks"


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day: 31 January and one month is 28 (or 29) February."""
    number = day.year * MONTHS_PER_YEAR + day.month - 1 + months
    year, month = number // MONTHS_PER_YEAR, number % MONTHS_PER_YEAR + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
