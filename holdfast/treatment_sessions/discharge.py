"""May the patient go? Every reason against it, each missing thing named, with the minutes that remain."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.decision import Decision, Reason, Weight, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Protocol
from holdfast.treatment_sessions.aldrete import Aldrete, aldrete_reasons
from holdfast.treatment_sessions.clock import minutes_after, minutes_between, past, whole_minutes
from holdfast.treatment_sessions.findings import at_least_a_stop, yes_no
from holdfast.treatment_sessions.predose import cssrs_level_reasons
from holdfast.treatment_sessions.recovery import last_moaas, leaving_tolerance_min, pressure_reasons
from holdfast.treatment_sessions.timing import Clock, observation_end
from holdfast.treatment_sessions.vitals import Vitals

# Numbers of the care rules for the minimum observation: (rule, threshold, drug, route, clock it runs on).
_MINIMA = (
    ("mon.obs.es", "observation_min", "esketamine", "nasal", "dosed_at"),
    ("dis.time", "esketamine_min", "esketamine", "nasal", "dosed_at"),
    ("dis.time", "iv_min", "ketamine", "iv", "dose_ended_at"),
    ("mon.iv.points", "after_stop_min", "ketamine", "iv", "dose_ended_at"),
)


@dataclass(frozen=True)
class Departure:
    """What is known about the patient who would like to go. Every field None = not recorded.

    `dosed_at` is the first device or the start of the infusion, never the last device; `baseline` are the vitals
    before the dose, `measured` those since. `suicidality_assessed`: by a physician, after the dose.
    `clinician_agrees`: the clinician saw the patient and judges them fit to go; `assessed_at` is when that and what
    stands beside it was seen, None where its age is not judged.
    """

    dosed_at: datetime.datetime | None = None
    dose_ended_at: datetime.datetime | None = None
    baseline: Vitals | None = None
    measured: tuple[Vitals, ...] = ()
    sedation_resolved: bool | None = None
    dissociation_resolved: bool | None = None
    respiration_normal: bool | None = None
    orientated: bool | None = None
    steady_gait: bool | None = None
    cssrs_level: str | None = None
    suicidality_assessed: bool | None = None
    escort_present: bool | None = None
    clinician_agrees: bool | None = None
    assessed_at: datetime.datetime | None = None
    aldrete: Aldrete | None = None


def readiness(departure: Departure, *, protocol: Protocol, now: datetime.datetime, rules: RuleSet) -> Decision:
    """May the patient be discharged now? Every reason against it; a dose that has not ended has no discharge.

    Asked everywhere, whatever the jurisdiction: the protocol's observation time, a blood pressure at its end, an
    escort, and the clinician's assessment, which nobody may override. Raises `InputError` for times out of order,
    without zone or after `now`. Rules dis.*, mon.obs.es, pre.cssrs, pre.ride.
    """
    clock = Clock(now, departure.dosed_at, departure.dose_ended_at)
    _check_times(departure, now)
    return decide(
        (
            *_observation(clock, protocol, rules),
            *_pressure(departure, clock, protocol, rules),
            *_resolved(departure, rules),
            *_house(departure, rules),
            *_suicidality(departure, rules),
            *_escort(departure, rules),
            *_assessment(departure, rules),
            *_assessed_early(departure, clock, protocol, rules),
            *aldrete_reasons(departure.aldrete, rules),
        )
    )


def _check_times(departure: Departure, now: datetime.datetime) -> None:
    past(departure.assessed_at, "assessed_at", now)
    for vitals in departure.measured:
        past(vitals.measured_at, "measured_at", now)
    if departure.baseline is None:
        return
    past(departure.baseline.measured_at, "baseline measured_at", now)
    if departure.dosed_at and minutes_between(departure.dosed_at, departure.baseline.measured_at) > 0:
        raise InputError("baseline was measured after the dose; a baseline is measured before it")


def observed_until(protocol: Protocol, clock: Clock, rules: RuleSet) -> datetime.datetime | None:
    """The earliest end of observation: the latest of the protocol's and of every rule in force. None before the end
    of the dose. A protocol can ask for more than a rule, never for less."""
    if clock.dosed_at is None or clock.dose_ended_at is None:
        return None
    ends = [end for end in (observation_end(protocol, clock), clock.dose_ended_at) if end is not None]
    for rule_id, name, drug, route, started in _MINIMA:
        if (drug, route) == (protocol.drug, protocol.route) and rules.active(rule_id):
            minutes = rules.threshold(rule_id, name).in_unit("min")
            ends.append(minutes_after(getattr(clock, started), minutes))
    return max(ends, key=lambda end: end.astimezone(datetime.UTC))


def _observation(clock: Clock, protocol: Protocol, rules: RuleSet) -> tuple[Reason, ...]:
    rule_id = _observation_rule(protocol, rules)
    if clock.dosed_at is None or clock.dose_ended_at is None:
        what = "No dose is recorded" if clock.dosed_at is None else "The dose has not ended"
        text = f"{what}; observation cannot be complete"
        return at_least_a_stop(rules, rule_id, "dose-not-ended", text, missing=True, weight=Weight.HARD_STOP)
    end = observed_until(protocol, clock, rules)
    remaining_min = whole_minutes(minutes_between(clock.now, end)) if end else 0
    if remaining_min <= 0:
        return ()
    return at_least_a_stop(rules, rule_id, "observation-short", f"{remaining_min} min of observation remain")


def _observation_rule(protocol: Protocol, rules: RuleSet) -> str:
    """The strictest rule that asks for the time here: the protocol's own, or dis.time."""
    asked = [r for r in (protocol.observation.rule, "dis.time") if r]
    hard = [r for r in asked if rules.weight(r) is Weight.HARD_STOP]
    return [*hard, *asked][0]


def _pressure(departure: Departure, clock: Clock, protocol: Protocol, rules: RuleSet) -> tuple[Reason, ...]:
    end = observed_until(protocol, clock, rules)
    if departure.dosed_at is None or end is None:
        return ()  # said by _observation already: nothing after the dose can be judged
    return pressure_reasons(
        departure.measured,
        baseline=departure.baseline,
        dosed_at=departure.dosed_at,
        observed_until=end,
        protocol=protocol,
        rules=rules,
    )


def _resolved(departure: Departure, rules: RuleSet) -> tuple[Reason, ...]:
    """The esketamine label says it (mon.obs.es); of ketamine no source does, and nobody sedated leaves there either."""
    asked = (
        ("sedation", departure.sedation_resolved, "Sedation"),
        ("dissociation", departure.dissociation_resolved, "Dissociation"),
        ("respiration", departure.respiration_normal, "Respiratory depression"),
    )
    found: tuple[Reason, ...] = ()
    for code, answer, what in asked:
        if not answer:
            unknown = f"It is not recorded whether {what.lower()} has resolved"
            text = unknown if answer is None else f"{what} has not resolved"
            found += at_least_a_stop(rules, "mon.obs.es", code, text, missing=answer is None)
    return found


def _house(departure: Departure, rules: RuleSet) -> tuple[Reason, ...]:
    """The house list of dis.moaas, told until a named physician signs it."""
    rule_id = "dis.moaas"
    found: tuple[Reason, ...] = ()
    wanted = rules.threshold(rule_id, "moaas")
    moaas = last_moaas(departure.measured, departure.dosed_at) if departure.dosed_at else None
    if moaas is None:
        found += rules.reason(rule_id, "moaas-missing", "No MOAA/S is recorded after the dose", missing=True)
    elif not wanted.met_by(moaas):
        found += rules.reason(rule_id, "moaas-low", f"MOAA/S is {moaas:g}; {wanted.value:g} is needed")
    for code, answer, what in (
        ("not-orientated", departure.orientated, "orientated"),
        ("unsteady", departure.steady_gait, "steady on their feet"),
        ("dissociation", departure.dissociation_resolved, "free of dissociation"),
        ("no-escort", departure.escort_present, "met by an escort"),
    ):
        unknown = f"It is not recorded whether the patient is {what}"
        found += yes_no(rules, rule_id, code, answer=answer, no=f"The patient is not {what}", unknown=unknown)
    if departure.cssrs_level is None:
        found += rules.reason(rule_id, "cssrs-missing", "No C-SSRS level is recorded", missing=True)
    return found


def _suicidality(departure: Departure, rules: RuleSet) -> tuple[Reason, ...]:
    asked: tuple[Reason, ...] = ()
    if not departure.suicidality_assessed:
        unknown = departure.suicidality_assessed is None
        text = (
            "No assessment of suicidality after the dose is recorded"
            if unknown
            else "A physician has not assessed suicidality after the dose"
        )
        asked = rules.reason_or_caution("pre.cssrs", "suicidality-not-assessed", text, missing=unknown)
    # A high level is not lifted by an assessment here: the patient must not be left alone.
    return asked + cssrs_level_reasons(departure.cssrs_level, rules, evaluated=False)


def _escort(departure: Departure, rules: RuleSet) -> tuple[Reason, ...]:
    if departure.escort_present:
        return ()
    unknown = departure.escort_present is None
    text = "No escort is recorded" if unknown else "No escort is present"
    return at_least_a_stop(rules, "pre.ride", "no-escort", text, missing=unknown)


def _assessment(departure: Departure, rules: RuleSet) -> tuple[Reason, ...]:
    if departure.clinician_agrees:
        return ()
    rule_id = _assessing(rules)
    if departure.clinician_agrees is None:
        code, text = "not-assessed", "No clinician's assessment is recorded"
    else:
        code, text = "clinician-disagrees", "The clinician judges the patient not fit to leave"
    missing = departure.clinician_agrees is None
    return at_least_a_stop(rules, rule_id, code, text, missing=missing, weight=Weight.HARD_STOP)


def _assessing(rules: RuleSet) -> str:
    return "mon.obs.es" if rules.concerns("mon.obs.es") else "dis.time"


def _assessed_early(departure: Departure, clock: Clock, protocol: Protocol, rules: RuleSet) -> tuple[Reason, ...]:
    """The label's order is observation, then assessment: who was well before the effect began was not assessed.

    The last look may lie as long before the end of observation as the last pressure may, or so long before now.
    """
    end, seen_at = observed_until(protocol, clock, rules), departure.assessed_at
    if end is None or seen_at is None:
        return ()
    before_end_min = minutes_between(seen_at, min(end, clock.now, key=lambda at: at.astimezone(datetime.UTC)))
    if before_end_min <= leaving_tolerance_min(protocol):
        return ()
    early_min = whole_minutes(before_end_min)
    text = f"The patient was last assessed {early_min} min before the end of observation; assess again"
    return at_least_a_stop(rules, _assessing(rules), "assessed-early", text)


def sentence(decision: Decision) -> str:
    """The answer in one sentence: "Cannot discharge yet: 30 min of observation remain; no escort is recorded"."""
    if decision.allowed:
        return "Ready for discharge"
    texts = dict.fromkeys(_within_a_sentence(reason.text) for reason in decision.against)
    return f"Cannot discharge yet: {'; '.join(texts)}"


def _within_a_sentence(text: str) -> str:
    """Small first letter, except where the first word is an abbreviation such as MOAA/S."""
    return text if text[1:2].isupper() or text[1:2] == "-" else text[:1].lower() + text[1:]
