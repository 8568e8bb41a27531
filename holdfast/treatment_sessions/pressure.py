"""The blood-pressure gate before a dose: three rules, never one constant.

140/90 is a guide in the US label, a stop for IV ketamine in CANMAT (retold), and 150/90 from 65 years in the EU
(unverified). `RuleSet` says which of them speaks for the drug, route and jurisdiction.
"""

from __future__ import annotations

import datetime

from holdfast.decision import Decision, Reason, caution, decide, softened
from holdfast.facts import RuleSet, Threshold
from holdfast.treatment_sessions.clock import aware, minutes_between, past
from holdfast.treatment_sessions.findings import STOPS, at_least_a_stop
from holdfast.treatment_sessions.vitals import check_pressure

# Which rule says that a pressure is needed before the dose: the gates first, then the protocols' baseline record.
_ASKED_BY = ("pre.bp.us", "pre.bp.iv", "mon.bp.es", "mon.iv.points", "pre.bp.eu65")
# Signed limits that are told as cautions where none is in force: one for each drug.
_PRINTED = ("pre.bp.us", "pre.bp.iv")


def blood_pressure_gate(
    sbp_mmhg: float | None,
    dbp_mmhg: float | None,
    *,
    age_y: float | None,
    measured_at: datetime.datetime | None,
    now: datetime.datetime,
    rules: RuleSet,
    fresh_for_min: float | None = None,
) -> Decision:
    """May a dose start at this pressure, mmHg? A limit itself passes; one above it does not.

    Setting `bp_gate` = `guide` turns the finding above a limit into a caution; a pressure that is missing, or has no
    time, stays a stop everywhere. Where no limit is in force, being above the one printed elsewhere for the drug is a
    caution. A reading older than `fresh_for_min` is a caution (a protocol's tolerance before
    the dose, a house assumption); None = its age is not judged. At unknown age the lower limit counts. Raises
    `InputError` for a pressure that cannot be and for a time without zone or after `now`. Rules pre.bp.us,
    pre.bp.eu65, pre.bp.iv.
    """
    aware(now, "now")
    check_pressure(sbp_mmhg, dbp_mmhg)
    past(measured_at, "bp_measured_at", now)
    reasons = [*_missing(sbp_mmhg, dbp_mmhg, rules)]
    if not reasons:
        reasons += _age_of_reading(measured_at, now, fresh_for_min, rules)
    measured = {"SBP": sbp_mmhg, "DBP": dbp_mmhg}
    in_force = _limits(age_y, rules)
    for rule_id, limits in in_force:
        reasons += _above(rule_id, limits, measured, rules)
    if not any(rules.active(rule_id) for rule_id, _ in in_force):
        reasons += _above_elsewhere(measured, rules)
    return decide(reasons)


def _missing(sbp_mmhg: float | None, dbp_mmhg: float | None, rules: RuleSet) -> tuple[Reason, ...]:
    absent = [n for n, value in (("systolic", sbp_mmhg), ("diastolic", dbp_mmhg)) if value is None]
    if not absent:
        return ()
    what = "No blood pressure is recorded" if len(absent) == 2 else f"No {absent[0]} pressure is recorded"
    return at_least_a_stop(rules, asking_rule(rules), "bp-missing", f"{what}; measure it before the dose", missing=True)


def asking_rule(rules: RuleSet) -> str:
    """The rule that asks for a pressure here: one that stops here first, else one that knows the drug and route."""
    stopping = [r for r in _ASKED_BY if rules.weight(r) in STOPS]
    known = [r for r in _ASKED_BY if rules.concerns(r)]
    return [*stopping, *known, *_ASKED_BY][0]


def _age_of_reading(
    measured_at: datetime.datetime | None, now: datetime.datetime, fresh_for_min: float | None, rules: RuleSet
) -> tuple[Reason, ...]:
    rule_id = asking_rule(rules)
    if measured_at is None:
        text = "The blood pressure has no time; record when it was measured"
        return at_least_a_stop(rules, rule_id, "bp-time-missing", text, missing=True)
    age_min = minutes_between(measured_at, now)
    if fresh_for_min is not None and age_min > fresh_for_min:
        text = f"The blood pressure was measured {age_min:.0f} min ago, more than {fresh_for_min:g} min; measure again"
        return (caution("bp-stale", text, rule_id),)
    return ()


def _limits(age_y: float | None, rules: RuleSet) -> list[tuple[str, tuple[Threshold, ...]]]:
    older = rules.threshold("pre.bp.eu65", "age_from").met_by(age_y)  # None at unknown age: the lower limit counts
    eu_sbp = "sbp_max_from_65" if older else "sbp_max_under_65"
    names = {
        "pre.bp.us": ("sbp_max", "dbp_max"),
        "pre.bp.eu65": (eu_sbp, "dbp_max"),
        "pre.bp.iv": ("sbp_max", "dbp_max"),
    }
    # An unsigned rule of another jurisdiction is not even told: its limit is not the limit here.
    return [(r, tuple(rules.threshold(r, n) for n in found)) for r, found in names.items() if rules.in_force(r)]


def _above(
    rule_id: str, limits: tuple[Threshold, ...], measured: dict[str, float | None], rules: RuleSet
) -> tuple[Reason, ...]:
    found: tuple[Reason, ...] = ()
    for limit in limits:
        value = measured[limit.quantity]
        if limit.met_by(value):
            word, code = ("Systolic", "sbp-high") if limit.quantity == "SBP" else ("Diastolic", "dbp-high")
            text = f"{word} pressure is {value:g} mmHg, above {limit.value:g} mmHg; weigh benefit and risk, or wait"
            found += rules.reason(rule_id, code, text)
    return softened(found) if rules.choices["bp_gate"] == "guide" else found


def _above_elsewhere(measured: dict[str, float | None], rules: RuleSet) -> tuple[Reason, ...]:
    """A pressure above the limit that another jurisdiction or route prints: no limit here does not make it normal."""
    rule = next(rule for rule in map(rules.rule, _PRINTED) if rules.drug in (*rule.drugs, "any"))
    where = f"{', '.join(rule.routes)} {', '.join(rule.drugs)} in {', '.join(rule.jurisdictions)}"
    found: tuple[Reason, ...] = ()
    for limit in (rule.threshold("sbp_max"), rule.threshold("dbp_max")):
        value = measured[limit.quantity]
        if limit.met_by(value):
            word, code = ("Systolic", "sbp-high") if limit.quantity == "SBP" else ("Diastolic", "dbp-high")
            text = (
                f"{word} pressure is {value:g} mmHg. No limit is in force here; above {limit.value:g} mmHg, the limit "
                f"for {where}, weigh benefit and risk, or wait"
            )
            found += (caution(code, text, rule.id),)
    return found
