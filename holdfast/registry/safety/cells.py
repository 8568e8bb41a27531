"""Whole numbers by words: counts of one kind for every combination of words, which add up over parts, sites and years.

Nothing else is kept of a part. Sums are of integers, so that they are the same in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Key = tuple[str | int, ...]
_FEW = 1_000_000  # combinations for which counting takes less than sorting rows
_EXACT = 2**53  # sums of whole numbers below it are whole in floating numbers, in whatever order


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
    """Places of the key as an array: `codes` are places in `words`, each with a word for each name."""

    codes: NDArray[Any]
    words: Sequence[Key]

    @staticmethod
    def of(codes: NDArray[Any], words: Sequence[str | int]) -> Words:
        """Of one name."""
        return Words(codes, [(word,) for word in words])


By = Mapping[tuple[str, ...], Words]


def joined(by: By) -> By:
    """The same as one array, worked out once for many counts of the same rows."""
    (first, *others) = by.values()
    codes, words = first.codes, list(first.words)
    for one in others:
        codes = codes * len(one.words) + one.codes
        words = [(*before, *after) for before in words for after in one.words]
    return {tuple(name for names in by for name in names): Words(codes, words)}


def counted(by: By, values: Mapping[str, NDArray[Any]]) -> Cells:
    """Rows of arrays counted by their words; `values` are whole numbers or yes and no, one a row, to be added up."""
    import numpy as np

    lengths = [len(one.words) for one in by.values()]
    code = np.zeros(len(next(iter(by.values())).codes), dtype=np.int64)
    for one in by.values():
        code = code * len(one.words) + one.codes if len(by) > 1 else one.codes.astype(np.int64)
    found, sums = _added(code, prod(lengths), list(values.values()))
    names = [one.words for one in by.values()]
    rows = {
        tuple(
            word for words, place in zip(names, _places(int(one), lengths), strict=True) for word in words[place]
        ): tuple(int(value[row]) for value in sums)
        for row, one in enumerate(found)
    }
    return Cells(tuple(name for given in by for name in given), tuple(values), dict(sorted(rows.items())))


def _added(code: NDArray[Any], width: int, values: list[NDArray[Any]]) -> tuple[NDArray[Any], list[NDArray[Any]]]:
    """Codes that occur, rising, and the sum of each value over them: by counting where few can be, else by sorting."""
    import numpy as np

    if width <= _FEW and all(_is_exact(one) for one in values):
        found = np.flatnonzero(np.bincount(code, minlength=width))
        return found, [_by_counting(code, one, width)[found] for one in values]
    order = np.argsort(code, kind="stable")
    found, starts = np.unique(code[order], return_index=True)
    empty = np.zeros(0, dtype=np.int64)
    return found, [np.add.reduceat(one.astype(np.int64)[order], starts) if len(found) else empty for one in values]


def _is_exact(values: NDArray[Any]) -> bool:
    return values.dtype == bool or len(values) * max(int(values.max(initial=0)), -int(values.min(initial=0))) < _EXACT


def _by_counting(code: NDArray[Any], values: NDArray[Any], width: int) -> NDArray[Any]:
    import numpy as np

    if values.dtype == bool:
        return np.bincount(code[values], minlength=width)
    return np.rint(np.bincount(code, weights=values, minlength=width)).astype(np.int64)


def _places(code: int, lengths: list[int]) -> list[int]:
    places = []
    for length in reversed(lengths):
        code, place = divmod(code, length)
        places.append(place)
    return places[::-1]
