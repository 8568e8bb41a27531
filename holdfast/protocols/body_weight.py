"""Which weight a dose is computed from, and why: actual, or ideal where the programme has signed and chosen that."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.decision import Reason
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible
from holdfast.units import CM_PER_INCH, convert

SEXES = ("female", "male")
WEIGHT_DECIMALS = 1


@dataclass(frozen=True)
class DosingWeight:
    """Weight in kg with its kind (`actual` or `ideal`), the reason for it, and the arithmetic in words."""

    actual_kg: float
    used_kg: float
    kind: str
    why: str
    bmi_kg_per_m2: float | None
    steps: tuple[str, ...]
    reasons: tuple[Reason, ...]


def body_mass_index(weight_kg: float, height_cm: float) -> float:
    """kg/m2. Raises `InputError` on a weight or height outside plausible_ranges.csv."""
    plausible("weight_kg", weight_kg)
    plausible("height_cm", height_cm)
    return weight_kg / convert(height_cm, "cm", "m") ** 2


def ideal_weight_kg(height_cm: float, sex: str, rules: RuleSet) -> float:
    """Devine's ideal weight (rule dose.iv.ibw, unverified): base by sex and a slope per inch above 60 in.

    Below that height the base is returned: the formula says nothing there. `sex` is female or male.
    """
    if sex not in SEXES:
        raise InputError(f"sex: {sex!r} is not one of {', '.join(SEXES)}; the ideal weight needs it")
    base = rules.threshold("dose.iv.ibw", f"base_{sex}").value
    above_in = height_cm / CM_PER_INCH - rules.threshold("dose.iv.ibw", "height_from").in_unit("in")
    return base + rules.threshold("dose.iv.ibw", "slope").value * max(0.0, above_in)


def dosing_weight(
    *, weight_kg: float, height_cm: float | None, sex: str | None, confirmed: bool, rules: RuleSet
) -> DosingWeight:
    """The weight to dose by. Raises `InputError` naming the field on impossible or suspicious entries.

    A weight in pounds shows in the BMI only: without a height the second person must check the unit, and says so
    in `steps`. `confirmed` means that a second person read the scales in kilograms.
    """
    plausible("weight_kg", weight_kg)
    plausible("height_cm", height_cm)
    if height_cm is None:
        return _without_height(weight_kg, rules)
    bmi = body_mass_index(weight_kg, height_cm)
    if not confirmed:
        plausible("bmi", round(bmi, 1), field=f"weight_kg: the BMI of {weight_kg:g} kg at {height_cm:g} cm")
    step = f"BMI: {weight_kg:g} kg / ({height_cm / 100:g} m)^2 = {bmi:.1f} kg/m2"
    limit = rules.threshold("dose.iv.ibw", "bmi_min")
    if not limit.met_by(bmi):
        why = f"BMI {bmi:.1f} is below {limit.value:g}"
        return DosingWeight(weight_kg, weight_kg, "actual", why, bmi, (step,), ())
    if not _ideal_chosen(rules):
        why = "the programme doses by actual weight"
        text = f"BMI {bmi:.1f} is {limit.value:g} or more: a dose by ideal weight would be lower; mind the heart"
        found = rules.reason("dose.iv.ibw", "ideal-weight-not-used", text)
        return DosingWeight(weight_kg, weight_kg, "actual", why, bmi, (step,), found)
    return _ideal(weight_kg, height_cm, sex, bmi, step, rules)


def require_like_last(weight_kg: float | None, last_kg: float | None, *, confirmed: bool) -> None:
    """Raises `InputError` where a weight is so unlike that of last time that it may be in pounds, or another patient's.

    Either None: nothing to compare. `confirmed` as for `dosing_weight`. Limits: plausible.weight_of_last_percent.
    """
    if weight_kg is None or last_kg is None or confirmed:
        return
    share = round(100 * weight_kg / last_kg)
    plausible("weight_of_last_percent", share, field=f"weight_kg: {weight_kg:g} kg beside {last_kg:g} kg last time")


def _without_height(weight_kg: float, rules: RuleSet) -> DosingWeight:
    if _ideal_chosen(rules):
        raise InputError("height_cm: is missing; the programme doses by ideal weight from a BMI limit, which needs it")
    step = "BMI: unknown, no height; check that the weight was read in kilograms, not pounds"
    return DosingWeight(weight_kg, weight_kg, "actual", "the programme doses by actual weight", None, (step,), ())


def _ideal(weight_kg: float, height_cm: float, sex: str | None, bmi: float, step: str, rules: RuleSet) -> DosingWeight:
    if sex is None:
        raise InputError(f"sex: is missing; at a BMI of {bmi:.1f} the programme doses by ideal weight, which needs it")
    ideal = round(ideal_weight_kg(height_cm, sex, rules), WEIGHT_DECIMALS)
    why = f"BMI {bmi:.1f}: ideal weight (Devine), signed and chosen by the programme"
    text = f"The dose is computed from the ideal weight of {ideal:g} kg, not from {weight_kg:g} kg"
    inches = height_cm / CM_PER_INCH
    line = f"Ideal weight (Devine, {sex}, {inches:.1f} in): {ideal:g} kg"
    found = rules.reason("dose.iv.ibw", "ideal-weight-used", text)
    return DosingWeight(weight_kg, ideal, "ideal", why, bmi, (step, line), found)


def _ideal_chosen(rules: RuleSet) -> bool:
    """Unverified, so both: the rule signed by a physician and the setting chosen by the programme."""
    return rules.choices.get("dose_weight") == "ideal_from_bmi_30" and rules.active("dose.iv.ibw")
