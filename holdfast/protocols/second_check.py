"""The independent double check of a pump: a second person, the same numbers, no bolus (rule dose.iv.std)."""

from __future__ import annotations

from holdfast.decision import Decision, Reason, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import is_finite_number
from holdfast.protocols.dose import DoseCalculation

AGREES_WITHIN = 0.05  # half of the last digit a pump shows; a rounding, not a clinical tolerance


def independent_check(
    calculation: DoseCalculation,
    *,
    calculated_by: str,
    checked_by: str | None,
    pump: bool | None,
    pump_dose_mg: float | None,
    pump_rate_ml_per_h: float | None,
    rules: RuleSet,
) -> Decision:
    """May the infusion start? The second person reads dose and rate off the pump, not off our calculation.

    Unknown is never agreement. Raises `InputError` on readings that are no numbers.
    """
    for field, reading in (("pump_dose_mg", pump_dose_mg), ("pump_rate_ml_per_h", pump_rate_ml_per_h)):
        if reading is not None and not (is_finite_number(reading) and reading > 0):
            raise InputError(f"{field}: {reading!r} is not a reading of a pump; give a number above 0")
    found: list[Reason] = []
    if pump is not True:
        text = "No infusion pump is used" if pump is False else "Whether an infusion pump is used is not recorded"
        found += rules.reason("dose.iv.std", "no-pump", text, missing=pump is None)
    if not checked_by:
        found += rules.reason("dose.iv.std", "not-checked", "No second person has checked the pump", missing=True)
    elif checked_by == calculated_by:
        text = "The person who calculated the dose also checked the pump; another person must"
        found += rules.reason("dose.iv.std", "checked-by-the-same-person", text)
    found += pump_reading("dose", pump_dose_mg, calculation.dose_mg, "mg", rules)
    found += pump_reading("rate", pump_rate_ml_per_h, calculation.rate_ml_per_h, "mL/h", rules)
    return decide(found)


def pump_reading(
    what: str, read: float | None, calculated: float | None, unit: str, rules: RuleSet
) -> tuple[Reason, ...]:
    """What stands against one number read off the pump: it is missing, or not the calculated one."""
    if read is None or calculated is None:
        side = "read off the pump" if read is None else "calculated; give the concentration drawn"
        return rules.reason("dose.iv.std", f"{what}-missing", f"The {what} in {unit} is not {side}", missing=True)
    if round(abs(read - calculated), 6) <= AGREES_WITHIN:
        return ()
    text = f"The pump shows {read:g} {unit}, the calculation {calculated:.2f} {unit}"
    return rules.reason("dose.iv.std", f"{what}-differs", text)
