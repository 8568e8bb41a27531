"""Which scale a word in a file means, and which totals it can have. A scale is compared only with itself."""

from __future__ import annotations

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import Document, Facts, load
from holdfast.facts.plausible import is_finite_number

ANY_SCALE = "any"


def scale_document(name: str, facts: Facts | None = None) -> Document:
    """The scale of that id, name or alias, however it is capitalised or hyphenated: `HAMD-17` is `ham-d17`.

    Raises `UnknownNameError` naming the scales there are.
    """
    documents = (facts or load()).documents["scales"]
    if name in documents:
        return documents[name]
    asked = _plain(name)
    for document in documents.values():
        words = (document.id, document.header["name"], *document.header.get("aliases", ()))
        if asked and asked in {_plain(word) for word in words}:
            return document
    raise UnknownNameError("scale", name, sorted(documents))


def check_total(total: float, scale: Document) -> None:
    """Raises `InputError` where no such total of the scale can exist: not a whole number, or out of its range."""
    if not is_finite_number(total):
        raise InputError(f"a total of {scale.id} must be a number, not {total!r}")
    if total != int(total):
        raise InputError(f"a total of {scale.id} is a whole number, not {total:g}; enter the total as rated")
    low, high = scale.header.get("total_min", 0), scale.header.get("total_max")
    if total < low or (high is not None and total > high):
        upper = "and more" if high is None else f"to {high}"
        raise InputError(f"a total of {total:g} is outside the range of {scale.id}, {low} {upper}")


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())
