"""Adverse events of a set, with a death for every course that ended by one and has no fatal event on record.

A death is told at the end of a course by whoever closes it; nobody may have written an adverse event. It is serious and
a death, of no kind, and has no severity or causality: nobody judged them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import ADVERSE_EVENTS, COURSES
from holdfast.registry.sets import UNKNOWN, RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIED = "died"
NOT_RECORDED = "not recorded"


def events_with_deaths(found: RegistrySet) -> dict[str, NDArray[Any]]:
    """Table `adverse_events` by rising course. A death without an event has `UNKNOWN` where no word fits."""
    import numpy as np

    events, courses = found.tables["adverse_events"], found.courses
    died = _ended_by_death(found)
    at = np.where(np.isnan(courses["ended_day"]), courses["followed_to_day"], courses["ended_day"])[died]
    words = {"seriousness": "death", "outcome": "fatal", "causality": "not-judged"}
    made: dict[str, NDArray[Any]] = {
        "course": died, "day": at, "year": _last_year(found)[died],
        **{name: np.full(len(died), ADVERSE_EVENTS.column(name).choices.index(word)) for name, word in words.items()},
    }  # fmt: skip
    joined = {}
    for name, values in events.items():
        empty = np.nan if values.dtype.kind == "f" else UNKNOWN
        added = made.get(name, np.full(len(died), empty))
        joined[name] = np.concatenate([values, added.astype(values.dtype)])
    order = np.argsort(joined["course"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _ended_by_death(found: RegistrySet) -> NDArray[Any]:
    """Places of courses that ended by death and have no event that led to it."""
    import numpy as np

    events, courses = found.tables["adverse_events"], found.courses
    fatal = events["seriousness"] == ADVERSE_EVENTS.column("seriousness").choices.index("death")
    told = np.zeros(found.n, dtype=bool)
    told[events["course"][fatal]] = True
    return np.flatnonzero((courses["end_reason"] == COURSES.column("end_reason").choices.index(DIED)) & ~told)


def _last_year(found: RegistrySet) -> NDArray[Any]:
    """The last calendar year in which each course was under treatment or observation; NaN where none is known."""
    import numpy as np

    exposure = found.tables["exposure"]
    last = np.full(found.n, -np.inf)
    np.maximum.at(last, exposure["course"], exposure["year"].astype(float))
    return np.where(np.isinf(last), np.nan, last)
