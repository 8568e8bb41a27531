"""What a check-in asks, one question at a time: scales whose text may be shown, and questions of our own.

The words of our own questions are read by patients; until a clinician of the programme has reviewed them, `REVIEWED_BY`
is None and the page of the agreement says so. They are no scale: nothing is summed, and each answer stands for itself.
Item 9 is the last of the PHQ-9 and the PHQ-9 the first that is asked, so that an answer about death or self-harm comes
when every item before it is stored, and nothing of the check-in can come between it and the crisis text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast import scales
from holdfast.decision import Decision
from holdfast.facts import Facts, RuleSet, care_rule, load
from holdfast.safety.triggers import URINARY, urinary_trigger

REVIEWED_BY: str | None = None

ASKED_SCALES = ("phq-9", "gad-7")
OWN_URINARY = "urinary"
MOOD_TAP = "mood-tap"
# In this order, whatever was agreed: what may need help at once is asked first.
INSTRUMENTS = (*ASKED_SCALES, OWN_URINARY, MOOD_TAP)

YES_NO = ((0, "No"), (1, "Yes"))
MOODS = ((1, "Very low"), (2, "Low"), (3, "In between"), (4, "Good"), (5, "Very good"))


@dataclass(frozen=True)
class Question:
    """One question on one page. Options are (value, text)."""

    key: str
    text: str
    options: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class CheckInInstrument:
    """One part of a check-in. `scale` is None for our own questions; `stem` stands above each question."""

    id: str
    name: str
    stem: str
    questions: tuple[Question, ...]
    scale: str | None = None
    notice: str = ""

    def question(self, key: str) -> Question | None:
        """The question of that key; None where there is none."""
        return next((asked for asked in self.questions if asked.key == key), None)


def instruments(facts: Facts | None = None) -> dict[str, CheckInInstrument]:
    """Every instrument that may be agreed, in the order in which they are asked."""
    facts = facts or load()
    found = [*(_of_scale(name) for name in ASKED_SCALES), _urinary(facts), _mood()]
    return {one.id: one for one in found}


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The agreed instruments in the order in which they are asked."""
    wanted = set(names)
    return tuple(name for name in INSTRUMENTS if name in wanted)


def _of_scale(name: str) -> CheckInInstrument:
    scale = scales.scale(name)
    header: Any = scale.document.header
    questions = tuple(
        Question(item.key, item.text or "", tuple((int(value), text) for value, text in item.options))
        for item in scale.items
    )
    return CheckInInstrument(scale.id, scale.name, header["question"], questions, scale.id, header["notice"])


def _urinary(facts: Facts) -> CheckInInstrument:
    long = care_rule(URINARY, facts).threshold("dysuria")
    span = f"{long.value:g} {long.unit}"
    pain = ((0, "No"), (1, f"Yes, for {span} or less"), (2, f"Yes, for more than {span}"))
    return CheckInInstrument(
        OWN_URINARY,
        "Bladder",
        "Please think of the time since your last check-in.",
        (
            Question("pain", "Does it hurt or burn when you pass urine?", pain),
            Question("blood", "Have you seen blood in your urine?", YES_NO),
            Question("often", "Do you have to pass urine much more often than is usual for you?", YES_NO),
            Question("sudden", "Do you have to rush to the toilet, or does urine leak?", YES_NO),
        ),
    )


def _mood() -> CheckInInstrument:
    return CheckInInstrument(MOOD_TAP, "Mood", "", (Question("mood", "How is your mood right now?", MOODS),))


def urinary_finding(answers: Mapping[str, int], rules: RuleSet) -> Decision:
    """What rule cum.uri.int says of the answers to our urinary questions, in force or told as inactive.

    `answers` are values by question; one that is missing is unknown. Pain for more than the limit counts as the day
    after it, for less as none beyond it: nobody was asked for a number of days.
    """
    limit_d = rules.threshold(URINARY, "dysuria").in_unit("d")
    pain, blood = answers.get("pain"), answers.get("blood")
    lasted_d = None if pain is None else {0: 0.0, 1: limit_d, 2: limit_d + 1}[pain]
    return urinary_trigger(
        haematuria=None if blood is None else bool(blood), dysuria_d=lasted_d, bpic_ss_total=None, rules=rules
    )
