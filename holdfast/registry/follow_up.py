"""Who was followed how long, as counts per day: all that survival statistics need, and nothing about one person.

Counts of several parts (sites, years, processes) are added with `+`, and give exactly what the whole would have given.
A day is whole; who leaves on it was at risk on it. Who comes under watch late (after reaching maintenance, say, or
when a registry opened) is at risk from the day after entry: days lived before cannot show an event, and counting them
would make the treatment look better than it is (immortal time).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.registry.whole_numbers import refuse, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FROM_THE_START = -1  # entry of those at risk from day 0 on
LONGEST_D = 1_000_000  # no follow-up lasts so many days; a slip would take memory for each of them
EVENT = "event"
PERSON = "person"
CENSORED = 0


@dataclass(frozen=True)
class Step:
    """One day on which somebody left: at risk on it, events by kind, and censored after them."""

    day: int
    at_risk: int
    events: tuple[int, ...]
    censored: int


@dataclass(frozen=True)
class FollowUp:
    """Counts of one group. `left`: day → (censored, events of the first kind, ...); `entered`: day → people.

    `entered` holds the last day before each person was at risk: -1 for those followed from day 0.
    """

    kinds: tuple[str, ...] = (EVENT,)
    left: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    entered: Mapping[int, int] = field(default_factory=dict)
    _table: tuple[Any, Any] | None = field(default=None, repr=False, compare=False)  # `left` as arrays, where at hand

    @property
    def people(self) -> int:
        """Everybody ever followed."""
        return sum(self.entered.values())

    @property
    def events(self) -> int:
        """Events of every kind."""
        return sum(sum(row[1:]) for row in self.left.values())

    @property
    def last_day(self) -> int | None:
        """The last day on which anybody left; None for an empty group."""
        return max(self.left, default=None)

    def __add__(self, other: FollowUp) -> FollowUp:
        if self.kinds != other.kinds:
            raise InputError(f"follow-up to {', '.join(self.kinds)} cannot be added to one to {', '.join(other.kinds)}")
        left = {day: tuple(row) for day, row in self.left.items()}
        for day, row in other.left.items():
            left[day] = tuple(a + b for a, b in zip(left[day], row, strict=True)) if day in left else tuple(row)
        entered = {day: self.entered.get(day, 0) + other.entered.get(day, 0) for day in {*self.entered, *other.entered}}
        return FollowUp(self.kinds, left, entered)

    def only(self, kind: str) -> FollowUp:
        """Events of one kind; the others count as censored, as a hazard of that kind alone has it."""
        return self._regrouped((kind,), [self._place(kind)])

    def as_one(self) -> FollowUp:
        """Whatever came first, as one kind of event."""
        return self._regrouped((EVENT,), list(range(1, len(self.kinds) + 1)))

    def _place(self, kind: str) -> int:
        if kind not in self.kinds:
            raise InputError(f"no end is called {kind!r}; there are {', '.join(self.kinds)}")
        return self.kinds.index(kind) + 1

    def _regrouped(self, kinds: tuple[str, ...], places: Sequence[int]) -> FollowUp:
        left = {}
        for day, row in self.left.items():
            events = sum(row[place] for place in places)
            left[day] = (sum(row) - events, events)
        return FollowUp(kinds, left, self.entered)

    def steps(self) -> Iterator[Step]:
        """Days on which somebody left, rising, with who was at risk on each."""
        days = sorted(self.left)
        for day, at_risk in zip(days, self.at_risk(days), strict=True):
            yield Step(day, at_risk, tuple(self.left[day][1:]), self.left[day][0])

    def columns(self) -> tuple[Any, Any, Any]:
        """The same as `steps` in arrays: days, people at risk, and (days, 1 + kinds) censored and events by kind."""
        import numpy as np

        if self._table is None:
            days = sorted(self.left)
            rows = np.array([self.left[day] for day in days], dtype=np.int64).reshape(len(days), 1 + len(self.kinds))
            at, table = np.array(days, dtype=np.int64), rows
        else:
            at, table = self._table
        gone = table.sum(axis=1)
        since = sorted(self.entered)
        came = np.cumsum([0, *(self.entered[day] for day in since)])
        at_risk = came[np.searchsorted(since, at, side="left")] - (np.cumsum(gone) - gone)
        return at, at_risk, table

    def at_risk(self, days: Iterable[int]) -> tuple[int, ...]:
        """People at risk on each of the days: entered before it, and not gone before it."""
        came, gone = _running(self.entered.items()), _running((day, sum(row)) for day, row in self.left.items())
        return tuple(_before(came, day) - _before(gone, day) for day in days)


def follow_up(
    days: ArrayLike,
    status: ArrayLike,
    *,
    entered: ArrayLike | None = None,
    kinds: Sequence[str] = (EVENT,),
) -> FollowUp:
    """Counts of people, one number each: the whole day on which each left, and how.

    `status` is 0 censored, 1 the first of `kinds`, 2 the second; True and False will do for one kind. `entered` is
    the last day before each was at risk, -1 from the start. Raises `InputError` naming the first person at fault.
    """
    import numpy as np

    from holdfast.registry import survival_code as code

    when, how = whole(days, PERSON, "day"), whole(status, PERSON, "status")
    if len(when) != len(how) or (entered is not None and len(np.asarray(entered)) != len(when)):
        of = "" if entered is None else f" and {len(np.asarray(entered))} entries"
        raise InputError(f"{len(when)} days, {len(how)} statuses{of}; give one of each a person")
    table, fault, place = code.counted(when, how, len(kinds), LONGEST_D)
    if fault == code.BAD_DAY:
        raise InputError(f"person {place + 1}: day {when[place]} is none of 0 to {LONGEST_D}")
    if fault == code.BAD_STATUS:
        raise InputError(f"person {place + 1}: status {int(how[place])} is none of 0 to {len(kinds)}")
    held = np.flatnonzero(table.sum(axis=1))
    rows = table[held]
    left = dict(zip(held.tolist(), map(tuple, rows.tolist()), strict=True))
    return FollowUp(tuple(kinds), left, _entries(entered, when), (held, rows))


def _entries(entered: ArrayLike | None, when: Any) -> dict[int, int]:
    """People by the last day before each was at risk."""
    import numpy as np

    if entered is None:
        return {FROM_THE_START: len(when)} if len(when) else {}
    since = whole(entered, PERSON, "entry")
    refuse(since < FROM_THE_START, PERSON, "entry {} lies before the start; from the start is -1", since)
    refuse(since >= when, PERSON, "entry on day {} is not before the day of leaving: nobody was at risk", since)
    first, many = np.unique(since, return_counts=True)
    return dict(zip(first.tolist(), many.tolist(), strict=True))


def _running(counts: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Days, rising, and how many up to each."""
    rising = sorted(counts)
    return [day for day, _ in rising], list(accumulate(n for _, n in rising))


def _before(running: tuple[list[int], list[int]], day: int) -> int:
    place = bisect_left(running[0], day)
    return running[1][place - 1] if place else 0
