"""What every reader of plain values (a JSON file, a request) shares: objects, lists and dates.

What a record of a package asks of its own fields stays with that package: the questions of an evaluation carry their
kinds and choices (eligibility/questions.py), the records of a treatment session their annotations (reading.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.written import refuse_unknown


def plain_object(content: Any, known: Sequence[str], where: str) -> Mapping[str, Any]:
    """`content` itself. Raises `InputError`, led by `where`, for anything but an object of `known` names."""
    if not isinstance(content, Mapping):
        raise InputError(f"{where} must be an object, like {{...}}")
    refuse_unknown(content, known, f"{where}.")
    return content


def plain_list(content: Any, where: str) -> list[Any]:
    """`content` itself. Raises `InputError`, led by `where`, for anything but a list."""
    if not isinstance(content, list):
        raise InputError(f"{where} must be a list, like [...]")
    return content


def plain_date(content: Any, where: str) -> datetime.date:
    """A date like 2026-11-21 as text. Raises `InputError`, led by `where`; a number is no date, not even 20261121."""
    try:
        return datetime.date.fromisoformat(content.strip())
    except (AttributeError, ValueError):
        raise InputError(f"{where} is {content!r}, not a date like 2026-11-21") from None
