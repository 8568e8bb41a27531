"""How far a check-in has come: which question is next, and whether the crisis text must be read before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast import scales
from holdfast.clinic.checkins.models import CheckIn, Kind
from holdfast.safety.check_in_questions import CheckInInstrument, Question, in_order, instruments


@dataclass(frozen=True)
class Progress:
    """What was answered of what was agreed. `answers` are values by instrument and question, the newest of each."""

    asked: tuple[CheckInInstrument, ...]
    answers: dict[str, dict[str, int]]
    events: frozenset[str]

    @property
    def next(self) -> tuple[CheckInInstrument, Question] | None:
        """The first question without an answer; None where everything is answered."""
        for instrument in self.asked:
            for question in instrument.questions:
                if question.key not in self.answers.get(instrument.id, {}):
                    return instrument, question
        return None

    @property
    def before(self) -> tuple[CheckInInstrument, Question] | None:
        """The question just before the next one, of the same instrument: it may still be answered anew."""
        following = self.next
        if following is None:
            return None
        instrument, question = following
        place = instrument.questions.index(question)
        return (instrument, instrument.questions[place - 1]) if place else None

    @property
    def count(self) -> int:
        """How many questions the check-in has."""
        return sum(len(instrument.questions) for instrument in self.asked)

    @property
    def answered(self) -> int:
        """How many of them are answered."""
        return sum(len(self.answers.get(instrument.id, {})) for instrument in self.asked)

    def is_whole(self, instrument: CheckInInstrument) -> bool:
        """Is every question of it answered?"""
        return len(self.answers.get(instrument.id, {})) == len(instrument.questions)

    @property
    def speaks_of_suicide(self) -> bool:
        """Does an answer of a scale speak of death or self-harm?"""
        return any(
            flag.positive
            for instrument in self.asked
            if instrument.scale and self.is_whole(instrument)
            for flag in scales.item_flags(instrument.scale, self.scores(instrument))
        )

    def would_speak_of_suicide(self, instrument: CheckInInstrument, question: str, value: int) -> bool:
        """Would another answer to a scale that is whole speak of it, where no answer does so far?"""
        if instrument.scale is None or not self.is_whole(instrument) or self.speaks_of_suicide:
            return False
        asked = zip(instrument.questions, self.scores(instrument), strict=True)
        changed = [value if one.key == question else kept for one, kept in asked]
        given = instrument.question(question)
        known = given is not None and value in dict(given.options)
        return known and any(flag.positive for flag in scales.item_flags(instrument.scale, changed))

    @property
    def must_read_crisis_text(self) -> bool:
        """Nothing else is shown before the patient has seen the crisis text and went on."""
        return self.speaks_of_suicide and Kind.CRISIS_READ not in self.events

    def scores(self, instrument: CheckInInstrument) -> list[int | None]:
        """Answers in the order of the questions."""
        given = self.answers.get(instrument.id, {})
        return [given.get(question.key) for question in instrument.questions]


def progress_of(check_in: CheckIn) -> Progress:
    """Read from the rows of one check-in."""
    known = instruments()
    return Progress(
        asked=tuple(known[name] for name in in_order(check_in.agreement.instruments)),
        answers=newest_answers(check_in.answers.order_by("pk").values_list("instrument", "question", "value")),
        events=frozenset(check_in.events.values_list("kind", flat=True)),
    )


def newest_answers(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Values by instrument and question; of several answers to one question the last counts."""
    found: dict[str, dict[str, int]] = {}
    for instrument, question, value in rows:
        found.setdefault(instrument, {})[question] = value
    return found
