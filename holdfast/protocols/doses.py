"""Which doses the protocol allows: by phase, day, jurisdiction and age. Unknown age is never taken for a young one."""

from __future__ import annotations

from holdfast.decision import Reason, Weight
from holdfast.facts import RuleSet, jurisdiction_reach, load
from holdfast.protocols.parts import Dose, Phase
from holdfast.protocols.protocol import UNREAD, Protocol


def doses_for(
    protocol: Protocol, *, phase: Phase, day_1: bool, indication: str, jurisdiction: str, age_y: float | None
) -> tuple[Dose, ...]:
    """The rows that hold: one where all is known; several where the age decides and is unknown; none where the
    protocol states no dose. Rows that name the jurisdiction (or one whose rules hold in it) go before `any`.

    `age_y` in years, whole or not; a row `up to 64` holds until the 65th birthday.
    """
    here = jurisdiction_reach(jurisdiction, load()) - {"any"}
    fitting = [
        dose
        for dose in protocol.doses
        if dose.indication in (indication, "any") and phase.key in dose.phases and dose.day_1 in (day_1, None)
    ]
    named = [dose for dose in fitting if here & set(dose.jurisdictions)]
    rows = named or [dose for dose in fitting if "any" in dose.jurisdictions]
    return tuple(dose for dose in rows if age_y is None or dose.holds_at(age_y))


def doses_elsewhere(
    protocol: Protocol, *, phase: Phase, day_1: bool, indication: str, age_y: float | None
) -> tuple[Dose, ...]:
    """The rows that name a jurisdiction, whichever it is, and hold at this age (every one of them where unknown)."""
    return tuple(
        dose
        for dose in protocol.doses
        if "any" not in dose.jurisdictions
        and dose.indication in (indication, "any")
        and phase.key in dose.phases
        and dose.day_1 in (day_1, None)
        and (age_y is None or dose.holds_at(age_y))
    )


def age_decides(rows: tuple[Dose, ...], age_y: float | None) -> bool:
    """Is the age unknown although the dose depends on it?"""
    return age_y is None and any(dose.needs_age for dose in rows)


def plan_reason(
    rules: RuleSet, part: Dose | Phase, code: str, text: str, *, missing: bool = False
) -> tuple[Reason, ...]:
    """A departure from a part of the protocol, weighed by the care rule it follows.

    A part whose own numbers are assumed or unverified is told, not enforced, until its fact id is signed; a signed
    part without a care rule is a stop that a physician may override.
    """
    rule = part.rule or part.fact_id
    if part.status in UNREAD and part.fact_id not in rules.signed:
        return (Reason(code, text, rule, Weight.INACTIVE, missing),)
    if part.rule is None:
        return (Reason(code, text, rule, Weight.STOP, missing),)
    return rules.reason(part.rule, code, text, missing=missing)
