"""Esketamine is given in whole devices: how many, when, and whether this dose may be given on this day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.days import DAYS_PER_WEEK
from holdfast.decision import Decision, Reason, caution, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible
from holdfast.protocols.doses import age_decides, doses_elsewhere, doses_for, plan_reason
from holdfast.protocols.parts import Dose, Phase
from holdfast.protocols.protocol import Protocol


@dataclass(frozen=True)
class DeviceDose:
    """A dose in devices. `devices` is None and `device_minutes` empty where the dose is not whole devices.

    `device_minutes` are minutes after the first device, from which the observation clock runs.
    """

    dose_mg: float
    devices: int | None
    sprays: int | None
    device_minutes: tuple[float, ...]
    week: int
    phase: str | None
    amounts_mg: tuple[float, ...]
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "dose_mg": self.dose_mg,
            "devices": self.devices,
            "sprays": self.sprays,
            "device_minutes": list(self.device_minutes),
            "week": self.week,
            "phase": self.phase,
            "allowed_doses_mg": list(self.amounts_mg),
            "decision": self.decision.as_dict(),
        }


def week_of_day(day: int) -> int:
    """Week of the course, from 1, of a day counted from 1: days 1-7 are week 1, day 29 is the first of week 5."""
    if isinstance(day, bool) or not isinstance(day, int) or day < 1:
        raise InputError(f"day: {day!r} is not a day of the course; the first treatment session is on day 1")
    return (day - 1) // DAYS_PER_WEEK + 1


def device_dose(
    protocol: Protocol, *, dose_mg: float, day: int, indication: str, age_y: float | None, rules: RuleSet
) -> DeviceDose:
    """Devices for `dose_mg` on `day` of the course (1 = the first treatment session), and what stands against it.

    The jurisdiction is that of `rules`. A dose that is not whole devices cannot be given (dose.es.device); one
    outside the phase, day, age or jurisdiction may be overridden (dose.es.day1, .ind, .m1, .m2, .mdsi). Raises
    `InputError` on an impossible day, dose or age, and where the protocol uses no devices.
    """
    if protocol.administration.device_mg is None:
        raise InputError(f"protocol: {protocol.id} is not given in devices; use the dose by weight")
    plausible("dose_mg", dose_mg)
    plausible("age_y", age_y)
    week = week_of_day(day)
    phase = protocol.phase_at(indication, week)
    rows = () if phase is None else _rows(protocol, phase, day, indication, age_y, rules)
    devices = _devices(dose_mg, rules)
    reasons = [
        *_device_reasons(dose_mg, devices, rules),
        *_plan_reasons(dose_mg, day, indication, phase, rows, age_y, rules),
        *_other_labels(protocol, dose_mg, day, indication, phase, age_y, rules),
    ]
    rest_min = rules.threshold("dose.es.device", "rest_min").in_unit("min")
    return DeviceDose(
        dose_mg=dose_mg,
        devices=devices,
        sprays=None if devices is None else devices * int(rules.threshold("dose.es.device", "sprays").value),
        device_minutes=tuple(rest_min * n for n in range(devices or 0)),
        week=week,
        phase=phase.key if phase else None,
        amounts_mg=_common_amounts(rows),
        decision=decide(reasons),
    )


def _rows(
    protocol: Protocol, phase: Phase, day: int, indication: str, age_y: float | None, rules: RuleSet
) -> tuple[Dose, ...]:
    return doses_for(
        protocol, phase=phase, day_1=day == 1, indication=indication, jurisdiction=rules.jurisdiction, age_y=age_y
    )


def _devices(dose_mg: float, rules: RuleSet) -> int | None:
    if not rules.threshold("dose.es.device", "step_mg").met_by(dose_mg):
        return None
    return round(dose_mg / rules.threshold("dose.es.device", "device_mg").in_unit("mg"))


def _device_reasons(dose_mg: float, devices: int | None, rules: RuleSet) -> tuple[Reason, ...]:
    if devices is not None:
        return ()
    step = rules.threshold("dose.es.device", "step_mg").value
    text = f"{dose_mg:g} mg cannot be given: a device holds {step:g} mg and cannot be divided"
    return rules.reason("dose.es.device", "not-whole-devices", text)


def _plan_reasons(
    dose_mg: float,
    day: int,
    indication: str,
    phase: Phase | None,
    rows: tuple[Dose, ...],
    age_y: float | None,
    rules: RuleSet,
) -> tuple[Reason, ...]:
    if phase is None:
        text = f"Day {day} lies beyond the plan for {indication}: later treatment was not systematically evaluated"
        return rules.reason("dose.es.mdsi", "beyond-the-plan", text)
    if not rows:
        age = f" at {age_y:g} years" if age_y is not None else ""
        text = f"The protocol holds no dose for {indication}{_place(rules)}{age}"
        return rules.reason(phase.rule, "no-dose-stated", text) if phase.rule else ()
    agreed = all(dose_mg in dose.amounts for dose in rows)
    if age_decides(rows, age_y) and not (agreed and len(rows) > 1):
        return plan_reason(
            rules, rows[0], "age-missing", "The dose depends on the age, which is not recorded", missing=True
        )
    if agreed:
        return ()
    listed = ", ".join(f"{amount:g}" for amount in rows[0].amounts)
    code = "not-the-day-1-dose" if rows[0].day_1 else "not-a-dose-of-this-phase"
    when = "On day 1" if rows[0].day_1 else f"In week {week_of_day(day)}"
    age = f" at {age_y:g} years" if age_y is not None else ""
    text = f"{when} the doses for {indication}{_place(rules)}{age} are {listed} mg, not {dose_mg:g} mg"
    return plan_reason(rules, rows[0], code, text)


def _other_labels(
    protocol: Protocol,
    dose_mg: float,
    day: int,
    indication: str,
    phase: Phase | None,
    age_y: float | None,
    rules: RuleSet,
) -> tuple[Reason, ...]:
    """A caution where no label of this jurisdiction was read and those of others give another dose at this age."""
    if phase is None or phase.rule is None:
        return ()
    rows = doses_elsewhere(protocol, phase=phase, day_1=day == 1, indication=indication, age_y=age_y)
    rule_id = next((row.rule for row in rows if row.rule), phase.rule)
    if rules.holds_in & set(rules.rule(rule_id).jurisdictions):
        return ()
    text = "; ".join(
        f"{', '.join(row.jurisdictions)}{_ages(row)}: {', '.join(f'{amount:g}' for amount in row.amounts)} mg"
        for row in rows
        if dose_mg not in row.amounts
    )
    if not text:
        return ()
    told = f"No label was read for this jurisdiction; {dose_mg:g} mg is not the dose of other labels ({text})"
    return (caution("dose-not-of-other-labels", told, rule_id),)


def _ages(dose: Dose) -> str:
    if dose.age_min_y is not None:
        return f" from {dose.age_min_y:g} years"
    return f" up to {dose.age_max_y:g} years" if dose.age_max_y is not None else ""


def _common_amounts(rows: tuple[Dose, ...]) -> tuple[float, ...]:
    if not rows:
        return ()
    return tuple(amount for amount in rows[0].amounts if all(amount in dose.amounts for dose in rows))


def _place(rules: RuleSet) -> str:
    return "" if rules.jurisdiction == "none" else f" in {rules.jurisdiction}"
