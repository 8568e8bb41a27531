"""Dose by weight, its rate and volume, with the arithmetic in words for the second person who checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.decision import Decision, Reason, caution, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet, compare
from holdfast.facts.plausible import plausible
from holdfast.protocols.body_weight import DosingWeight, dosing_weight
from holdfast.protocols.parts import Dose
from holdfast.protocols.protocol import UNREAD, Protocol
from holdfast.units import MIN_PER_H

DOSE_DECIMALS = 1  # what a syringe and a pump can be set to; every rate is computed from the rounded dose


@dataclass(frozen=True)
class DoseCalculation:
    """A dose with its arithmetic. None where a value does not apply or was not given; amounts as the vial says.

    `maximum_mg` is the highest dose the protocol's sources have used at this weight. `steps` are lines that a second
    person can follow with pencil and paper.
    """

    protocol: str
    dose_mg: float
    dose_mg_per_kg: float | None
    weight_kg: float | None
    weight_used_kg: float | None
    weight_used: str | None
    why_weight: str | None
    bmi_kg_per_m2: float | None
    duration_min: float | None
    rate_mg_per_h: float | None
    concentration_mg_per_ml: float | None
    volume_ml: float | None
    rate_ml_per_h: float | None
    maximum_mg: float | None
    steps: tuple[str, ...]
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; numbers to four decimals."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("steps", "decision")}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in plain.items()}
        return {**rounded, "steps": list(self.steps), "decision": self.decision.as_dict()}


def weight_based_dose(
    protocol: Protocol,
    *,
    weight_kg: float,
    rules: RuleSet,
    height_cm: float | None = None,
    sex: str | None = None,
    dose_mg_per_kg: float | None = None,
    duration_min: float | None = None,
    concentration_mg_per_ml: float | None = None,
    weight_confirmed: bool = False,
) -> DoseCalculation:
    """Dose by weight; for an infusion the rate in mg/h, and with the concentration drawn the volume and mL/h.

    The dose per kg and the duration default to the protocol's. The actual weight is used unless rule dose.iv.ibw is
    signed and setting `dose_weight` chooses the ideal one from a BMI of 30. Rule dose.iv.range asks for a reason
    outside its range; dose.iv.std refuses a bolus and, in `independent_check`, a pump nobody else checked. A dose
    other than the usual one but inside the range needs no reason. Raises `InputError` with the field named on
    entries nobody can have: pounds, metres, slipped decimals; a very high BMI is taken once `weight_confirmed`.
    """
    weight = dosing_weight(weight_kg=weight_kg, height_cm=height_cm, sex=sex, confirmed=weight_confirmed, rules=rules)
    per_kg = _dose_per_kg(protocol, dose_mg_per_kg, rules)
    duration = duration_min if duration_min is not None else protocol.administration.duration_min
    plausible("duration_min", duration)
    plausible("concentration_mg_per_ml", concentration_mg_per_ml)
    dose_mg = round(per_kg * weight.used_kg, DOSE_DECIMALS)
    reasons = [
        *weight.reasons,
        *_experimental(protocol),
        *infusion_reasons(per_kg, duration, rules),
        *_oral_reasons("dose_studied", per_kg, "mg/kg", rules),
    ]
    arithmetic = [*weight.steps, f"Dose: {per_kg:g} mg/kg x {weight.used_kg:g} kg = {dose_mg:g} mg"]
    return _calculation(protocol, dose_mg, per_kg, weight, duration, concentration_mg_per_ml, arithmetic, reasons)


def fixed_dose(
    protocol: Protocol, *, rules: RuleSet, dose_mg: float | None = None, concentration_mg_per_ml: float | None = None
) -> DoseCalculation:
    """A dose that does not depend on weight; defaults to the protocol's, where it has a fixed one that may be used.

    Raises `InputError` for infusions, which are dosed by weight, and for impossible entries.
    """
    if protocol.administration.device_mg is not None or protocol.route == "iv":
        raise InputError(f"protocol: {protocol.id} has no fixed doses")
    plausible("dose_mg", dose_mg)
    plausible("concentration_mg_per_ml", concentration_mg_per_ml)
    chosen = dose_mg if dose_mg is not None else _usual(protocol, "mg", "dose_mg", rules)
    reasons = [*_experimental(protocol), *_oral_reasons("dose_fixed_studied", chosen, "mg", rules)]
    steps = [f"Dose: {chosen:g} mg, fixed"]
    return _calculation(protocol, chosen, None, None, None, concentration_mg_per_ml, steps, reasons)


def calculated_dose(
    protocol: Protocol,
    *,
    rules: RuleSet,
    weight_kg: float | None = None,
    dose_mg: float | None = None,
    height_cm: float | None = None,
    sex: str | None = None,
    dose_mg_per_kg: float | None = None,
    duration_min: float | None = None,
    concentration_mg_per_ml: float | None = None,
    weight_confirmed: bool = False,
) -> DoseCalculation:
    """The dose in the way the protocol gives it: fixed where `dose_mg` is named or its usual dose is, else by weight.

    Not for protocols given in devices. Raises `InputError` as the two ways do, and where the weight is missing.
    """
    if dose_mg is not None or (weight_kg is None and protocol.doses[0].unit == "mg"):
        return fixed_dose(protocol, rules=rules, dose_mg=dose_mg, concentration_mg_per_ml=concentration_mg_per_ml)
    if weight_kg is None:
        raise InputError(f"weight_kg: give the weight; {protocol.id} is dosed by it")
    return weight_based_dose(
        protocol,
        weight_kg=weight_kg,
        rules=rules,
        height_cm=height_cm,
        sex=sex,
        dose_mg_per_kg=dose_mg_per_kg,
        duration_min=duration_min,
        concentration_mg_per_ml=concentration_mg_per_ml,
        weight_confirmed=weight_confirmed,
    )


def _calculation(
    protocol: Protocol,
    dose_mg: float,
    per_kg: float | None,
    weight: DosingWeight | None,
    duration_min: float | None,
    concentration: float | None,
    arithmetic: list[str],
    reasons: list[Reason],
) -> DoseCalculation:
    rate_mg_per_h = None if duration_min is None else dose_mg * MIN_PER_H / duration_min
    volume_ml = None if concentration is None else dose_mg / concentration
    rate_ml_per_h = None
    if rate_mg_per_h is not None:
        arithmetic.append(f"Rate: {dose_mg:g} mg x 60 / {duration_min:g} min = {rate_mg_per_h:.2f} mg/h")
    if volume_ml is not None:
        arithmetic.append(f"Volume: {dose_mg:g} mg / {concentration:g} mg/mL = {volume_ml:.2f} mL")
        if duration_min is not None:
            rate_ml_per_h = volume_ml * MIN_PER_H / duration_min
            arithmetic.append(f"Pump: {volume_ml:.2f} mL x 60 / {duration_min:g} min = {rate_ml_per_h:.2f} mL/h")
    return DoseCalculation(
        protocol=protocol.id,
        dose_mg=dose_mg,
        dose_mg_per_kg=per_kg,
        weight_kg=weight.actual_kg if weight else None,
        weight_used_kg=weight.used_kg if weight else None,
        weight_used=weight.kind if weight else None,
        why_weight=weight.why if weight else None,
        bmi_kg_per_m2=weight.bmi_kg_per_m2 if weight else None,
        duration_min=duration_min,
        rate_mg_per_h=rate_mg_per_h,
        concentration_mg_per_ml=concentration,
        volume_ml=volume_ml,
        rate_ml_per_h=rate_ml_per_h,
        maximum_mg=_maximum_mg(protocol, weight),
        steps=tuple(arithmetic),
        decision=decide(reasons),
    )


def _maximum_mg(protocol: Protocol, weight: DosingWeight | None) -> float | None:
    """The highest dose the protocol's sources have used at this weight; None where they name none."""
    how = protocol.administration
    by_weight = how.per_kg_max * weight.used_kg if how.per_kg_max is not None and weight is not None else None
    return min((ceiling for ceiling in (how.dose_max_mg, by_weight) if ceiling is not None), default=None)


def _dose_per_kg(protocol: Protocol, asked: float | None, rules: RuleSet) -> float:
    if protocol.administration.device_mg is not None:
        raise InputError(f"protocol: {protocol.id} is given in devices, not by weight; give the dose in mg")
    plausible(f"dose_mg_per_kg.{protocol.route}", asked, field="dose_mg_per_kg")
    return asked if asked is not None else _usual(protocol, "mg/kg", "dose_mg_per_kg", rules)


def _usual(protocol: Protocol, unit: str, field: str, rules: RuleSet) -> float:
    """The protocol's usual dose; an assumed one serves only once its fact id is signed."""
    rows: list[Dose] = [dose for dose in protocol.doses if dose.unit == unit]
    if not rows:
        raise InputError(f"{field}: protocol {protocol.id} holds no dose in {unit}; name the dose")
    if rows[0].status in UNREAD and rows[0].fact_id not in rules.signed:
        raise InputError(
            f"{field}: the dose of {protocol.id} is only {rows[0].status}; name the dose, or have a physician sign "
            f"{rows[0].fact_id}"
        )
    return rows[0].amounts[0]


def _experimental(protocol: Protocol) -> tuple[Reason, ...]:
    if not protocol.experimental:
        return ()
    return (caution("experimental", f"{protocol.name} is experimental", protocol.id),)


def infusion_reasons(per_kg: float, duration_min: float | None, rules: RuleSet) -> tuple[Reason, ...]:
    """What speaks against this dose per kg over this time, whatever the weight."""
    free = rules.threshold("dose.iv.range", "dose_no_reason")
    published = rules.threshold("dose.iv.range", "dose_published")
    lasts = rules.threshold("dose.iv.range", "duration_published")
    found: list[Reason] = []
    if not free.met_by(per_kg):
        low, high = free.values
        text = f"{per_kg:g} mg/kg is outside {low:g} to {high:g} mg/kg: record the reason"
        found += rules.reason("dose.iv.range", "dose-needs-a-reason", text)
    if not published.met_by(per_kg):
        low, high = published.values
        text = f"{per_kg:g} mg/kg is outside the published {low:g} to {high:g} mg/kg"
        found += rules.reason("dose.iv.range", "dose-outside-published", text)
        if compare(per_kg, ">", published.values[-1:]):
            text = f"{per_kg:g} mg/kg is more than {high:g} mg/kg, the most that was published"
            found += rules.reason("dose.iv.std", "dose-above-maximum", text)
    if duration_min is not None and not lasts.met_by(duration_min):
        low, high = lasts.values
        text = f"{duration_min:g} min is outside the published {low:g} to {high:g} min"
        found += rules.reason("dose.iv.range", "duration-outside-published", text)
        if compare(duration_min, "<", lasts.values):
            found += rules.reason("dose.iv.std", "bolus", f"{duration_min:g} min is a bolus; use an infusion pump")
    return tuple(found)


def _oral_reasons(name: str, amount: float, unit: str, rules: RuleSet) -> tuple[Reason, ...]:
    studied = rules.threshold("dose.oral", name)
    if studied.met_by(amount):
        return ()
    low, high = studied.values
    text = f"{amount:g} {unit} is outside the studied oral {low:g} to {high:g} {unit}"
    return rules.reason("dose.oral", "dose-outside-studied", text)
