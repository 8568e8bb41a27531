"""May this patient enter the programme? Every `elig.*` rule, every reason, nothing assumed."""

from __future__ import annotations

import datetime

from holdfast.decision import Decision, decide
from holdfast.eligibility.answers import Evaluation
from holdfast.eligibility.cautions import relative_contraindications, to_record
from holdfast.eligibility.contraindications import contraindications
from holdfast.eligibility.indication import indication
from holdfast.facts import RuleSet


def assess(evaluation: Evaluation, rules: RuleSet, *, today: datetime.date | None = None) -> Decision:
    """Hard stops, stops a physician may override, cautions and what must be recorded, each with its rule.

    A question of a stop rule that was not answered is itself a reason of that rule's weight, with `missing` true.
    `today` is the day of the evaluation; it is needed where a cardiovascular event is given by its day, and
    `InputError` is raised without it.
    """
    return decide(
        [
            *indication(evaluation, rules),
            *contraindications(evaluation, rules, today),
            *relative_contraindications(evaluation, rules),
            *to_record(evaluation, rules),
        ]
    )


__all__ = ["Evaluation", "assess"]
