"""Arrays for machine code that takes eight virtual patients at a time: filled up to whole blocks, handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.model.integration.compiled.lanes import LANES
from holdfast.model.integration.compiled.machine_code import Call


def blocks(count: int) -> int:
    """How many blocks so many patients fill."""
    return -(-count // LANES)


def padded(values: NDArray[Any]) -> NDArray[Any]:
    """Copied, the last axis filled up to whole blocks with its first patient."""
    count = values.shape[-1]
    made = np.empty((*values.shape[:-1], blocks(count) * LANES), dtype=values.dtype)
    made[..., :count] = values
    made[..., count:] = values[..., :1]
    return made


def handed_over(call: Call, names: Sequence[str], values: Mapping[str, Any]) -> None:
    """Call machine code with whole numbers and the addresses of arrays, in the order of their names.

    Arrays hold float64 or int64 in C order; None where the code reads nothing.
    """
    words = np.array([_word(name, values[name]) for name in names], dtype=np.int64)
    call(words.ctypes.data)


def _word(name: str, value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, np.ndarray):
        return int(value)
    if value.dtype not in (np.float64, np.int64) or not value.flags.c_contiguous:
        raise ValueError(f"{name} must be an array of float64 or int64 in C order")
    return int(value.ctypes.data)
