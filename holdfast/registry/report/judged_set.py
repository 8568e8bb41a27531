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
    from numpy.typing import ArrayLike, NDArray

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

    def last_within(self, low: ArrayLike, high: ArrayLike, courses: NDArray[Any] | None = None) -> NDArray[Any]:
        """The row of each course's last obtained rating from day `low` to day `high` of it, -1 where there is none.

        Of all courses, or of those whose places are given.
        """
        import numpy as np

        rows, at = self._obtained
        which = np.arange(len(self.baseline), dtype=np.int64) if courses is None else courses.astype(np.int64)
        if not len(rows):
            return np.full(len(which), -1, dtype=np.int64)
        own = which * _DAYS
        place = np.searchsorted(at, own + _day(high), side="right") - 1
        return np.where((place >= 0) & (at[place] >= own + _day(low)), rows[place], -1)

    def last_by_window(self, highs: tuple[int, ...]) -> NDArray[Any]:
        """As `last_within`, for windows that follow each other from day 1: (windows, courses); worked out once."""
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

    @cached_property
    def _obtained(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Rows with a total, and a number of each that rises with course and day."""
        import numpy as np

        rows = np.flatnonzero(~np.isnan(self.total))
        return rows, self.course[rows].astype(np.int64) * _DAYS + _day(self.day[rows])


def _day(day: ArrayLike) -> NDArray[Any]:
    """From 1 on, also before day 0; a day that no rating can have is the nearest one, and unknown is never."""
    import numpy as np

    known = np.nan_to_num(np.asarray(day, dtype=float), nan=DAY_LOW - 1)
    return np.clip(known - DAY_LOW + 1, 0, _DAYS - 1).astype(np.int64)


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
