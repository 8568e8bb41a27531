"""Questions of a form as fields of a frozen dataclass: one definition drives reader, check and template.

An unanswered question is None. It is never read as "no".
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from holdfast.errors import InputError
from holdfast.facts.plain_values import plain_date, plain_object
from holdfast.facts.plausible import plausible_day

Answers = TypeVar("Answers")
LONGEST_TEXT = 120  # signs of the name of a drug
LARGEST = 1e6  # of any count of weeks, months or years asked here; a NaN is not below it


@dataclass(frozen=True)
class Question:
    """What may be answered. `kind`: flag, number, integer, word, words, date, text. Numbers are never negative."""

    kind: str
    about: str
    choices: tuple[str, ...] = ()

    def described(self) -> str:
        """The question in a sentence, for the template."""
        shape = {
            "flag": "true or false",
            "number": "a number",
            "integer": "a whole number",
            "date": "a date like 2026-11-21",
            "text": "text",
            "word": f"one of {', '.join(self.choices)}",
            "words": f"a list of any of {', '.join(self.choices)}; [] = none",
        }[self.kind]
        return f"{self.about} ({shape}; null = not known)"

    def fault(self, answer: Any) -> str | None:
        """What is wrong with an answer, or None. None, the unanswered question, is never wrong."""
        if answer is None:
            return None
        return _FAULTS[self.kind](answer, self.choices)


def question(kind: str, about: str, choices: tuple[str, ...] = ()) -> Any:
    """A dataclass field that holds the answer to a question; None until it is answered."""
    return dataclasses.field(default=None, metadata={"question": Question(kind, about, choices)})


def questions(form: Any) -> Mapping[str, Question]:
    """The questions of a form (class or instance) by field name, in order."""
    fields = dataclasses.fields(form)
    return {field.name: field.metadata["question"] for field in fields if "question" in field.metadata}


def check_answers(form: Any) -> None:
    """Raises `InputError` naming the first field whose answer is not of its kind."""
    for name, asked in questions(form).items():
        fault = asked.fault(getattr(form, name))
        if fault:
            raise InputError(f"{name} {fault}")


def read_answers(form: type[Answers], answers: Mapping[str, Any], where: str, **further: Any) -> Answers:
    """A form from plain JSON values. `further` are fields already read. Raises `InputError` naming the field."""
    known = questions(form)
    given = plain_object(answers, list(known), where)
    try:
        read = {name: _read(name, known[name].kind, answer) for name, answer in given.items()}
        return form(**read, **further)
    except InputError as error:
        raise InputError(f"{where}.{error}") from None


def _read(name: str, kind: str, answer: Any) -> Any:
    if kind == "words" and isinstance(answer, list):
        return tuple(answer)
    if kind == "date" and isinstance(answer, str):
        return plain_date(answer, name)
    return answer


def _flag(answer: Any, choices: tuple[str, ...]) -> str | None:
    return None if isinstance(answer, bool) else f"is {answer!r}; write true, false or null"


def _number(answer: Any, choices: tuple[str, ...]) -> str | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not abs(answer) <= LARGEST:
        return f"is {answer!r}, not a number that can be"
    return f"is {answer}; it cannot be negative" if answer < 0 else None


def _integer(answer: Any, choices: tuple[str, ...]) -> str | None:
    return _number(answer, choices) or (None if isinstance(answer, int) else f"is {answer}, not a whole number")


def _word(answer: Any, choices: tuple[str, ...]) -> str | None:
    return (
        None if isinstance(answer, str) and answer in choices else f"is {answer!r}; write one of {', '.join(choices)}"
    )


def _words(answer: Any, choices: tuple[str, ...]) -> str | None:
    if not isinstance(answer, tuple):
        return f'is {answer!r}; write a list like ["{choices[0]}"], or [] for none'
    return next((fault for fault in (_word(word, choices) for word in answer) if fault), None)


def _date(answer: Any, choices: tuple[str, ...]) -> str | None:
    day = isinstance(answer, datetime.date) and not isinstance(answer, datetime.datetime)
    if not day:
        return f"is {answer!r}, not a date like 2026-11-21"
    try:
        plausible_day(answer, "it")
    except InputError as error:
        return f"is {answer}: {error}"
    return None


def _text(answer: Any, choices: tuple[str, ...]) -> str | None:
    fit = isinstance(answer, str) and answer.strip() and len(answer) <= LONGEST_TEXT and answer.isprintable()
    return None if fit else f"is {str(answer)[:LONGEST_TEXT]!r}; write a word or two"


_FAULTS = {
    "flag": _flag, "number": _number, "integer": _integer, "word": _word, "words": _words, "date": _date, "text": _text,
}  # fmt: skip
