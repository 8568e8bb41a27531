"""Coded answers of a course, as facts/coded_answers.csv lists them: a word that is counted, free text aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts import Facts, load


@dataclass(frozen=True)
class CodedAnswer:
    """One answer: the word that is kept, what a page says, and where it may be chosen (empty = always)."""

    key: str
    text: str
    holds_for: tuple[str, ...]


def coded_answers(question: str, holds_for: str = "", facts: Facts | None = None) -> Mapping[str, CodedAnswer]:
    """The answers of one question by key, in the order of the table; only those that hold for a word, where given."""
    found = (
        CodedAnswer(row["key"], row["text"], row["holds_for"] or ())
        for row in (facts or load()).rows("coded_answers")
        if row["question"] == question
    )
    return {one.key: one for one in found if not holds_for or not one.holds_for or holds_for in one.holds_for}


def coded_text(question: str, key: str) -> str:
    """What a page says for a stored key; the key itself where a later list no longer has it."""
    known = coded_answers(question)
    return known[key].text if key in known else key.replace("_", " ")


def require_coded(
    field: str, question: str, keys: Iterable[str], *, holds_for: str = "", note: str = ""
) -> tuple[str, ...]:
    """The keys, each once and in the order of the table. Raises `InputError` led by `field`.

    Refuses an unknown key, and `other` where `note`, the free text beside it, is empty.
    """
    known, given = coded_answers(question, holds_for), set(keys)
    if unknown := sorted(given - set(known)):
        raise InputError(f"{field}: {unknown[0]!r} is not one of {', '.join(known)}")
    if "other" in given and not note.strip():
        raise InputError("note: say which other reason it is")
    return tuple(key for key in known if key in given)
