"""What the rules answer to one entry: the gate it asks, the arithmetic it shows, what it asks for at the chair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.decision import decide
from holdfast.errors import InputError, RefusedError
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.alerts import vital_alerts
from holdfast.treatment_sessions.drive_free import drive_free_until
from holdfast.treatment_sessions.entries import Gate, Kind, require_whole_scores
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet
from holdfast.treatment_sessions.gates import (
    Person,
    all_reasons,
    decision_at,
    may_be_overridden,
    started_with,
    still_against,
    withdrawn,
    worked_out,
)
from holdfast.treatment_sessions.infusion import require_rate, require_whole
from holdfast.treatment_sessions.moves import require_rest
from holdfast.treatment_sessions.states import Event

# Entries that a gate must let through, and what is said where it does not.
GATES = {
    Kind.CLEARANCE: (Gate.DOSE, "Not cleared for the dose"),
    Kind.START: (Gate.DOSE, "The dose cannot start"),
    Kind.RESUME: (Gate.RESUME, "The infusion cannot go on"),
    Kind.DISCHARGE: (Gate.DISCHARGE, "Cannot discharge yet"),
}


@dataclass(frozen=True)
class Answered:
    """`kept` is stored with the entry; `dose_mg` is what was given so far, None where it is not known."""

    kept: dict[str, Any]
    dose_mg: float | None
    events: tuple[Event, ...] = field(default=())


def answer_of(entry: Entry, sheet: Sheet, *, zone: str, person: Person, rules: RuleSet, gated: bool) -> Answered:
    """The rules' answer, as of when the entry was made. Raises `RefusedByRuleError` where its gate stays shut.

    `sheet` holds the entry. Not `gated` (a correction, an amendment): what happened is written down and not judged.
    """
    then = sheet.until(entry.made_at)
    kept = _gate(entry, _without(entry, then), person, rules) if gated else {}
    if gated and entry.kind is Kind.DEVICE:
        require_rest(entry, sheet)
    if entry.kind is Kind.DOSE:
        kept = worked_out(entry.content, then, person, rules).as_dict()
    elif entry.kind is Kind.DOSE_CHECK:
        _another_person(entry, then)
    elif entry.kind is Kind.OBSERVATION:
        require_whole_scores(entry.content)
        kept = {"alerts": vital_alerts(entry.vitals, rules=rules, infusion=then.infusion).as_dict()}
    elif entry.kind is Kind.RATE:
        require_rate(entry)
    elif entry.kind is Kind.STOP and gated:
        require_whole(entry, then)
    elif entry.kind is Kind.OVERRIDE and gated:
        kept = _overrides(entry, _without(entry, then), person, rules)
    elif entry.kind is Kind.DISCHARGE:
        kept |= _drive_free(sheet, zone, rules)
    return Answered(kept, _given_mg(sheet, person, rules))


def _without(entry: Entry, sheet: Sheet) -> Sheet:
    """The sheet before the entry: a gate is asked before what it guards."""
    return Sheet(sheet.protocol, tuple(e for e in sheet.entries if e.key != entry.key))


def _gate(entry: Entry, sheet: Sheet, person: Person, rules: RuleSet) -> dict[str, Any]:
    gate, refusal = GATES.get(entry.kind, (None, ""))
    if entry.kind is Kind.DEVICE and not sheet.of(Kind.DEVICE):
        gate, refusal = Gate.DOSE, "The first device cannot be given"
    if gate is None and entry.kind is Kind.DEVICE and (against := withdrawn(sheet, person)):
        raise RefusedByRuleError("The next device cannot be given", decide(against))
    if gate is None:
        return {}
    if gate is Gate.RESUME and sheet.infusion != "paused":
        return {}  # the state of the treatment session says no by itself
    if gate is Gate.DISCHARGE and sheet.dosed_at is None:
        raise RefusedError("No dose was given; cancel the treatment session instead")
    decision = decision_at(gate, sheet, now=entry.made_at, person=person, rules=rules)
    if entry.kind is Kind.START:
        found = started_with(entry.content.rate_ml_per_h, sheet, person, rules)
        decision = decide((*all_reasons(decision), *(r for r in found if r not in decision.against)))
    left = still_against(decision, sheet, gate)
    if left:
        raise RefusedByRuleError(refusal, decide(left))
    return {"decision": decision.as_dict()}


def _another_person(entry: Entry, sheet: Sheet) -> None:
    dose = sheet.last(Kind.DOSE)
    if dose is None or entry.content.of != dose.key:
        raise InputError("of: that dose was worked out anew, or is not there; check the newest")
    if dose.by == entry.by:
        raise RefusedError("The person who worked out the dose cannot check it; another person must")


def _overrides(entry: Entry, sheet: Sheet, person: Person, rules: RuleSet) -> dict[str, Any]:
    """The finding that is overridden, in the words it had. Raises where it does not stand, or nobody may."""
    asked = entry.content
    decision = decision_at(asked.gate, sheet, now=entry.made_at, person=person, rules=rules)
    found = next((r for r in decision.against if (r.rule, r.code) == (asked.rule, asked.code)), None)
    if found is None:
        raise InputError("code: nothing of that kind stands against it now; no override is needed")
    if not may_be_overridden(found):
        raise RefusedError("That is a stop that nobody may override")
    return {"finding": found.as_dict()}


def _drive_free(sheet: Sheet, zone: str, rules: RuleSet) -> dict[str, Any]:
    ended, left = sheet.dose_ended_at, sheet.discharged_at
    if ended is None or left is None:
        return {}
    until = drive_free_until(dose_ended_at=ended, discharged_at=left, zone=zone, protocol=sheet.protocol, rules=rules)
    return {"drive_free": until.as_dict()}


def _given_mg(sheet: Sheet, person: Person, rules: RuleSet) -> float | None:
    """Milligrams given so far: by whole devices, as read at the stop, else the calculated dose once it is over."""
    if sheet.in_devices:
        devices = len(sheet.of(Kind.DEVICE))
        return devices * (sheet.protocol.administration.device_mg or 0) or None
    if sheet.dose_ended_at is None:
        return None
    stopped, dose = sheet.last(Kind.STOP), sheet.last(Kind.DOSE)
    if stopped is not None and (stopped.content.dose_mg is not None or not stopped.content.whole):
        return stopped.content.dose_mg
    return None if dose is None else worked_out(dose.content, sheet, person, rules).dose_mg
