"""The gates of a flow-sheet: may the dose start, may it go on, may the patient go; and what an override covers.

Nothing is judged here that the rules of this package do not judge: this puts their questions to a `Sheet`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.decision import Decision, Reason, Weight, caution, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.protocols.consent import ConsentState, consent_against
from holdfast.protocols.devices import DeviceDose, device_dose
from holdfast.protocols.dose import DoseCalculation, calculated_dose
from holdfast.protocols.second_check import AGREES_WITHIN, independent_check, pump_reading
from holdfast.treatment_sessions.alerts import vital_alerts
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.discharge import readiness
from holdfast.treatment_sessions.entries import DoseToGive, Gate, Kind
from holdfast.treatment_sessions.findings import at_least_a_stop
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.predose import pre_dose, refused_today

# Findings about a measurement: an override covers the reading it was given for, not a later one.
OF_A_READING = frozenset({"sbp-high", "dbp-high", "bp-stale", "stay-paused", "bp-rising", "bp-not-shown-falling"})
BY_NOBODY = frozenset({"no-dose", "dose-not-checked-by-another"})


@dataclass(frozen=True)
class Person:
    """What the gates depend on besides the sheet. `day` counts from the first treatment session, which is day 1.

    `course` is what the course itself has against a dose, as whoever keeps it says.
    """

    indication: str
    age_y: float | None
    sex: str | None
    day: int
    consent: ConsentState = ConsentState.NOT_KEPT  # to the course; rolling consent is asked on the sheet
    consent_on: datetime.date | None = None
    course: tuple[Reason, ...] = ()


def worked_out(dose: DoseToGive, sheet: Sheet, person: Person, rules: RuleSet) -> DoseCalculation | DeviceDose:
    """The dose with its arithmetic, or its devices. Raises `InputError` for what cannot be, naming the field."""
    if sheet.in_devices:
        if dose.dose_mg is None:
            raise InputError("dose_mg: give the dose in mg; it is given in devices")
        return device_dose(
            sheet.protocol, dose_mg=dose.dose_mg, day=person.day, indication=person.indication, age_y=person.age_y,
            rules=rules,
        )  # fmt: skip
    return calculated_dose(
        sheet.protocol,
        rules=rules,
        weight_kg=dose.weight_kg,
        height_cm=dose.height_cm,
        sex=person.sex,
        dose_mg=dose.dose_mg,
        dose_mg_per_kg=dose.dose_mg_per_kg,
        duration_min=dose.duration_min,
        concentration_mg_per_ml=dose.concentration_mg_per_ml,
        weight_confirmed=dose.weight_confirmed,
    )


def before_dose(sheet: Sheet, *, now: datetime.datetime, person: Person, rules: RuleSet) -> Decision:
    """May the dose start now? The pre-dose rules, those of the dose, and the second person's check, all reasons."""
    check = pre_dose(sheet.pre_dose(), now=now, rules=rules, age_y=person.age_y, bp_fresh_for_min=_fresh_for_min(sheet))
    consent = consent_against(person.consent, person.consent_on)
    return decide((*person.course, *consent, *all_reasons(check), *_dose_reasons(sheet, person, rules)))


def started_with(rate_ml_per_h: float | None, sheet: Sheet, person: Person, rules: RuleSet) -> tuple[Reason, ...]:
    """What stands against the rate a pump is started with: it is not the one that was worked out and checked.

    Nothing where none is given, which is that of the calculation, or the calculation has none. The finding is that of
    the second person's check (rule dose.iv.std), so that an override given for the rate they read covers it.
    """
    entry = sheet.last(Kind.DOSE)
    if rate_ml_per_h is None or entry is None or not sheet.infused:
        return ()
    dose = worked_out(entry.content, sheet, person, rules)
    if not isinstance(dose, DoseCalculation) or dose.rate_ml_per_h is None:
        return ()
    return pump_reading("rate", rate_ml_per_h, dose.rate_ml_per_h, "mL/h", rules)


def may_resume(sheet: Sheet, rules: RuleSet) -> Decision:
    """May a paused infusion go on? By the last pressure since the pause; none is a stop."""
    paused = sheet.last(Kind.PAUSE)
    since = [v for v in sheet.split()[1] if v.has_pressure and paused and v.measured_at >= paused.made_at]
    if not since:
        text = "No blood pressure is recorded since the pause; measure it before the infusion goes on"
        return decide(at_least_a_stop(rules, "mon.iv.pause", "bp-missing", text, missing=True))
    found = vital_alerts(since[-1], rules=rules, infusion="paused")
    return decide(reason for reason in all_reasons(found) if reason.rule == "mon.iv.pause")


def may_leave(sheet: Sheet, *, now: datetime.datetime, rules: RuleSet) -> Decision:
    """May the patient go now? Every reason against it."""
    return readiness(sheet.departure(), protocol=sheet.protocol, now=now, rules=rules)


def decision_at(gate: Gate, sheet: Sheet, *, now: datetime.datetime, person: Person, rules: RuleSet) -> Decision:
    """The decision of one gate."""
    if gate is Gate.DOSE:
        return before_dose(sheet, now=now, person=person, rules=rules)
    if gate is Gate.RESUME:
        return decide((*withdrawn(sheet, person), *all_reasons(may_resume(sheet, rules))))
    return may_leave(sheet, now=now, rules=rules)


def withdrawn(sheet: Sheet, person: Person) -> tuple[Reason, ...]:
    """The course ended, or consent taken back: no more of the drug is given, whatever was given before."""
    consent = consent_against(person.consent, person.consent_on)
    course = (r for r in (*person.course, *consent) if r.weight is Weight.HARD_STOP)
    return (*course, *refused_today(consent_reconfirmed=sheet.pre_dose().consent_reconfirmed))


def still_against(decision: Decision, sheet: Sheet, gate: Gate) -> tuple[Reason, ...]:
    """What stands against it after the overrides on the sheet. A hard stop never yields."""
    return tuple(r for r in decision.against if r.weight is not Weight.STOP or not overridden(r, sheet, gate))


def overridden(reason: Reason, sheet: Sheet, gate: Gate) -> bool:
    """Does an override of this gate cover the finding? One about a reading ends with the next reading."""
    return any(
        (o.content.gate, o.content.rule, o.content.code) == (gate, reason.rule, reason.code)
        and (reason.code not in OF_A_READING or _knew_every_pressure(o, sheet))
        for o in sheet.of(Kind.OVERRIDE)
        if o.physician
    )


def _knew_every_pressure(override: Entry, sheet: Sheet) -> bool:
    """Was every pressure measured, and written down as it stands now, before the physician decided?"""
    return all(
        minutes_between(seen.made_at, override.made_at) >= 0 and seen.received_at <= override.received_at
        for seen in sheet.of(Kind.OBSERVATION)
        if seen.content.sbp_mmhg is not None and seen.content.dbp_mmhg is not None
    )


def may_be_overridden(reason: Reason) -> bool:
    """Is it a stop that a physician may override? A dose that nobody worked out or checked is not."""
    return reason.weight is Weight.STOP and reason.code not in BY_NOBODY


def all_reasons(decision: Decision) -> tuple[Reason, ...]:
    """Every finding of a decision, whatever its weight."""
    return (*decision.against, *decision.cautions, *decision.to_record, *decision.inactive)


def _fresh_for_min(sheet: Sheet) -> float | None:
    return next((c.tolerance_min for c in sheet.protocol.checks if c.anchor == "before-dose"), None)


def _dose_reasons(sheet: Sheet, person: Person, rules: RuleSet) -> Iterable[Reason]:
    entry = sheet.last(Kind.DOSE)
    if entry is None:
        return [_hard(sheet, rules, "no-dose", "No dose is worked out for today")]
    dose = worked_out(entry.content, sheet, person, rules)
    asked = [r for r in all_reasons(dose.decision) if not (r.code == "dose-needs-a-reason" and entry.content.reason)]
    return [*asked, *_second_person(sheet, dose, rules)]


def _second_person(sheet: Sheet, dose: DoseCalculation | DeviceDose, rules: RuleSet) -> Iterable[Reason]:
    """The check of the dose by somebody else; for devices, of which no source asks it, as a caution."""
    entry = sheet.last(Kind.DOSE)
    assert entry is not None
    checks = [c for c in sheet.of(Kind.DOSE_CHECK) if c.content.of == entry.key]
    check = checks[-1] if checks else None
    if isinstance(dose, DeviceDose):
        return _devices_checked(dose, check.content.dose_mg if check else None)
    found: list[Reason] = []
    if sheet.infused:
        found += all_reasons(
            independent_check(
                dose, calculated_by=entry.by, checked_by=check.by if check else None,
                pump=check.content.pump if check else None, pump_dose_mg=check.content.dose_mg if check else None,
                pump_rate_ml_per_h=check.content.rate_ml_per_h if check else None, rules=rules,
            )
        )  # fmt: skip
    if check is None or check.by == entry.by:
        found.append(_hard(sheet, rules, "dose-not-checked-by-another", "No second person has checked the dose"))
    elif abs(check.content.dose_mg - dose.dose_mg) > AGREES_WITHIN:
        text = f"The second person read {check.content.dose_mg:g} mg, the calculation says {dose.dose_mg:g} mg"
        found.append(_hard(sheet, rules, "dose-differs", text))
    return found


def _devices_checked(dose: DeviceDose, read_mg: float | None) -> Iterable[Reason]:
    if read_mg is None:
        return [caution("not-checked", "No second person has checked the devices", "dose.es.device", missing=True)]
    if abs(read_mg - dose.dose_mg) > AGREES_WITHIN:
        text = f"The second person read {read_mg:g} mg, the dose is {dose.dose_mg:g} mg"
        return [Reason("dose-differs", text, "dose.es.device", Weight.HARD_STOP)]
    return []


def _hard(sheet: Sheet, rules: RuleSet, code: str, text: str) -> Reason:
    """A dose nobody worked out or checked cannot be given: no override makes one."""
    rule = "dose.es.device" if sheet.in_devices else "dose.iv.std"
    return Reason(code, text, rule, Weight.HARD_STOP, missing=True)
