"""By what a report tells courses apart: treatment, first dose, illness, staging, age, sex, site.

All of it is known on day 0. Groups that form later (the highest dose, whoever reached maintenance) would give those
treated longer the time they had to live through to get there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.registry.common_model import COURSES
from holdfast.registry.report.counts import Counts, Key
from holdfast.registry.report.judged_set import NOT_KNOWN, Groups, JudgedSet
from holdfast.registry.safety.counts import session_bands
from holdfast.registry.safety.expectations import band_labels


@dataclass(frozen=True)
class Grouping:
    """`key` stands in keys of counts and files; `title` in headings; `of` gives each course its group."""

    key: str
    title: str
    of: Callable[[JudgedSet], Groups]

    def groups(self, judged: JudgedSet) -> Groups:
        """The group of each course, worked out once."""
        if self.key not in judged.grouped:
            judged.grouped[self.key] = self.of(judged)
        return judged.grouped[self.key]


def _column(name: str) -> Callable[[JudgedSet], Groups]:
    return lambda judged: judged.words("courses", name)


def _treatment(judged: JudgedSet) -> Groups:
    return judged.treatments


def first_doses(judged: JudgedSet) -> Groups:
    """Drug, route and the band of the first dose (dose_bands.csv)."""
    import numpy as np

    given, bands = judged.table("treatment_sessions"), band_labels()
    first = given["number"] == 1
    band = np.full(judged.n, len(bands) - 1, dtype=np.int64)  # not known
    band[given["course"][first]] = session_bands(judged.set)[first]
    treated = judged.treatments
    names = tuple(f"{one}, {other}" for one in treated.names for other in bands)
    return Groups(names, treated.of * len(bands) + band)


GROUPINGS: tuple[Grouping, ...] = (
    Grouping("treatment", "drug and route", _treatment), Grouping("dose", "first dose", first_doses),
    Grouping("indication", "indication", _column("indication")),
    Grouping("failed-trials", "failed trials", _column("failed_trials")),
    Grouping("age", "age", _column("age_band")), Grouping("sex", "sex", _column("sex")),
    Grouping("site", "site", lambda judged: judged.sites),
)  # fmt: skip


def strata(judged: JudgedSet, who: Any) -> list[tuple[str, Any]]:
    """Each site with its courses among `who`."""
    return [(site, at & who) for site, at in judged.sites.each()]


INDICATION_WORDS: Mapping[str, str] = {
    "trd": "treatment-resistant depression", "mdsi": "depression with acute suicidal ideation",
    "psychiatric-emergency": "psychiatric emergency", "mdd": "major depression",
    "bipolar-depression": "bipolar depression", "none": "no illness",
}  # fmt: skip
_SAYS: dict[str, Callable[[str], str]] = {
    "indication": lambda group: INDICATION_WORDS.get(group, group),
    "failed-trials": lambda group: f"{group} failed trial{'s' if group != '1' else ''}",
    "age": lambda group: f"{group} years",
}


def group_words(grouping: Grouping, group: str) -> str:
    """A group as people read it."""
    if group in ("unknown", NOT_KNOWN):
        return f"{grouping.title} not known"
    return _SAYS.get(grouping.key, str)(group)


KEY = "groups"  # of the counts of started courses by group
BOTH = "both"  # of the counts of started courses by group of two groupings
_ORDER = {
    name: COURSES.column(column).choices
    for name, column in (("failed-trials", "failed_trials"), ("age", "age_band"), ("indication", "indication"))
}


def groups_of(found: Counts, grouping: Grouping) -> tuple[str, ...]:
    """Groups with a started course, in the order of the common data model where it has one."""
    order = _ORDER.get(grouping.key, ())
    names = [str(one) for one in found.below(KEY, "started", grouping.key)]
    return tuple(sorted(names, key=lambda one: (order.index(one) if one in order else len(order), one)))


def counted_in_both(judged: JudgedSet) -> dict[Key, int]:
    """Started courses by their groups of each two groupings, sites left out: they are the strata."""
    import numpy as np

    numbers: dict[Key, int] = {}
    for one, other in _pairs():
        first, second = one.groups(judged), other.groups(judged)
        cell = first.of[judged.started].astype(np.int64) * len(second.names) + second.of[judged.started]
        for place, many in zip(*np.unique(cell, return_counts=True), strict=True):
            a, b = divmod(int(place), len(second.names))
            numbers[KEY, BOTH, one.key, other.key, first.names[a], second.names[b]] = int(many)
    return numbers


def _pairs() -> list[tuple[Grouping, Grouping]]:
    compared = [one for one in GROUPINGS if one.key != "site"]
    return [(one, other) for place, one in enumerate(compared) for other in compared[place + 1 :]]


def same_groups(found: Counts) -> dict[str, Grouping]:
    """Key of a grouping → the one before it that puts the same courses together, whatever it calls them."""
    same: dict[str, Grouping] = {}
    for one, other in _pairs():
        groups = groups_of(found, one), groups_of(found, other)
        both = sum(len(found.below(KEY, BOTH, one.key, other.key, name)) for name in groups[0])
        if one.key not in same and other.key not in same and both == len(groups[0]) == len(groups[1]) > 1:
            same[other.key] = one
    return same


def told_apart(found: Counts) -> list[Grouping]:
    """Groupings with two groups or more, each that puts the same courses together once."""
    same = same_groups(found)
    return [one for one in GROUPINGS if len(groups_of(found, one)) > 1 and one.key not in same]
