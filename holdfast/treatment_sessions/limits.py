"""The pressures at which a rule of the protocol speaks, as one number and a word each: lines for a picture.

What a pressure asks for is said by `pressure` and `alerts`; nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.facts import RuleSet

_PAUSE = "mon.iv.pause"


@dataclass(frozen=True)
class Limit:
    """One limit: mmHg, which pressure it is of, its rule, and the words beside the line."""

    value: float
    quantity: str
    rule: str
    text: str


def pressure_limits(rules: RuleSet, *, age_y: float | None, infused: bool) -> tuple[Limit, ...]:
    """The limits in force here: before the dose, and of an infusion that runs. At unknown age the lower one counts."""
    found: list[Limit] = []
    if infused:
        found += _of(rules, _PAUSE, ("sbp_max", "dbp_max"), "pause: {} above {:g}")
    older = rules.threshold("pre.bp.eu65", "age_from").met_by(age_y)
    eu = ("sbp_max_from_65" if older else "sbp_max_under_65", "dbp_max")
    before = (("pre.bp.us", ("sbp_max", "dbp_max")), ("pre.bp.iv", ("sbp_max", "dbp_max")), ("pre.bp.eu65", eu))
    for rule_id, names in before:
        found += _of(rules, rule_id, names, "before the dose: {} {:g}")
    return tuple({(one.quantity, one.value, one.text): one for one in found}.values())


def _of(rules: RuleSet, rule_id: str, names: tuple[str, ...], word: str) -> list[Limit]:
    if not rules.in_force(rule_id):
        return []
    unsigned = "" if rules.active(rule_id) else ", not signed"
    limits = [rules.threshold(rule_id, name) for name in names]
    return [
        Limit(limit.value, limit.quantity, rule_id, word.format(limit.quantity, limit.value) + unsigned)
        for limit in limits
    ]
