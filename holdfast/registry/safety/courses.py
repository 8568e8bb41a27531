"""What courses were given over time, which checks they had, their serious events and their calendar years, as counts.

Milligrams are counted in thousandths, so that their sum is the same in any order. Where the amount of a dose is not
known the milligrams of its course are a floor, and are told as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import ADVERSE_EVENTS, COURSES, SAFETY_CHECKS
from holdfast.registry.safety.cells import By, Cells, Words, counted
from holdfast.registry.safety.counts import DEATH, KINDS, NOT_SERIOUS, after_the_end, of_kind, watched_from, with_word
from holdfast.registry.safety.deaths import NOT_RECORDED, events_with_deaths
from holdfast.registry.safety.expectations import choice
from holdfast.registry.sets import RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = ("drug", "route")
THOUSANDTHS = 1000
NO_YEAR = 0  # of an event whose calendar year is not known
WHEN = ("before the first dose", "in a treatment session", "within {days} days of the first dose", "later",
        "after the course ended")  # fmt: skip
LINE = ("category", "seriousness", "severity", "causality", "action", "outcome")
KEPT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # by and counted of each table
    "sessions_of": ((*GROUP, "value"), ("courses",)),
    "days_of": ((*GROUP, "value"), ("courses",)),
    "mg_of": ((*GROUP, "known", "value"), ("courses",)),
    "given_in_all": (GROUP, ("courses", "sessions", "thousandths_mg", "unknown", "days")),
    "going_on": (("drug", "course"), ("courses",)),
    "checks": (("drug", "course", "safety_check", "state"),
               ("courses", "courses_done", "courses_positive")),
    "serious": ((*GROUP, *LINE, "when"), ("events",)),
    "year_exposure": (("drug", "year"), ("courses", "sessions", "thousandths_mg", "days", "unknown")),
    "year_events": (("drug", "year", "kind"), ("events",)),
    "year_begun": (("drug", "year"), ("courses",)),
}  # fmt: skip


def course_cells(found: RegistrySet) -> dict[str, Cells]:
    """Tables of counts by name: exposure per course, checks, serious events as lines, and calendar years."""
    return {**_exposure(found), **_checks(found), "serious": serious_lines(found), **_years(found)}


def _words(found: RegistrySet, course: Any, names: tuple[str, ...] = GROUP) -> By:
    return {(name,): Words.of(found.courses[name][course], COURSES.column(name).choices) for name in names}


def _exposure(found: RegistrySet) -> dict[str, Cells]:
    """`sessions_of`, `days_of`, `mg_of`: courses by how many; `given_in_all`: their sums."""
    import numpy as np

    sessions = found.tables["treatment_sessions"]
    treated, first = np.unique(sessions["course"], return_index=True)
    many = np.diff(np.append(first, len(sessions["course"])))
    if len(treated):
        days = sessions["day"].astype(np.int64)
        last_day = np.maximum.reduceat(days, first) - np.minimum.reduceat(days, first)
        thousandths = np.rint(np.nan_to_num(sessions["dose_mg"]) * THOUSANDTHS).astype(np.int64)
        amount = np.add.reduceat(thousandths, first)
        unknown = np.add.reduceat(np.isnan(sessions["dose_mg"]).astype(np.int64), first)
    else:
        last_day = amount = unknown = np.zeros(0, dtype=np.int64)
    group = _words(found, treated)
    one = np.ones_like(many)
    floor = Words.of((unknown > 0).astype(np.int64), ("whole", "floor"))
    return {
        "sessions_of": counted({**group, ("value",): _numbers(many)}, {"courses": one}),
        "days_of": counted({**group, ("value",): _numbers(last_day)}, {"courses": one}),
        "mg_of": counted({**group, ("known",): floor, ("value",): _numbers(amount // THOUSANDTHS)}, {"courses": one}),
        "given_in_all": counted(
            group, {"courses": one, "sessions": many, "thousandths_mg": amount, "unknown": unknown, "days": last_day}
        ),
    }


def _numbers(values: NDArray[Any]) -> Words:
    """Whole numbers as words of a key: those that occur."""
    import numpy as np

    known, codes = np.unique(values, return_inverse=True)
    return Words.of(codes, [int(one) for one in known] or [0])


def _checks(found: RegistrySet) -> dict[str, Cells]:
    """`going_on`: courses that started, by whether they go on; `checks`: how each check of them stands."""
    import numpy as np

    checks, courses = found.tables["safety_checks"], found.courses
    of_started = courses["started"][checks["course"]]
    going_on = Words.of(np.isnan(courses["ended_day"]).astype(np.int64), ("ended", "going on"))
    every = np.arange(found.n)
    started = {**_words(found, every, ("drug",)), ("course",): going_on}
    course = checks["course"]
    by: By = {
        **_words(found, course, ("drug",)), ("course",): Words(going_on.codes[course], going_on.words),
        **{(name,): Words.of(checks[name], SAFETY_CHECKS.column(name).choices) for name in ("safety_check", "state")},
    }  # fmt: skip
    return {
        "going_on": counted(started, {"courses": courses["started"]}),
        "checks": counted(by, {
            "courses": of_started, "courses_done": of_started & (checks["done"] > 0),
            "courses_positive": of_started & (checks["positive"] > 0),
        }),
    }  # fmt: skip


def when_words() -> tuple[str, ...]:
    """When a serious event began, in words."""
    return tuple(one.format(days=int(choice("followed_d", "d"))) for one in WHEN)


def serious_lines(found: RegistrySet) -> Cells:
    """Serious events, one line for each combination of what is told of them; no course, person, site, day or year."""
    import numpy as np

    events = events_with_deaths(found)
    own = np.flatnonzero(events["seriousness"] != ADVERSE_EVENTS.column("seriousness").choices.index(NOT_SERIOUS))
    day, of_session = events["day"][own], events["treatment_session"][own] > 0
    early = day < int(choice("followed_d", "d"))
    when = np.where(day < 0, 0, np.where(of_session, 1, np.where(early, 2, 3)))
    when = np.where(after_the_end(found, events)[own], WHEN.index("after the course ended"), when)
    by: By = {
        **_words(found, events["course"][own]),
        **{(name,): _of_line(name, events[name][own]) for name in LINE},
        ("when",): Words.of(when, when_words()),
    }  # fmt: skip
    return counted(by, {"events": np.ones_like(own)})


def _of_line(name: str, codes: NDArray[Any]) -> Words:
    """Words of one column of a line; the death of a course without an event has none but that it is a death."""
    import numpy as np

    choices = ADVERSE_EVENTS.column(name).choices
    unknown = DEATH if name == "category" else NOT_RECORDED
    return Words.of(np.where(codes < 0, len(choices), codes), (*choices, unknown))


def _years(found: RegistrySet) -> dict[str, Cells]:
    """`year_exposure`, `year_events`, `year_begun` by drug and calendar year; events without one stand under year 0."""
    import numpy as np

    exposure, courses = found.tables["exposure"], found.courses
    drug = _words(found, exposure["course"], ("drug",))
    begun = courses["started"] & ~np.isnan(courses["year"])
    return {
        "year_exposure": counted({**drug, ("year",): _numbers(exposure["year"])}, {
            "courses": np.ones_like(exposure["course"]), "sessions": exposure["treatment_sessions"],
            "thousandths_mg": np.rint(exposure["dose_mg"] * THOUSANDTHS), "days": exposure["days"],
            "unknown": exposure["doses_of_unknown_mg"],
        }),
        "year_events": _events_by_year(found),
        "year_begun": counted(
            {**_words(found, np.flatnonzero(begun), ("drug",)),
             ("year",): _numbers(courses["year"][begun].astype(np.int64))},
            {"courses": np.ones(int(begun.sum()), dtype=np.int64)},
        ),
    }  # fmt: skip


def _events_by_year(found: RegistrySet) -> Cells:
    """Events under watch by drug, calendar year and kind."""
    import numpy as np

    events = events_with_deaths(found)
    under_watch = found.courses["started"][events["course"]] & (events["day"] >= watched_from(found)[events["course"]])
    under_watch &= ~after_the_end(found, events)
    year = np.nan_to_num(events["year"], nan=float(NO_YEAR)).astype(np.int64)
    cells = Cells(*KEPT["year_events"])
    for kind in KINDS:
        own = np.flatnonzero(under_watch & of_kind(events, kind))
        by = {**_words(found, events["course"][own], ("drug",)), ("year",): _numbers(year[own])}
        cells += with_word(counted(by, {"events": np.ones_like(own)}), "kind", kind)
    return cells
