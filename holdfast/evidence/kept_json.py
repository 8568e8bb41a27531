"""JSON files that a program of ours wrote and the package keeps: one object each, read back with nothing assumed.

A file may have been cut, merged or replaced since. What is no object of finite numbers is a `ValueError`, whatever is
wrong with it; who reads it says which file it is and what writes it anew.
"""

from __future__ import annotations

import json
import math
from importlib.resources.abc import Traversable
from typing import Any

MOST_BYTES = 64 * 2**20  # many times the largest of them; what is longer, or never ends, was not written here


def read_object(place: Traversable) -> dict[str, Any]:
    """The object in the file. Raises `OSError` where it cannot be read, `ValueError` for anything that is none."""
    with place.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("too long")
    try:
        found = json.loads(content.decode("utf-8"), parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number without end")
    return value
