"""Columns of whole numbers as they are given, and what is wrong with one, by its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def whole(values: ArrayLike, of: str, name: str) -> Any:
    """`name` of each `of` as int64 (yes or no stays so); nothing is given of nobody. Raises `InputError`."""
    import numpy as np

    found = np.asarray(values)
    if not found.size:
        return np.zeros(0, dtype=np.int64)
    if found.ndim != 1 or found.dtype.kind not in "biuf":
        raise InputError(f"{name}: give one whole number of each {of}")
    if found.dtype.kind == "f":
        refuse(~np.isfinite(found) | (found != np.floor(found)), of, name + " {} is no whole number", found)
    return np.ascontiguousarray(found, dtype=None if found.dtype.kind == "b" else np.int64)


def refuse(fault: Any, of: str, words: str, values: Any) -> None:
    """Raises `InputError` for the first place of a fault; `words` holds {} for its value."""
    if fault.any():
        place = int(fault.argmax())
        raise InputError(f"{of} {place + 1}: {words.format(values[place])}")
