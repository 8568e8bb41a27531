"""Adverse events, exposure and time under watch of a registry set, as whole numbers that add up over parts.

Day 0 is the first treatment session; what began before it is counted apart and in no rate. Time under watch is days
from day 0 to the last day followed, both included, of courses that started; what began after it is counted apart too,
for nobody counts the days in which others had none. Where the registry opened after a course began it is watched from
that day on: what came before, treatment sessions too, is in no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import ADVERSE_EVENTS, COURSES, EVENT_CATEGORIES
from holdfast.registry.safety.cells import By, Cells, Words, counted, joined
from holdfast.registry.safety.deaths import events_with_deaths
from holdfast.registry.safety.expectations import NO_BAND, band_labels, dose_bands, windows_d
from holdfast.registry.sets import RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANY, SERIOUS, DEATH = "any", "serious", "death"
KINDS = (*EVENT_CATEGORIES, ANY, SERIOUS, DEATH)
GROUP = ("site", "drug", "route")
ALL_BANDS = "all"
NOT_SERIOUS = "not-serious"
_EVENTS = ("events", "sessions", "courses", "events_squared", "events_by_exposure")
KEPT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # by and counted of each table
    "started": (GROUP, ("courses", "watched", "days", "days_squared")),
    "given": ((*GROUP, "band"), ("courses", "sessions", "sessions_squared")),
    "in_sessions": ((*GROUP, "band", "kind"), _EVENTS),
    "over_time": ((*GROUP, "kind"), _EVENTS),
    "before": ((*GROUP, "kind"), ("events",)),
    "after": ((*GROUP, "kind"), ("events",)),
    "windows": ((*GROUP, "window_d", "kind"), ("courses",)),
}


def event_cells(found: RegistrySet) -> dict[str, Cells]:
    """Tables of counts by name: `started`, `given`, `in_sessions`, `over_time`, `before`, `after`, `windows`."""
    group, events = joined(group_words(found)), _Events(found)
    days = _days(found)
    return {
        "started": counted(
            group,
            {
                "courses": found.courses["started"],
                "watched": days > 0,
                "days": days,
                "days_squared": days**2,
            },
        ),
        "given": _given(group, events),
        "in_sessions": _in_sessions(group, events),
        "over_time": _over_time(group, events, days),
        "before": _in_no_rate(group, events, ~events.counts & ~events.after),
        "after": _in_no_rate(group, events, events.after),
        "windows": _windows(found, group, events),
    }


def group_words(found: RegistrySet, names: tuple[str, ...] = GROUP) -> By:
    """Site, drug and route of every course, or some of them."""
    return {(name,): Words.of(found.courses[name], _choices(found, name)) for name in names}


def _choices(found: RegistrySet, name: str) -> tuple[str, ...]:
    return COURSES.column(name).choices or found.names[f"courses.{name}"] or ("",)


def of_rows(group: By, course: NDArray[Any]) -> By:
    """The words of the course of each row."""
    return {name: Words(one.codes[course], one.words) for name, one in group.items()}


def _days(found: RegistrySet) -> NDArray[Any]:
    """Days under watch of each course; 0 of one that never started."""
    import numpy as np

    days = found.courses["followed_to_day"].astype(np.int64) + 1 - watched_from(found)
    return np.where(found.courses["started"], np.maximum(days, 0), 0)


def watched_from(found: RegistrySet) -> NDArray[Any]:
    """The first day of each course on which an event would have been written down."""
    import numpy as np

    return np.nan_to_num(found.courses["watched_from_day"], nan=0.0).astype(np.int64)


def session_bands(found: RegistrySet) -> NDArray[Any]:
    """The dose band of each treatment session, as its place in `band_labels`."""
    import numpy as np

    sessions, labels = found.tables["treatment_sessions"], band_labels()
    drug, route = (found.courses[name][sessions["course"]] for name in ("drug", "route"))
    bands = np.full(len(sessions["course"]), labels.index(NO_BAND), dtype=np.int64)
    drugs, routes = (COURSES.column(name).choices for name in ("drug", "route"))
    for (of_drug, of_route), known in dose_bands().items():
        own = (drug == drugs.index(of_drug)) & (route == routes.index(of_route))
        for band in known:
            dose = sessions["dose_mg" if band.unit == "mg" else "dose_mg_per_kg"]
            inside = own & (dose >= band.low) & (dose < (np.inf if band.high is None else band.high))
            bands[inside] = labels.index(band.label)
    return bands


def after_the_end(found: RegistrySet, events: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Which events began after the last day their course was followed."""
    late: NDArray[Any] = events["day"] > found.courses["followed_to_day"][events["course"]]
    return late


class _Events:
    """Adverse events with the place of their treatment session, and what each is of every kind."""

    def __init__(self, found: RegistrySet) -> None:
        import numpy as np

        events, sessions = events_with_deaths(found), found.tables["treatment_sessions"]
        start = watched_from(found)
        self.course, self.day = events["course"], events["day"]
        begun = found.courses["started"][self.course] & (self.day >= start[self.course])
        self.after = begun & after_the_end(found, events)
        self.counts = begun & ~self.after
        self.watched = sessions["day"] >= start[sessions["course"]]
        self.bands = session_bands(found)
        place = _places(np, sessions, events)
        known = self.watched[place] if len(self.watched) else False
        self.session = np.where((place >= 0) & known & self.counts, place, -1)
        self.of_session = sessions["course"]
        self.rows = events

    def is_a(self, kind: str) -> NDArray[Any]:
        """Which events are of a kind."""
        return of_kind(self.rows, kind)


def of_kind(events: Mapping[str, NDArray[Any]], kind: str) -> NDArray[Any]:
    """Which rows of table `adverse_events` are of a kind of `KINDS`. A death that ended a course is in none by name."""
    seriousness = ADVERSE_EVENTS.column("seriousness").choices
    found: NDArray[Any]
    if kind == ANY:
        found = events["seriousness"] >= 0
    elif kind == SERIOUS:
        found = events["seriousness"] != seriousness.index(NOT_SERIOUS)
    elif kind == DEATH:
        found = events["seriousness"] == seriousness.index(DEATH)
    else:
        found = events["category"] == EVENT_CATEGORIES.index(kind)
    return found


def _places(np: Any, sessions: Mapping[str, Any], events: Mapping[str, Any]) -> NDArray[Any]:
    """Row of the treatment session each event belongs to; -1 where it belongs to none."""
    most = int(sessions["number"].max()) + 1 if len(sessions["number"]) else 1
    known = sessions["course"].astype(np.int64) * most + sessions["number"]
    number = np.nan_to_num(events["treatment_session"], nan=0.0).astype(np.int64)
    asked = np.where((number > 0) & (number < most), events["course"].astype(np.int64) * most + number, -1)
    place = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
    return np.where(known[place] == asked, place, -1) if len(known) else np.full(len(asked), -1)


@dataclass(frozen=True)
class _Exposed:
    """What courses were exposed to, `many`, by rising `keys`: the place of the course times `width`, plus the band."""

    keys: NDArray[Any]
    many: NDArray[Any]
    width: int = 1

    def of(self, keys: NDArray[Any]) -> NDArray[Any]:
        """The exposure of each of these keys, which are among its own."""
        import numpy as np

        found: NDArray[Any] = self.many[np.searchsorted(self.keys, keys)]
        return found

    def words(self, group: By, keys: NDArray[Any]) -> By:
        """Site, drug, route and, where there are bands, the band of each key."""
        found = of_rows(group, keys // self.width)
        return found if self.width == 1 else {**found, ("band",): Words.of(keys % self.width, band_labels())}


def _by_band(events: _Events) -> _Exposed:
    """Treatment sessions under watch of each course in each dose band."""
    width = len(band_labels())
    return _Exposed(*runs(_sorted(events.of_session[events.watched], events.bands[events.watched], width)), width)


def _of_all(events: _Events) -> _Exposed:
    """Treatment sessions under watch of each course."""
    return _Exposed(*runs(_sorted(events.of_session[events.watched])))


def _sorted(course: NDArray[Any], more: NDArray[Any] | None = None, width: int = 1) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any] = course.astype(np.int64) * width + (0 if more is None else more)
    return np.sort(found)


def runs(rising: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values of a rising array, each once, and how often each stands there."""
    import numpy as np

    first = np.flatnonzero(np.append(True, rising[1:] != rising[:-1])) if len(rising) else np.zeros(0, dtype=np.int64)
    return rising[first], np.diff(np.append(first, len(rising)))


def _given(group: By, events: _Events) -> Cells:
    """Treatment sessions by dose band, and by `all`; a course counts once in each band it had."""
    cells = Cells((*GROUP, "band"), ("courses", "sessions", "sessions_squared"))
    for exposed in (_by_band(events), _of_all(events)):
        many = exposed.many
        values = {"courses": many > 0, "sessions": many, "sessions_squared": many**2}
        cells += _in_band(counted(exposed.words(group, exposed.keys), values))
    return cells


def _in_band(cells: Cells) -> Cells:
    """Counts without a band are of all of them."""
    return cells if "band" in cells.by else with_word(cells, "band", ALL_BANDS)


def with_word(cells: Cells, name: str, word: str | int) -> Cells:
    """The same with another word at the end of each key."""
    return Cells((*cells.by, name), cells.counted, {(*key, word): row for key, row in cells.rows.items()})


def _in_sessions(group: By, events: _Events) -> Cells:
    """Events that belong to a treatment session, by its dose band and by `all`, and by kind."""
    import numpy as np

    inside = np.flatnonzero(events.session >= 0)
    cells = Cells((*GROUP, "band", "kind"), _EVENTS)
    exposures = (_by_band(events), _of_all(events))
    for kind in KINDS:
        own = inside[events.is_a(kind)[inside]]
        for exposed in exposures:
            cells += with_word(_in_band(_sums(group, events, own, exposed)), "kind", kind)
    return cells


def _over_time(group: By, events: _Events, days: NDArray[Any]) -> Cells:
    """Every event under watch, in a treatment session or not, by kind."""
    import numpy as np

    exposed = _Exposed(np.arange(len(days)), days)
    cells = Cells((*GROUP, "kind"), _EVENTS)
    for kind in KINDS:
        own = np.flatnonzero(events.counts & events.is_a(kind))
        cells += with_word(_sums(group, events, own, exposed), "kind", kind)
    return cells


def _sums(group: By, events: _Events, own: NDArray[Any], exposed: _Exposed) -> Cells:
    """Sums over courses of the events at the places `own`, of their squares, and of events times exposure."""
    import numpy as np

    bands = events.bands[events.session[own]] if exposed.width > 1 else None
    keys, many = runs(_sorted(events.course[own], bands, exposed.width))
    sessions, _ = runs(np.sort(events.session[own]))
    sessions = sessions[sessions >= 0]
    of_session, with_one = runs(
        _sorted(events.of_session[sessions], events.bands[sessions] if exposed.width > 1 else None, exposed.width)
    )
    in_sessions = np.zeros_like(many)
    in_sessions[np.searchsorted(keys, of_session)] = with_one
    return counted(exposed.words(group, keys), {
        "events": many, "sessions": in_sessions, "courses": many > 0, "events_squared": many**2,
        "events_by_exposure": many * exposed.of(keys),
    })  # fmt: skip


def _in_no_rate(group: By, events: _Events, which: NDArray[Any]) -> Cells:
    """Events in no rate: before the first treatment session or the watch, or of none that began; or after the end."""
    import numpy as np

    cells = Cells((*GROUP, "kind"), ("events",))
    for kind in KINDS:
        own = events.course[which & events.is_a(kind)]
        cells += with_word(counted(of_rows(group, own), {"events": np.ones_like(own)}), "kind", kind)
    return cells


def _windows(found: RegistrySet, group: By, events: _Events) -> Cells:
    """Courses with an event in the first days, of those watched so long or ended before; kind "" is all of them."""

    cells = Cells((*GROUP, "window_d", "kind"), ("courses",))
    for window in windows_d():
        watched = in_window(found, window)
        every = counted(group, {"courses": watched})
        for kind in ("", *KINDS):
            if kind:
                early = events.counts & (events.day < window) & events.is_a(kind)
                of, many = runs(events.course[early & watched[events.course]])
                every = counted(of_rows(group, of), {"courses": many > 0})
            rows = {(*key, window, kind): row for key, row in every.rows.items()}
            cells += Cells(cells.by, cells.counted, rows)
    return cells


def in_window(found: RegistrySet, window_d: int) -> NDArray[Any]:
    """Courses watched from day 0 for so many days, or until they ended before; those that go on say nothing yet."""
    import numpy as np

    courses = found.courses
    ended = ~np.isnan(courses["ended_day"])
    from_0 = watched_from(found) == 0
    watched: NDArray[Any] = courses["started"] & from_0 & (ended | (courses["followed_to_day"] >= window_d - 1))
    return watched


__all__ = ["ALL_BANDS", "GROUP", "KINDS", "NOT_SERIOUS", "event_cells", "group_words", "in_window", "of_rows", "runs"]
