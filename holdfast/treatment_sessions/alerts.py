"""What a set of vitals asks for at the chair: pause the infusion, stay beside the patient, call for help.

The sources give numbers for blood pressure during an infusion and (as a house default) for sedation. None gives one
for SpO2 here: its absence is told, its value is the clinician's to judge.
"""

from __future__ import annotations

from holdfast.decision import Decision, Reason, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet, load
from holdfast.treatment_sessions.vitals import Vitals

_PRESSURES = (("Systolic", "sbp_mmhg", "sbp_max"), ("Diastolic", "dbp_mmhg", "dbp_max"))


def vital_alerts(vitals: Vitals, *, rules: RuleSet, infusion: str = "running") -> Decision:
    """What these vitals ask for, of every rule that speaks here.

    `infusion` is `running`, `paused`, or `over`. Above 160/100 a running infusion is paused; a paused one may go on
    when both pressures are below, and exactly 160 or 100 is neither. MOAA/S 3 or less: stay at the chairside; 1 or
    less: emergency (house, inactive until signed); the anchor set must be stored. A missing measurement is a finding.
    Raises `InputError` on an unknown word or an anchor set that is not ours. Rules mon.iv.pause, mon.moaas,
    mon.spo2.es.
    """
    if infusion not in ("running", "paused", "over"):
        raise InputError(f"infusion is {infusion!r}; give running, paused or over")
    found: tuple[Reason, ...] = ()
    if infusion != "over":
        found += _pressure(vitals, infusion, rules)
    if vitals.spo2_percent is None:
        text = "No SpO2 is recorded; a saturation that was not measured is not normal"
        found += rules.reason("mon.spo2.es", "spo2-missing", text, missing=True)
    return decide((*found, *_sedation(vitals, rules)))


def _pressure(vitals: Vitals, infusion: str, rules: RuleSet) -> tuple[Reason, ...]:
    rule_id = "mon.iv.pause"
    found: tuple[Reason, ...] = ()
    if not vitals.has_pressure:
        found += rules.reason(rule_id, "bp-missing", "Blood pressure is not recorded in full; measure it", missing=True)
    for word, field, name in _PRESSURES:
        value, limit = getattr(vitals, field), rules.threshold(rule_id, name)
        if infusion == "running" and limit.met_by(value):
            text = f"{word} pressure is {value:g} mmHg, above {limit.value:g} mmHg: pause the infusion"
            found += rules.reason(rule_id, "pause-infusion", text)
        if infusion == "paused" and value is not None and value >= limit.value:
            text = f"{word} pressure is {value:g} mmHg, not below {limit.value:g} mmHg: do not resume yet"
            found += rules.reason(rule_id, "stay-paused", text)
    return found


def _sedation(vitals: Vitals, rules: RuleSet) -> tuple[Reason, ...]:
    rule_id = "mon.moaas"
    if vitals.moaas is None:
        return rules.reason(rule_id, "moaas-missing", "No MOAA/S is recorded; rate the sedation", missing=True)
    found: tuple[Reason, ...] = ()
    if rules.threshold(rule_id, "emergency").met_by(vitals.moaas):
        text = f"MOAA/S is {vitals.moaas:g}: emergency, call for help"
        found += rules.reason(rule_id, "sedation-emergency", text)
    elif rules.threshold(rule_id, "chairside").met_by(vitals.moaas):
        text = f"MOAA/S is {vitals.moaas:g}: stay at the chairside"
        found += rules.reason(rule_id, "stay-at-chairside", text)
    return found + _anchor_set(vitals.moaas_anchor_set, rules)


def _anchor_set(anchor_set: str | None, rules: RuleSet) -> tuple[Reason, ...]:
    """Published anchors of one level differ, so that a number without its anchor set cannot be read."""
    if anchor_set is None:
        text = "The anchor set of this MOAA/S is not recorded; the levels mean different things in different sets"
        return rules.reason("mon.moaas", "anchor-set-missing", text, missing=True)
    rows = {row["key"]: row for row in load().document("scales", "moaa-s").rows("anchor_set")}
    accepted = [key for key, row in rows.items() if row.get("accepted", True)]
    if anchor_set not in accepted:
        raise InputError(f"moaas_anchor_set is {anchor_set!r}; give one of {', '.join(accepted)}")
    return ()
