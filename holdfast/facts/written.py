"""Numbers as people write them in a file or on the command line.

Python's own `float` and `int` also take `nan`, `inf`, `1_0` and the digits of every script. In a table of scores each
of those is a slip, and one that would change a number without anybody seeing it.
"""

from __future__ import annotations

import math
import re

from holdfast.errors import InputError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
LONGEST = 40  # characters; no measurement needs more, and Python converts very long numbers slowly or not at all


def written_number(text: str, what: str = "") -> float:
    """The finite number that `text` writes in the digits 0 to 9. Raises `InputError`, led by `what`."""
    stripped = text.strip()
    value = float(stripped) if len(stripped) <= LONGEST and _NUMBER.fullmatch(stripped) else math.nan
    if not math.isfinite(value):
        raise InputError(f"{what} {stripped!r} is not a number".lstrip())
    return value


def written_whole_number(text: str, what: str = "") -> int:
    """The whole number that `text` writes in the digits 0 to 9. Raises `InputError`, led by `what`."""
    stripped = text.strip()
    if len(stripped) > LONGEST or not _WHOLE.fullmatch(stripped):
        raise InputError(f"{what} {stripped!r} is not a whole number".lstrip())
    return int(stripped)
