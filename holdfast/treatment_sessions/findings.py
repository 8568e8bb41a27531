"""Findings that a treatment session cannot do without, in words that name what is missing.

Most findings weigh as their rule weighs here (`RuleSet.reason`). A few must not fall silent where no source speaks
for the jurisdiction: a gate that nobody fed cannot open. `at_least_a_stop` keeps those as stops;
`RuleSet.reason_or_caution` tells what is not known where no rule asks.
"""

from __future__ import annotations

from holdfast.decision import Reason, Weight
from holdfast.facts import RuleSet

STOPS = (Weight.HARD_STOP, Weight.STOP)


def at_least_a_stop(
    rules: RuleSet, rule_id: str, code: str, text: str, *, missing: bool = False, weight: Weight = Weight.STOP
) -> tuple[Reason, ...]:
    """The finding as its rule weighs here, and as `weight` where the rule is silent, unsigned or milder."""
    spoken = rules.reason(rule_id, code, text, missing=missing)
    if spoken and spoken[0].weight in STOPS:
        return spoken
    return (Reason(code, text, rule_id, weight, missing),)


def yes_no(
    rules: RuleSet, rule_id: str, code: str, *, answer: bool | None, no: str, unknown: str
) -> tuple[Reason, ...]:
    """Nothing where the answer is yes; the finding `no` where it is no; the same code as missing where unknown."""
    if answer:
        return ()
    return rules.reason(rule_id, code, unknown if answer is None else no, missing=answer is None)
