"""How one treatment session stands at a moment: what is due, what comes next, what holds it up.

The page of the flow-sheet and the board ask the same questions here; nothing of it is stored.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.decision import Decision, Reason, decide
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.alerts import vital_alerts
from holdfast.treatment_sessions.clock import minutes_after, minutes_between
from holdfast.treatment_sessions.discharge import observed_until
from holdfast.treatment_sessions.entries import Gate, Kind
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.gates import Person, before_dose, decision_at, may_leave, still_against
from holdfast.treatment_sessions.infusion import ends_at
from holdfast.treatment_sessions.monitoring import DueCheck, Timing, due_checks, due_now
from holdfast.treatment_sessions.states import State
from holdfast.treatment_sessions.vitals import Vitals

MEASURES = {
    "bp": "blood pressure", "hr": "heart rate", "spo2": "SpO2", "rr": "breathing", "moaas": "MOAA/S",
    "cadss": "CADSS", "consciousness": "MOAA/S",
}  # fmt: skip
WATCHED = frozenset(State) - {State.PLANNED, State.DISCHARGED, State.CANCELLED}
OF_PRESSURE = frozenset({"sbp-high", "dbp-high", "stay-paused", "pause-infusion", "bp-rising"})


@dataclass(frozen=True)
class Task:
    """Something to do at the chair, or the measures to take, and when it is due."""

    names: tuple[str, ...]
    at: datetime.datetime | None

    @property
    def what(self) -> str:
        """As it is said: `Blood pressure, heart rate`."""
        return _spoken(self.names)


@dataclass(frozen=True)
class Chairside:
    """One treatment session as of a moment. Times are instants: whoever shows them counts the minutes.

    `against` is what stands against the gate that comes next (the dose, going on, leaving) after overrides;
    `due` may be done now, `overdue` is past its tolerance, `next` is the first that is still to come.
    """

    state: State
    arrived_at: datetime.datetime | None
    dosed_at: datetime.datetime | None
    paused_at: datetime.datetime | None
    left_at: datetime.datetime | None
    overdue: tuple[Task, ...] = ()
    due: tuple[Task, ...] = ()
    next: Task | None = None
    gate: Gate | None = None
    against: tuple[Reason, ...] = ()
    alerts: tuple[Reason, ...] = ()
    observed_until: datetime.datetime | None = None
    devices_given: int = 0
    devices_planned: int | None = None

    @property
    def may_leave(self) -> bool:
        """Does nothing stand against the patient's leaving?"""
        return self.gate is Gate.DISCHARGE and not self.against

    @property
    def held_by_pressure(self) -> bool:
        """Does a blood pressure that was measured stand against the dose, or against going on?"""
        held = self.gate in (Gate.DOSE, Gate.RESUME) and any(r.code in OF_PRESSURE for r in self.against)
        return held or any(r.code in OF_PRESSURE for r in self.alerts)

    @property
    def holds(self) -> tuple[Reason, ...]:
        """What stands against the dose though it was answered; what nobody asked yet holds nothing up."""
        return tuple(r for r in self.against if not r.missing) if self.gate is Gate.DOSE else ()


def chairside(sheet: Sheet, *, state: State, now: datetime.datetime, person: Person, rules: RuleSet) -> Chairside:
    """The treatment session as of now. Raises `InputError` where the times on the sheet are out of order."""
    arrived, paused = sheet.last(Kind.ARRIVAL), sheet.last(Kind.PAUSE)
    checks = checks_of(sheet, now, rules) if state in WATCHED else ()
    gate, decision = gate_of(sheet, state, now, person, rules)
    open_now = due_now(checks)
    return Chairside(
        state=state,
        arrived_at=arrived.made_at if arrived else None,
        dosed_at=sheet.dosed_at,
        paused_at=paused.made_at if paused and state is State.PAUSED else None,
        left_at=sheet.discharged_at,
        overdue=tuple(_task(c) for c in open_now if c.timing is Timing.OVERDUE),
        due=tuple(_task(c, begun=sheet.dosed_at is not None) for c in open_now if c.timing is Timing.DUE),
        next=_first((*_to_come(checks), *_steps(sheet, state, now, rules)), now),
        gate=gate,
        against=still_against(decision, sheet, gate) if gate and decision else (),
        alerts=alerts_of(sheet, rules),
        observed_until=observed_until(sheet.protocol, sheet.clock(now), rules),
        devices_given=len(sheet.of(Kind.DEVICE)),
        devices_planned=sheet.devices_planned,
    )


def checks_of(sheet: Sheet, now: datetime.datetime, rules: RuleSet) -> tuple[DueCheck, ...]:
    """Every check of the protocol against the clock of the sheet."""
    return due_checks(
        sheet.protocol, now=now, dosed_at=sheet.dosed_at, dose_ended_at=sheet.dose_ended_at,
        measured=sheet.observations(), rules=rules, discharged_at=sheet.discharged_at,
    )  # fmt: skip


def gate_of(
    sheet: Sheet, state: State, now: datetime.datetime, person: Person, rules: RuleSet
) -> tuple[Gate | None, Decision | None]:
    """The gate that comes next, and what it says now."""
    if state in (State.ARRIVED, State.CLEARED):
        return Gate.DOSE, before_dose(sheet, now=now, person=person, rules=rules)
    if state is State.PAUSED:
        return Gate.RESUME, decision_at(Gate.RESUME, sheet, now=now, person=person, rules=rules)
    if state in (State.OBSERVING, State.READY):
        return Gate.DISCHARGE, may_leave(sheet, now=now, rules=rules)
    return None, None


def alerts_of(sheet: Sheet, rules: RuleSet) -> tuple[Reason, ...]:
    """What the last value of each measure asks for: it stands until that is measured again, whatever else was since.

    What is not measured is told by what is due.
    """
    if sheet.discharged_at is not None:
        return ()
    asked = [vital_alerts(one, rules=rules, infusion=sheet.infusion) for one in _last_of_each(sheet.observations())]
    found = decide(r for one in asked for r in (*one.against, *one.cautions, *one.inactive) if not r.missing)
    return (*found.against, *found.cautions, *found.inactive)


def _last_of_each(seen: Sequence[Vitals]) -> Iterable[Vitals]:
    """The last systolic, diastolic and MOAA/S, each alone at its time: two of them need not be of one moment."""
    for first, *others in (("sbp_mmhg",), ("dbp_mmhg",), ("moaas", "moaas_anchor_set")):
        last = next((v for v in reversed(seen) if getattr(v, first) is not None), None)
        if last is not None:
            yield Vitals(last.measured_at, **{name: getattr(last, name) for name in (first, *others)})


def next_device_at(sheet: Sheet) -> datetime.datetime | None:
    """From when the next device may be given; None where none is to come."""
    given, rest = sheet.of(Kind.DEVICE), sheet.protocol.administration.device_rest_min
    if not given or rest is None or sheet.dose_ended_at is not None:
        return None
    return minutes_after(given[-1].made_at, rest)


def infusion_ends_at(sheet: Sheet, now: datetime.datetime) -> datetime.datetime | None:
    """When the running infusion will be over by the rates entered; None where none runs, or it is not known."""
    return ends_at(sheet) if sheet.infusion == "running" else None


def measures_named(measures: Sequence[str]) -> str:
    """Measures as they are said, each once: `Blood pressure, heart rate`."""
    return _spoken(MEASURES[m] for m in measures)


def together(tasks: Sequence[Task]) -> Task | None:
    """Tasks as one, for one set of measurements answers them all: each measure once, due since the first."""
    timed = [t.at for t in tasks if t.at is not None]
    first = min(timed, key=lambda at: at.astimezone(datetime.UTC), default=None)
    return Task(tuple(dict.fromkeys(name for t in tasks for name in t.names)), first) if tasks else None


def _spoken(names: Iterable[str]) -> str:
    whole = ", ".join(dict.fromkeys(names))
    return whole[:1].upper() + whole[1:]


def _task(check: DueCheck, *, begun: bool = True) -> Task:
    """The check as a task. Before the dose it has no time of its own: it is due whenever the dose begins."""
    names = tuple(dict.fromkeys(MEASURES[m] for m in check.missing or check.measures))
    return Task(names, check.due_at if begun else None)


def _to_come(checks: Sequence[DueCheck]) -> list[Task]:
    return [_task(c) for c in checks if c.timing is Timing.UPCOMING]


def _steps(sheet: Sheet, state: State, now: datetime.datetime, rules: RuleSet) -> list[Task]:
    """What the clock brings besides checks: the next device, the end of the infusion, the end of observation."""
    if state not in WATCHED:
        return []
    steps = []
    if (device_at := next_device_at(sheet)) is not None:
        of = f" of {sheet.devices_planned}" if sheet.devices_planned else ""
        steps.append(Task((f"Device {len(sheet.of(Kind.DEVICE)) + 1}{of}",), device_at))
    if (ends_at := infusion_ends_at(sheet, now)) is not None:
        steps.append(Task(("End of the infusion",), ends_at))
    until = observed_until(sheet.protocol, sheet.clock(now), rules)
    if until is not None and minutes_between(now, until) > 0:
        steps.append(Task(("End of observation",), until))
    return steps


def _first(tasks: Sequence[Task], now: datetime.datetime) -> Task | None:
    """The earliest; a step whose time has come stays until it is done."""
    timed = [t for t in tasks if t.at is not None]
    return min(timed, key=lambda t: minutes_between(now, t.at) if t.at else 0.0, default=None)
