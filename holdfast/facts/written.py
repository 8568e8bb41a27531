"""Numbers and names as people write them in a file or on the command line.

Python's own `float` and `int` also take `nan`, `inf`, `1_0` and the digits of every script. In a table of scores each
of those is a slip, and one that would change a number without anybody seeing it. So is a name that nobody knows: a
misspelt field would pass as not recorded.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence

from holdfast.errors import InputError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
FEW = 10  # names an error lists before it says "and others"
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


def refuse_unknown(given: Iterable[str], known: Sequence[str], where: str, *, what: str = "a field") -> None:
    """Raises `InputError` for the first name that is not among those known, with the nearest one there is.

    `where` leads the sentence and stands right before the name: `trials[1].`, or `course.json: `.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known[:FEW])}"
            more = " and others" if not near and len(known) > FEW else ""
            raise InputError(f"{where}{name} is not {what}; {hint}{more}")
