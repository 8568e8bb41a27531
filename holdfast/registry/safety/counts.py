"""Adverse events, exposure and time under watch of a registry set, as whole numbers that add up over parts.

Day 0 is the first treatment session; what began before it is counted apart and in no rate. Time under watch is days
from day 0 to the last day of which anything is known, both included, of courses that started. Where the registry
opened after a course began it is watched from that day on: what came before, treatment sessions too, is in no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import ADVERSE_EVENTS, COURSES, EVENT_CATEGORIES
from holdfast.registry.safety.cells import Cells, Words, counted
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
    "started": (GROUP, ("courses", "days", "days_squared")),
    "given": ((*GROUP, "band"), ("courses", "sessions", "sessions_squared")),
    "in_sessions": ((*GROUP, "band", "kind"), _EVENTS),
    "over_time": ((*GROUP, "kind"), _EVENTS),
    "before": ((*GROUP, "kind"), ("events",)),
    "windows": ((*GROUP, "window_d", "kind"), ("courses",)),
}


def event_cells(found: RegistrySet) -> dict[str, Cells]:
    """Tables of counts by name: `started`, `given`, `in_sessions`, `over_time`, `before`, `windows`."""
    group, events = group_words(found), _Events(found)
    days = _days(found)
    return {
        "started": counted(group, {"courses": found.courses["started"], "days": days, "days_squared": days**2}),
        "given": _given(found, group, events),
        "in_sessions": _in_sessions(found, group, events),
        "over_time": _over_time(group, events, days),
        "before": _before(group, events),
        "windows": _windows(found, group, events),
    }


def group_words(found: RegistrySet) -> dict[str, Words]:
    """Site, drug and route of every course."""
    courses = found.courses
    return {
        "site": Words(courses["site"], found.names["courses.site"] or ("",)),
        "drug": Words(courses["drug"], COURSES.column("drug").choices),
        "route": Words(courses["route"], COURSES.column("route").choices),
    }


def of_rows(group: Mapping[str, Words], course: NDArray[Any]) -> dict[str, Words]:
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


class _Events:
    """Adverse events with the place of their treatment session, and what each is of every kind."""

    def __init__(self, found: RegistrySet) -> None:
        import numpy as np

        events, sessions = found.tables["adverse_events"], found.tables["treatment_sessions"]
        start = watched_from(found)
        self.course, self.day = events["course"], events["day"]
        self.counts = found.courses["started"][self.course] & (self.day >= start[self.course])
        self.watched = sessions["day"] >= start[sessions["course"]]
        self.bands = session_bands(found)
        place = _places(np, sessions, events)
        known = self.watched[place] if len(self.watched) else False
        self.session = np.where((place >= 0) & known & self.counts, place, -1)
        self.of_session = sessions["course"]
        seriousness = ADVERSE_EVENTS.column("seriousness").choices
        self._category = events["category"]
        self._serious = events["seriousness"] != seriousness.index(NOT_SERIOUS)
        self._death = events["seriousness"] == seriousness.index(DEATH)

    def bands_given(self) -> tuple[str, ...]:
        """The bands that occur, and all of them together; none where nothing was given."""
        import numpy as np

        labels = band_labels()
        own = tuple(labels[place] for place in np.unique(self.bands[self.watched]))
        return (*own, ALL_BANDS) if own else ()

    def in_band(self, band: str) -> NDArray[Any]:
        """Which treatment sessions under watch are of a band."""
        return self.watched if band == ALL_BANDS else self.watched & (self.bands == band_labels().index(band))

    def is_a(self, kind: str) -> NDArray[Any]:
        """Which events are of a kind."""
        if kind == ANY:
            return self._category >= 0
        if kind in (SERIOUS, DEATH):
            return self._serious if kind == SERIOUS else self._death
        return self._category == EVENT_CATEGORIES.index(kind)


def _places(np: Any, sessions: Mapping[str, Any], events: Mapping[str, Any]) -> NDArray[Any]:
    """Row of the treatment session each event belongs to; -1 where it belongs to none."""
    most = int(sessions["number"].max()) + 1 if len(sessions["number"]) else 1
    known = sessions["course"].astype(np.int64) * most + sessions["number"]
    number = np.nan_to_num(events["treatment_session"], nan=0.0).astype(np.int64)
    asked = np.where((number > 0) & (number < most), events["course"].astype(np.int64) * most + number, -1)
    place = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
    return np.where(known[place] == asked, place, -1) if len(known) else np.full(len(asked), -1)


def _given(found: RegistrySet, group: Mapping[str, Words], events: _Events) -> Cells:
    """Treatment sessions by dose band, and by `all`; a course counts once in each band it had."""
    import numpy as np

    course = found.tables["treatment_sessions"]["course"]
    cells = Cells((*GROUP, "band"), ("courses", "sessions", "sessions_squared"))
    for band in events.bands_given():
        own = course[events.in_band(band)]
        of, many = np.unique(own, return_counts=True)
        values = {"courses": np.ones_like(of), "sessions": many, "sessions_squared": many**2}
        cells += _in_band(counted(of_rows(group, of), values), band)
    return cells


def _in_band(cells: Cells, band: str) -> Cells:
    rows = {(*key, band): row for key, row in cells.rows.items()}
    return Cells((*cells.by, "band"), cells.counted, rows)


def _in_sessions(found: RegistrySet, group: Mapping[str, Words], events: _Events) -> Cells:
    """Events that belong to a treatment session, by its dose band and by `all`, and by kind."""
    import numpy as np

    inside = np.flatnonzero(events.session >= 0)
    cells = Cells((*GROUP, "band", "kind"), _EVENTS)
    for band in events.bands_given():
        which = events.in_band(band)
        exposure = np.bincount(events.of_session[which], minlength=found.n)
        in_band = inside[which[events.session[inside]]]
        for kind in KINDS:
            own = in_band[events.is_a(kind)[in_band]]
            cells += _of_kind(_in_band(_per_course(group, events, own, exposure), band), kind)
    return cells


def _over_time(group: Mapping[str, Words], events: _Events, days: NDArray[Any]) -> Cells:
    """Every event under watch, in a treatment session or not, by kind."""
    import numpy as np

    cells = Cells((*GROUP, "kind"), _EVENTS)
    for kind in KINDS:
        own = np.flatnonzero(events.counts & events.is_a(kind))
        cells += _of_kind(_per_course(group, events, own, days), kind)
    return cells


def _of_kind(cells: Cells, kind: str) -> Cells:
    rows = {(*key, kind): row for key, row in cells.rows.items()}
    return Cells((*cells.by, "kind"), cells.counted, rows)


def _per_course(group: Mapping[str, Words], events: _Events, own: NDArray[Any], exposure: NDArray[Any]) -> Cells:
    """Sums over courses of the events at the places `own`, of their squares, and of events times exposure."""
    import numpy as np

    of, many = np.unique(events.course[own], return_counts=True)
    sessions = np.unique(events.session[own])
    sessions = sessions[sessions >= 0]
    with_one = np.bincount(events.of_session[sessions], minlength=len(exposure))[of] if len(of) else many
    return counted(of_rows(group, of), {
        "events": many, "sessions": with_one, "courses": np.ones_like(of), "events_squared": many**2,
        "events_by_exposure": many * exposure[of],
    })  # fmt: skip


def _before(group: Mapping[str, Words], events: _Events) -> Cells:
    """Events in no rate: before the first treatment session or before the course was watched, or of none that began."""
    import numpy as np

    cells = Cells((*GROUP, "kind"), ("events",))
    for kind in KINDS:
        own = events.course[~events.counts & events.is_a(kind)]
        cells += _of_kind(counted(of_rows(group, own), {"events": np.ones_like(own)}), kind)
    return cells


def _windows(found: RegistrySet, group: Mapping[str, Words], events: _Events) -> Cells:
    """Courses with an event in the first days, of those watched so long or ended before; kind "" is all of them."""
    import numpy as np

    cells = Cells((*GROUP, "window_d", "kind"), ("courses",))
    for window in windows_d():
        watched = in_window(found, window)
        every = counted(group, {"courses": watched})
        for kind in ("", *KINDS):
            if kind:
                early = (events.day >= 0) & (events.day < window) & events.is_a(kind)
                of = np.unique(events.course[early & watched[events.course]])
                every = counted(of_rows(group, of), {"courses": np.ones_like(of)})
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


__all__ = ["ALL_BANDS", "GROUP", "KINDS", "NOT_SERIOUS", "event_cells", "group_words", "in_window", "of_rows"]
