"""Findings about the patient at the end of observation: pressure, sedation, dissociation, suicidality."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import pairwise

from holdfast.decision import Reason
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Protocol
from holdfast.treatment_sessions.clock import minutes_after, minutes_between
from holdfast.treatment_sessions.findings import at_least_a_stop
from holdfast.treatment_sessions.pressure import asking_rule
from holdfast.treatment_sessions.vitals import Vitals

Pressure = tuple[float, float]


def pressure_reasons(
    measured: Sequence[Vitals],
    *,
    baseline: Vitals | None,
    dosed_at: datetime.datetime,
    observed_until: datetime.datetime,
    protocol: Protocol,
    rules: RuleSet,
) -> tuple[Reason, ...]:
    """Was the pressure measured at the end of observation, and is it falling, or back at baseline?

    `observed_until` is the earliest end of observation; a reading counts as the last from the protocol's tolerance
    before it. Rules mon.bp.es, mon.iv.points (a reading before leaving) and dis.bp (falling and stable), which is the
    esketamine label's and a stop that a physician may override for every drug and route.
    """
    after_dose = sorted(
        (v for v in measured if v.has_pressure and minutes_between(dosed_at, v.measured_at) >= 0),
        key=lambda v: v.measured_at.astimezone(datetime.UTC),
    )
    from_then = minutes_after(observed_until, -leaving_tolerance_min(protocol))
    if not after_dose or minutes_between(from_then, after_dose[-1].measured_at) < 0:
        text = "No blood pressure is recorded at the end of observation"
        found = at_least_a_stop(rules, _asking(rules), "vitals-missing", text, missing=True)
        return found if not after_dose else (*found, *_trend(after_dose, baseline, rules))
    return _trend(after_dose, baseline, rules)


def _asking(rules: RuleSet) -> str:
    return next((r for r in ("mon.bp.es", "mon.iv.points") if rules.concerns(r)), asking_rule(rules))


def leaving_tolerance_min(protocol: Protocol) -> float:
    """How long before the end of observation the last look may lie, by the protocol's check before leaving."""
    return max((c.tolerance_min for c in protocol.checks if c.anchor == "discharge"), default=0.0)


def _trend(after_dose: Sequence[Vitals], baseline: Vitals | None, rules: RuleSet) -> tuple[Reason, ...]:
    readings = [_pressure(v) for v in after_dose]
    last = readings[-1]
    if baseline is not None and baseline.has_pressure:
        before = _pressure(baseline)
        if all(now <= then for now, then in zip(last, before, strict=True)):
            return ()
        shown = f"before the dose {before[0]:g}/{before[1]:g}"
    else:
        shown = "before the dose not recorded"
    if len(readings) == 1:
        text = f"Blood pressure is {last[0]:g}/{last[1]:g} ({shown}); one reading cannot show that it falls"
        return at_least_a_stop(rules, "dis.bp", "bp-not-shown-falling", text, missing=True)
    *_, (previous, latest) = pairwise(readings)
    if all(now <= then for now, then in zip(latest, previous, strict=True)):
        return ()
    text = f"Blood pressure rose from {previous[0]:g}/{previous[1]:g} to {latest[0]:g}/{latest[1]:g} mmHg ({shown})"
    return at_least_a_stop(rules, "dis.bp", "bp-rising", f"{text}; keep monitoring")


def _pressure(vitals: Vitals) -> Pressure:
    if vitals.sbp_mmhg is None or vitals.dbp_mmhg is None:
        raise AssertionError("only readings with both pressures come here")
    return (vitals.sbp_mmhg, vitals.dbp_mmhg)


def last_moaas(measured: Sequence[Vitals], dosed_at: datetime.datetime) -> float | None:
    """The latest MOAA/S after the dose; None where none was rated."""
    rated = [v for v in measured if v.moaas is not None and minutes_between(dosed_at, v.measured_at) >= 0]
    return max(rated, key=lambda v: v.measured_at.astimezone(datetime.UTC)).moaas if rated else None
