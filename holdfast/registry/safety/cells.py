"""Whole numbers by words: counts of one kind for every combination of words, which add up over parts, sites and years.

Nothing else is kept of a part. Sums are of integers, so that they are the same in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Cells:
    """`by` names the words of a key, `counted` the numbers of its row. A combination without a row counted nothing."""

    by: tuple[str, ...]
    counted: tuple[str, ...]
    rows: Mapping[Key, tuple[int, ...]] = field(default_factory=dict)

    def __add__(self, other: Cells) -> Cells:
        """Both together. Raises `InputError` where they count different things."""
        if (self.by, self.counted) != (other.by, other.counted):
            raise InputError(f"counts of {self.counted} by {self.by} and of {other.counted} by {other.by} do not add")
        return Cells(self.by, self.counted, _summed([*self.rows.items(), *other.rows.items()], len(self.counted)))

    def over(self, *by: str) -> Cells:
        """Added up over every word but those named, in the order named."""
        places = [self.by.index(name) for name in by]
        moved = [(tuple(key[place] for place in places), row) for key, row in self.rows.items()]
        return Cells(by, self.counted, _summed(moved, len(self.counted)))

    def where(self, **words: str | int) -> Cells:
        """Only rows with these words, which then leave the key."""
        left = [place for place, name in enumerate(self.by) if name not in words]
        asked = [(self.by.index(name), word) for name, word in words.items()]
        rows = {
            tuple(key[place] for place in left): row
            for key, row in self.rows.items()
            if all(key[place] == word for place, word in asked)
        }
        return Cells(tuple(self.by[place] for place in left), self.counted, rows)

    def of(self, *key: str | int) -> dict[str, int]:
        """The numbers of one combination by name; zeros where nothing was counted."""
        return dict(zip(self.counted, self.rows.get(key, (0,) * len(self.counted)), strict=True))

    def words(self, name: str) -> tuple[str | int, ...]:
        """The words that occur in one place of the keys, sorted."""
        place = self.by.index(name)
        return tuple(sorted({key[place] for key in self.rows}))

    def as_rows(self) -> list[dict[str, Any]]:
        """Plain rows in the order of their keys."""
        return [
            {**dict(zip(self.by, key, strict=True)), **dict(zip(self.counted, row, strict=True))}
            for key, row in sorted(self.rows.items())
        ]


def _summed(pairs: Iterable[tuple[Key, tuple[int, ...]]], width: int) -> dict[Key, tuple[int, ...]]:
    found: dict[Key, list[int]] = {}
    for key, row in pairs:
        into = found.setdefault(key, [0] * width)
        for place, value in enumerate(row):
            into[place] += value
    return {key: tuple(found[key]) for key in sorted(found)}


@dataclass(frozen=True)
class Words:
    """A place of the key as an array: `codes` are places in `words`."""

    codes: NDArray[Any]
    words: tuple[str | int, ...]


def counted(by: Mapping[str, Words], values: Mapping[str, NDArray[Any]]) -> Cells:
    """Rows of arrays counted by their words; `values` are whole numbers or yes and no, one a row, to be added up."""
    import numpy as np

    lengths = [len(one.words) for one in by.values()]
    code = np.zeros(len(next(iter(by.values())).codes), dtype=np.int64)
    for one in by.values():
        code = code * len(one.words) + one.codes
    order = np.argsort(code, kind="stable")
    found, starts = np.unique(code[order], return_index=True)
    sums = [
        np.add.reduceat(value.astype(np.int64)[order], starts) if len(found) else np.zeros(0, dtype=np.int64)
        for value in values.values()
    ]
    names = [one.words for one in by.values()]
    rows = {
        tuple(words[place] for words, place in zip(names, _places(int(one), lengths), strict=True)): tuple(
            int(value[row]) for value in sums
        )
        for row, one in enumerate(found)
    }
    return Cells(tuple(by), tuple(values), dict(sorted(rows.items())))


def _places(code: int, lengths: list[int]) -> list[int]:
    places = []
    for length in reversed(lengths):
        code, place = divmod(code, length)
        places.append(place)
    return places[::-1]
