"""Which scale a word means, and which totals it can have: asked by scoring, by outcomes and by readers of files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.loader import Facts, load
from holdfast.facts.plausible import is_finite_number
from holdfast.facts.schema import Document


def scale_document(name: str, facts: Facts | None = None) -> Document:
    """The scale of that id, name or alias, however it is capitalised or hyphenated: `HAMD-17` is `ham-d17`.

    Raises `UnknownNameError` naming the scales there are.
    """
    known = _loaded() if facts is None else _by_word(facts)
    try:
        return known[_plain(name)]
    except KeyError:
        raise UnknownNameError("scale", name, sorted({document.id for document in known.values()})) from None


def whole_total(scale: Document, total: float) -> int:
    """The total as a whole number. Raises `InputError` where it is not one, or where the scale cannot have it."""
    name = scale.header["name"]
    low, high = scale.header.get("total_min"), scale.header.get("total_max")
    if low is None or high is None:
        raise InputError(f"{name} has no total: it is triaged, never summed")
    if not is_finite_number(total) or total != int(total):
        raise InputError(f"{name} total {total!r} is not a whole number; enter the total as rated")
    if not low <= total <= high:
        raise InputError(
            f"{name} total out of range: it runs from {low} to {high}, not {int(total)}; check the number and the scale"
        )
    return int(total)


@cache
def _loaded() -> Mapping[str, Document]:
    return _by_word(load())


def _by_word(facts: Facts) -> Mapping[str, Document]:
    every = facts.documents["scales"].values()
    return MappingProxyType({
        _plain(word): document
        for document in every
        for word in (document.id, document.header["name"], *document.header.get("aliases", ()))
    })  # fmt: skip


@lru_cache(maxsize=512)  # a list asks for thousands of ratings
def _plain(name: str) -> str:
    """Letters and digits only: people write PHQ-9, phq9 and PHQ 9."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
