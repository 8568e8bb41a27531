"""One calendar year of a set: its events, treatment sessions and checks, and of each course the days that lie in it.

Days of a year are known from table `exposure`: on how many days of each calendar year each course was under watch, from
day 0 or `watched_from_day` on. A course is watched from the first of them to the last, whatever happened later: an
event of the year after that is in no rate. Whoever began in the year is followed to the end of the window in which the
signal rule counts, also where that lies in the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import CHECKS_BY_YEAR
from holdfast.registry.safety.acute import GROUP as BY_TREATMENT
from holdfast.registry.safety.acute import acute_cells
from holdfast.registry.safety.cells import Cells, Words, counted
from holdfast.registry.safety.counts import event_cells, group_words, of_rows, watched_from
from holdfast.registry.safety.courses import course_cells
from holdfast.registry.safety.deaths import events_with_deaths
from holdfast.registry.sets import UNKNOWN, RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # by and counted of each table
    "checks_of_year": (("drug", "safety_check"), ("courses", "done", "courses_positive", "positive")),
    "years": (("year",), ("courses",)),
    "begun_in_year": (BY_TREATMENT, ("courses",)),
}
_EARLY = ("early_courses", "early_measured")


def year_cells(found: RegistrySet, year: int) -> dict[str, Cells]:
    """Tables of counts by name, as of a whole set, of one calendar year; and which years there are."""
    cut, begun = of_year(found, year), begun_in(found, year)
    exposure = found.tables["exposure"]
    cells = {**event_cells(cut), **acute_cells(cut), **course_cells(cut)}
    first_days = acute_cells(begun)["beyond"]
    return {
        **cells, "windows": event_cells(begun)["windows"], "beyond": _with_first_days(cells["beyond"], first_days),
        "checks_of_year": _checks(cut), "years": counted(
            {("year",): Words.of(*_numbered(exposure["year"]))}, {"courses": exposure["days"] > 0}
        ),
        "begun_in_year": counted(group_words(begun, BY_TREATMENT), {"courses": begun.courses["started"]}),
    }  # fmt: skip


def begun_in(found: RegistrySet, year: int) -> RegistrySet:
    """The same with only courses that began in the year as started ones, followed as far as anything is known."""
    return _with(found, {"started": found.courses["started"] & (found.courses["year"] == year)})


def of_year(found: RegistrySet, year: int) -> RegistrySet:
    """Rows of one calendar year; courses not under watch in it never started, as far as this set tells."""
    import numpy as np

    courses, sessions, events = found.courses, found.tables["treatment_sessions"], events_with_deaths(found)
    found = _with(found, adverse_events=(events, events["year"] == year),
                  treatment_sessions=(sessions, sessions["year"] == year))  # fmt: skip
    first, last = _days_of(found, year)
    inside = courses["started"] & (last >= first)
    ended = inside & (courses["ended_day"] <= last)
    exposure, checks = found.tables["exposure"], found.tables["checks_by_year"]
    return _with(
        found, {
            "started": inside, "watched_from_day": np.where(inside, first, np.nan),
            "followed_to_day": np.where(inside, last, courses["followed_to_day"]).astype(np.int32),
            "ended_day": np.where(ended, courses["ended_day"], np.nan),
            "end_reason": np.full_like(courses["end_reason"], UNKNOWN),  # a death is among the events by now
        },
        exposure=(exposure, exposure["year"] == year), checks_by_year=(checks, checks["year"] == year),
    )  # fmt: skip


def _days_of(found: RegistrySet, year: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The first and the last day of each course in the year; the last before the first where it had none in it."""
    import numpy as np

    exposure = found.tables["exposure"]
    before, own = (
        np.bincount(exposure["course"][which], weights=exposure["days"][which], minlength=found.n)
        for which in (exposure["year"] < year, exposure["year"] == year)
    )
    first = watched_from(found) + before
    return first, first + own - 1


def _with(
    found: RegistrySet, courses: Mapping[str, NDArray[Any]] | None = None,
    **rows: tuple[Mapping[str, NDArray[Any]], NDArray[Any]],
) -> RegistrySet:  # fmt: skip
    """The same set with other columns of courses, and some rows of tables in the place of others."""
    tables = {**found.tables, "courses": {**found.courses, **(courses or {})}}
    for name, (table, which) in rows.items():
        tables[name] = {column: values[which] for column, values in table.items()}
    return replace(found, tables=tables)


def _with_first_days(of_the_year: Cells, begun: Cells) -> Cells:
    """Counts beyond a limit: of treatment sessions of the year, and of the first days of courses begun in it."""
    rows = {}
    for key in sorted({*of_the_year.rows, *begun.rows}):
        row, first_days = of_the_year.of(*key), begun.of(*key)
        rows[key] = tuple((first_days if name in _EARLY else row)[name] for name in of_the_year.counted)
    return Cells(of_the_year.by, of_the_year.counted, rows)


def _checks(cut: RegistrySet) -> Cells:
    """Checks done in the year of courses under watch in it."""
    import numpy as np

    checks = cut.tables["checks_by_year"]
    of_started = cut.courses["started"][checks["course"]]
    by = {
        **of_rows(group_words(cut, ("drug",)), checks["course"]),
        ("safety_check",): Words.of(checks["safety_check"], CHECKS_BY_YEAR.column("safety_check").choices),
    }
    return counted(by, {
        "courses": of_started & (checks["done"] > 0), "done": np.where(of_started, checks["done"], 0),
        "courses_positive": of_started & (checks["positive"] > 0),
        "positive": np.where(of_started, checks["positive"], 0),
    })  # fmt: skip


def _numbered(years: NDArray[Any]) -> tuple[NDArray[Any], list[int]]:
    import numpy as np

    known, codes = np.unique(years, return_inverse=True)
    return codes, [int(one) for one in known] or [0]
