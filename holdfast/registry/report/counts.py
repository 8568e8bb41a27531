"""Everything a report tells, as counts that add up: over parts of a set, over processes, over sites.

Whole numbers and `FollowUp`s only, so that the sum is the same in whatever order it is taken. What is no whole number
(a dose, a fall in points) is counted in whole units that its chapter names: µg, points, squared points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from holdfast.errors import InputError
from holdfast.registry.follow_up import EVENT, FollowUp

Key = tuple[str | int, ...]  # the chapter's key first, then what is counted, then the group


@dataclass(frozen=True)
class Counts:
    """Numbers and follow-ups by key. One that is not there is 0, or a follow-up of nobody.

    Counts that say the same are equal: zeros and empty follow-ups are never kept. Make them with `counts`.
    """

    numbers: Mapping[Key, int] = field(default_factory=dict)
    follow_ups: Mapping[Key, FollowUp] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        return added((self, other))

    def number(self, *key: str | int) -> int:
        """How many."""
        return self.numbers.get(key, 0)

    def follow_up(self, *key: str | int, kinds: tuple[str, ...] = (EVENT,)) -> FollowUp:
        """Who was followed how long; of nobody where the key is not there."""
        return self.follow_ups.get(key, FollowUp(kinds))

    def below(self, *key: str | int) -> tuple[str | int, ...]:
        """What comes next in the keys that begin with these words, in order."""
        at = len(key)
        return tuple(sorted({
            one[at] for kept in (self.numbers, self.follow_ups) for one in kept if len(one) > at and one[:at] == key
        }, key=lambda word: (isinstance(word, str), word)))  # fmt: skip

    def total(self, *key: str | int) -> int:
        """The sum of every number whose key begins with these words."""
        return sum(number for one, number in self.numbers.items() if one[: len(key)] == key)

    def joined(self, *key: str | int, kinds: tuple[str, ...] = (EVENT,)) -> FollowUp:
        """Every follow-up whose key begins with these words, as one."""
        return sum((one for at, one in self.follow_ups.items() if at[: len(key)] == key), FollowUp(kinds))


def counts(
    numbers: Mapping[Any, int] | Iterable[tuple[Key, int]] = (),
    follow_ups: Mapping[Any, FollowUp] | Iterable[tuple[Key, FollowUp]] = (),
) -> Counts:
    """Counts of one part; numbers of NumPy become plain. Raises `InputError` for what is no whole number."""
    kept = {}
    for key, number in dict(numbers).items():
        if not isinstance(number, Integral) or isinstance(number, bool):
            raise InputError(f"count {key}: {number!r} is no whole number; count in a smaller unit")
        if number:
            kept[key] = int(number)
    return Counts(kept, {key: one for key, one in dict(follow_ups).items() if one.people})


def added(several: Iterable[Counts]) -> Counts:
    """The sum of counts."""
    numbers: dict[Key, int] = {}
    follow_ups: dict[Key, FollowUp] = {}
    for one in several:
        for key, number in one.numbers.items():
            numbers[key] = numbers.get(key, 0) + number
        for key, followed in one.follow_ups.items():
            follow_ups[key] = follow_ups[key] + followed if key in follow_ups else followed
    return Counts({key: number for key, number in numbers.items() if number}, follow_ups)
