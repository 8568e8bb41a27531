"""One registry set with what is worked out of it once: who started, who belongs to which group, outcomes by scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import DAY_HIGH, DAY_LOW, TABLES
from holdfast.registry.judged import Events, Judged, Ratings, judged
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.safety_words import treatment
from holdfast.registry.sets import UNKNOWN, RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAYS = DAY_HIGH - DAY_LOW + 3  # more than any two days of a course lie apart
NOT_KNOWN = "not known"  # the word of a group that nobody wrote down


@dataclass(frozen=True)
class Groups:
    """Which group each course is in: its place in `names`."""

    names: tuple[str, ...]
    of: NDArray[Any]

    def each(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Groups that hold any course, with who is in them."""
        import numpy as np

        held = np.bincount(self.of, minlength=len(self.names))
        return ((name, self.of == place) for place, name in enumerate(self.names) if held[place])


@dataclass(frozen=True)
class OnScale:
    """Ratings of one scale by course and then by day, NaN where not obtained; `baseline` of each course, NaN without.

    Response and remission of each rating stand in `judged.answers`: 1 yes, 0 no, -1 undefined.
    """

    scale: str
    course: NDArray[Any]
    day: NDArray[Any]
    total: NDArray[Any]
    baseline: NDArray[Any]
    judged: Judged

    def last_by_window(self, highs: tuple[int, ...]) -> NDArray[Any]:
        """The row of each course's last obtained rating in each window, -1 without one: (windows, courses).

        Windows end on the days `highs` and follow each other from day 1. Worked out once.
        """
        import numpy as np

        if highs not in self._by_window:
            rows, _ = self._obtained
            rows = rows[(self.day[rows] >= 1) & (self.day[rows] <= highs[-1])]
            found = np.full((len(highs), len(self.baseline)), -1, dtype=np.int32)
            found[np.searchsorted(highs, self.day[rows]), self.course[rows]] = rows  # the last of a window stays
            self._by_window[highs] = found
        return self._by_window[highs]

    @cached_property
    def _by_window(self) -> dict[tuple[int, ...], NDArray[Any]]:
        return {}

    def last_by_session(self, course: NDArray[Any], day: NDArray[Any], most: int) -> NDArray[Any]:
        """The row of each course's last obtained rating between two sessions, -1 without one: (most + 1, courses).

        Row 0 is up to the day of the first, row k from the day after the k-th to the day of the next. `course` and
        `day` are of every session, courses rising.
        """
        import numpy as np

        rows, _ = self._obtained
        keys = np.sort(_key(course, day))
        starts = np.searchsorted(keys, np.arange(len(self.baseline), dtype=np.int64) * _DAYS)
        before = np.searchsorted(keys, _key(self.course[rows], self.day[rows])) - starts[self.course[rows]]
        told = before <= most
        found = np.full((most + 1, len(self.baseline)), -1, dtype=np.int32)
        found[before[told], self.course[rows][told]] = rows[told]  # the last stays
        return found

    @cached_property
    def _obtained(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Rows with a total, and whether each course has one after day 0."""
        import numpy as np

        rows = np.flatnonzero(~np.isnan(self.total))
        rated = np.zeros(len(self.baseline), dtype=np.bool_)
        rated[self.course[rows[self.day[rows] > 0]]] = True
        return rows, rated

    @property
    def rated(self) -> NDArray[Any]:
        """Which courses have a rating after day 0."""
        return self._obtained[1]


def _key(course: NDArray[Any], day: NDArray[Any]) -> NDArray[Any]:
    """A number that rises with course and day."""
    import numpy as np

    return course.astype(np.int64) * _DAYS + (day.astype(np.int64) - DAY_LOW + 1)


@dataclass(frozen=True)
class JudgedSet:
    """A registry set (or a part of one) and what it is judged by."""

    set: RegistrySet
    choices: Choices

    @property
    def courses(self) -> Mapping[str, NDArray[Any]]:
        """Table `courses`: one row a course, by its place."""
        return self.set.courses

    @property
    def n(self) -> int:
        """Courses."""
        return self.set.n

    @property
    def started(self) -> NDArray[Any]:
        """Which courses had a first treatment session."""
        return self.courses["started"]

    def table(self, name: str) -> Mapping[str, NDArray[Any]]:
        """A table of the common data model; `course` is the place of the course."""
        return self.set.tables[name]

    def words(self, table: str, column: str) -> Groups:
        """The rows of a table by the words of one column; what is empty is `not known`."""
        import numpy as np

        names = TABLES[table].column(column).choices or self.set.names[f"{table}.{column}"]
        of = self.table(table)[column].astype(np.int64)
        return Groups((*names, NOT_KNOWN), np.where(of == UNKNOWN, len(names), of))

    @cached_property
    def sites(self) -> Groups:
        """Courses by site: the strata of every comparison."""
        return self.words("courses", "site")

    @cached_property
    def treatments(self) -> Groups:
        """Courses by what is given and how, such as `ketamine, intravenous`."""
        drug, route = self.words("courses", "drug"), self.words("courses", "route")
        names = tuple(treatment(one, other) for one in drug.names for other in route.names)
        return Groups(names, drug.of * len(route.names) + route.of)

    @cached_property
    def ended_day(self) -> NDArray[Any]:
        """Day of the end, NaN of courses that go on."""
        return self.courses["ended_day"]

    @cached_property
    def entered(self) -> NDArray[Any]:
        """The last day, from day 0, before events of the course would have been seen; -1 from the start."""
        import numpy as np

        watched = np.nan_to_num(self.courses["watched_from_day"], nan=0.0).astype(np.int64)
        return np.maximum(watched, 0) - 1

    @cached_property
    def died(self) -> NDArray[Any]:
        """Which courses ended by death."""
        return self.courses["end_reason"] == TABLES["courses"].column("end_reason").choices.index("died")

    @cached_property
    def without_response(self) -> NDArray[Any]:
        """Which courses were ended for no response."""
        return self.courses["end_reason"] == TABLES["courses"].column("end_reason").choices.index("non_response")

    @cached_property
    def standings(self) -> dict[tuple[str, int, int], NDArray[Any]]:
        """Standings that were worked out before, by scale, week and outcome."""
        return {}

    @cached_property
    def grouped(self) -> dict[str, Groups]:
        """Groups that were worked out before, by their key."""
        return {}

    def on_scale(self, scale: str) -> OnScale | None:
        """Ratings of a scale, judged by the definitions chosen; None where the set has no rating of it."""
        if scale not in self._on_scale:
            self._on_scale[scale] = self._judged(scale)
        return self._on_scale[scale]

    @cached_property
    def _on_scale(self) -> dict[str, OnScale | None]:
        return {}

    def _judged(self, scale: str) -> OnScale | None:
        import numpy as np

        ratings, events = self.table("ratings"), self.table("relapse_events")
        names = self.set.names["ratings.scale"]
        if scale not in names:
            return None
        own = ratings["scale"] == names.index(scale)
        course, day, total = (ratings[one][own] for one in ("course", "day", "total"))
        fixed, baseline = ratings["baseline"][own], np.full(self.n, np.nan)
        before = (day <= 0) & ~np.isnan(total)
        for rows in (np.flatnonzero(before), np.flatnonzero(fixed)):  # the last one before day 0, unless one was fixed
            baseline[course[rows]] = total[rows]
        found = judged(
            Ratings(course, day, total), courses=self.n, scale=scale, definitions=self.choices.definitions(scale),
            baseline=baseline, events=Events(events["course"], events["day"]), signed=self.choices.signed,
        )  # fmt: skip
        return OnScale(scale, course, day, total, baseline, found)
