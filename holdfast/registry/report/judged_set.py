"""One registry set with what is worked out of it once: who started, who belongs to which group, outcomes by scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import TABLES
from holdfast.registry.report.choices import Choices
from holdfast.registry.sets import UNKNOWN, RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        """Courses by what is given and how, such as `ketamine iv`."""
        drug, route = self.words("courses", "drug"), self.words("courses", "route")
        names = tuple(f"{one} {other}" for one in drug.names for other in route.names)
        return Groups(names, drug.of * len(route.names) + route.of)
