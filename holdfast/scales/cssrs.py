"""C-SSRS screener: triage, never a sum.

One yes to a grave question outweighs any number of noes, so adding the answers (as a published help page does) hides
the patient who says yes only to Q6. Questions 3 to 5 are asked after a yes to Q2 only; not asked is not "no answer".
Levels: care rules sui.cssrs.low, sui.cssrs.mod and sui.cssrs.high; what follows from a level is holdfast.safety's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from holdfast.errors import InputError

QUESTIONS = ("q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months")
AFTER_Q2 = ("q3", "q4", "q5")


class Level(StrEnum):
    """How urgent the answers are, least first."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Place in the order; 0 is none."""
        return list(Level).index(self)


# Level that a yes stands for.
YES_MEANS = {
    "q1": Level.LOW,
    "q2": Level.LOW,
    "q3": Level.MODERATE,
    "q4": Level.HIGH,
    "q5": Level.HIGH,
    "q6_lifetime": Level.MODERATE,
    "q6_3_months": Level.HIGH,
}
# Level that a yes could still lead to where the question is unanswered: Q2 opens Q3 to Q5.
COULD_BECOME = YES_MEANS | {"q2": Level.HIGH}


@dataclass(frozen=True)
class Triage:
    """`level` is None where an unanswered question could still raise it; `at_least` is what the answers already say.

    `because` are the questions whose yes decides `at_least`; `not_asked` were rightly left out.
    """

    level: Level | None
    at_least: Level
    because: tuple[str, ...]
    unanswered: tuple[str, ...]
    not_asked: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "scale": "c-ssrs-screener",
            "level": self.level.value if self.level else None,
            "at_least": self.at_least.value,
            "because": list(self.because),
            "unanswered": list(self.unanswered),
            "not_asked": list(self.not_asked),
        }


def triage(answers: Mapping[str, bool | None]) -> Triage:
    """Triage by question: `q1`..`q5`, `q6_lifetime`, `q6_3_months`; True, False, or None (or absent) for unanswered.

    Behaviour within 3 months implies lifetime. Raises `InputError` on contradictory answers, on an unknown question
    and on anything but yes, no or None: a guess here is dangerous either way.
    """
    given = _checked(answers)
    not_asked = _not_asked(given)
    unanswered = tuple(q for q in QUESTIONS if given[q] is None and q not in not_asked)
    at_least = max((YES_MEANS[q] for q in QUESTIONS if given[q]), key=lambda level: level.rank, default=Level.NONE)
    open_to = max((COULD_BECOME[q].rank for q in unanswered), default=0)
    return Triage(
        level=at_least if open_to <= at_least.rank else None,
        at_least=at_least,
        because=tuple(q for q in QUESTIONS if given[q] and YES_MEANS[q] is at_least),
        unanswered=unanswered,
        not_asked=not_asked,
    )


def _checked(answers: Mapping[str, bool | None]) -> dict[str, bool | None]:
    if unknown := sorted(answers.keys() - set(QUESTIONS)):
        raise InputError(f"C-SSRS screener has no question {', '.join(unknown)}; questions are {', '.join(QUESTIONS)}")
    given = {question: answers.get(question) for question in QUESTIONS}
    for question, answer in given.items():
        if answer not in (True, False, None) or not isinstance(answer, bool | None):
            raise InputError(f"C-SSRS screener {question}: answer yes, no or unanswered, not {answer!r}")
    if given["q2"] is False and (said := [q for q in AFTER_Q2 if given[q]]):
        raise InputError(
            f"C-SSRS screener: {', '.join(said)} is yes but q2 is no, and q3 to q5 follow only a yes to q2; "
            "ask q2 again now, and until then take the yes as it stands"
        )
    if given["q6_3_months"] and given["q6_lifetime"] is False:
        raise InputError(
            "C-SSRS screener: q6_3_months is yes but q6_lifetime is no; behaviour within 3 months is also "
            "behaviour in life; ask again now, and until then take the yes as it stands"
        )
    return given


def _not_asked(given: Mapping[str, bool | None]) -> tuple[str, ...]:
    """Questions that the answers make needless: Q3 to Q5 after no to Q2 or before Q2, each part of Q6 by the other."""
    left_out = [q for q in AFTER_Q2 if not given["q2"] and given[q] is None]
    if given["q6_lifetime"] is None and given["q6_3_months"]:
        left_out.append("q6_lifetime")
    if given["q6_3_months"] is None and given["q6_lifetime"] is False:
        left_out.append("q6_3_months")
    return tuple(left_out)
