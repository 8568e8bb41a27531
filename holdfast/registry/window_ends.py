"""Days on which windows of follow-up end: those of the report's weeks, then one a year.

An extract follows courses to one of these days and to no other, so that reports of it lose no window that was full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ENDS_OF_WEEKS = (1, 2, 3, 4, 6, 8, 12, 16, 26, 39, 52, 78, 104)
_HIGHS = (0, *(7 * week for week in ENDS_OF_WEEKS))  # 0: before the end of the first
YEAR_D = 7 * 52  # between ends after the last one


def last_end(day: int) -> int:
    """The last end of a window on that day or before; 0 before the first, and before day 0."""
    if day >= _HIGHS[-1]:
        return day - (day - _HIGHS[-1]) % YEAR_D
    return max((end for end in _HIGHS if end <= day), default=0)


def next_end(day: int) -> int:
    """The first end of a window on that day or after."""
    return next(end for end in _rising() if end >= day)


def _rising() -> Iterator[int]:
    yield from _HIGHS
    end = _HIGHS[-1]
    while True:
        end += YEAR_D
        yield end


def shared_ends(persons: Iterable[tuple[str, int]], k: int) -> dict[int, int | None]:
    """End of the last full window → the end that is told of it, so that each that is told is of `k` persons or more.

    `persons` are pairs of a person and the end of the last window that is over for a course of theirs. An end of
    fewer than `k` persons joins the next earlier one; None where fewer than `k` are left before the first.
    """
    of: dict[int, set[str]] = {}
    for person, end in persons:
        of.setdefault(end, set()).add(person)
    told: dict[int, int | None] = dict.fromkeys(of)
    waiting: set[str] = set()
    joined: list[int] = []
    for end in sorted({*_HIGHS, *_between(max(of, default=0))}, reverse=True):
        waiting |= of.get(end, set())
        joined += [end] if end in of else []
        if len(waiting) >= k:
            told |= dict.fromkeys(joined, end)
            waiting, joined = set(), []
    return told


def _between(last: int) -> range:
    return range(_HIGHS[-1], last + 1, YEAR_D)
