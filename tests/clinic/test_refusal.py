"""A refusal by rules is a sentence to each reason."""

from __future__ import annotations

from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.decision import Decision, Reason, Weight


def said(*texts: str) -> str:
    return str(
        RefusedByRuleError("Not yet", Decision(tuple(Reason("x", text, "", Weight.HARD_STOP) for text in texts)))
    )


def test_each_reason_is_a_sentence_of_its_own() -> None:
    assert said("No escort is recorded") == "Not yet: No escort is recorded"
    assert said("No escort", "Wait until 14:00.", "No pressure") == "Not yet: No escort. Wait until 14:00. No pressure"
