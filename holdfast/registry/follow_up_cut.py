"""Courses of an extract as they stood at the end of the last window that is full: by the calendar, not by what came.

The day of an extract, less the days since a first treatment session, would be its date. So every course is told as it
stood on the last end of a window (`window_ends`) that passed before the extract, whatever came after: ratings, events,
its end. Whoever dropped out in silence is followed as long as whoever was rated to the last, and an end is told no
sooner than that others went on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from holdfast.registry.window_ends import last_end, next_end, shared_ends

if TYPE_CHECKING:
    import duckdb

DATED = ("ratings", "relapse_events", "treatment_sessions", "check_ins", "adverse_events")
_OF_A_LATER_SESSION = (
    "DELETE FROM adverse_events WHERE treatment_session IS NOT NULL AND NOT EXISTS (SELECT 1 FROM treatment_sessions "
    "given WHERE given.course = adverse_events.course AND given.number = adverse_events.treatment_session)"
)


def last_full(connection: duckdb.DuckDBPyConnection, passed: Mapping[str, int] | None) -> dict[str, int]:
    """By course, the end of the last window that is full.

    `passed` are days from day 0 of each course to the day of the extract. Of a course that is not in it (made-up
    rows, or days of a study) the last day known stands for it; one that ended is taken to be told to its end.
    """
    days = passed or {}
    return {
        course: last_end(days[course]) if course in days else next_end(to) if ended else last_end(to)
        for course, ended, to in connection.execute(
            "SELECT course, ended_day IS NOT NULL, followed_to_day FROM courses"
        ).fetchall()
    }


def days_told(
    connection: duckdb.DuckDBPyConnection, full: Mapping[str, int], k: int
) -> tuple[dict[str, int], list[str], list[str]]:
    """The day to which each course is told, shared by `k` persons or more; and courses for whom there is none.

    First those that fewer than `k` persons began so lately, then those that came under watch after the day they would
    be told to.
    """
    rows = connection.execute("SELECT course, person, watched_from_day FROM courses").fetchall()
    ends = shared_ends(((person, full[course]) for course, person, _ in rows), k)
    told: dict[str, int] = {}
    few: list[str] = []
    unwatched: list[str] = []
    for course, _, watched in rows:
        end = ends[full[course]]
        if end is None:
            few.append(course)
        elif (watched or 0) > end:
            unwatched.append(course)
        else:
            told[course] = end
    return told, few, unwatched


def cut(connection: duckdb.DuckDBPyConnection, told: Mapping[str, int]) -> None:
    """Leave of each course what was known on the day it is told to."""
    connection.execute("CREATE TEMP TABLE told (course VARCHAR, last INTEGER)")
    connection.execute("INSERT INTO told SELECT unnest(?), unnest(?)", [list(told), list(told.values())])
    later = "(SELECT last FROM told WHERE told.course = courses.course)"
    for table in DATED:
        connection.execute(f"DELETE FROM {table} USING told WHERE {table}.course = told.course AND day > last")
    connection.execute(_OF_A_LATER_SESSION)
    connection.execute(
        f"UPDATE courses SET end_reason = if(ended_day > {later}, NULL, end_reason), "
        f"eligible = if(evaluated_day > {later}, 'unknown', eligible), "
        + ", ".join(
            f"{name} = if({name} > {later}, NULL, {name})"
            for name in ("ended_day", "evaluated_day", "induction_ended_day", "maintenance_day")
        )
        + f", followed_to_day = least(followed_to_day, {later})"
    )
    connection.execute("DROP TABLE told")
