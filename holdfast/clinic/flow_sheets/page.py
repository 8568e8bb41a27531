"""What the page of a flow-sheet shows: what is due, what comes next, what is missing, each measure's last value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.clinic.flow_sheets.entry_fields import EntryForm
from holdfast.clinic.flow_sheets.forms import entry_form
from holdfast.clinic.flow_sheets.wording import said
from holdfast.decision import Decision, Reason
from holdfast.facts import RuleSet
from holdfast.treatment_sessions.chairside import (
    WATCHED,
    alerts_of,
    checks_of,
    gate_of,
    measures_named,
    next_device_at,
)
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.discharge import observed_until
from holdfast.treatment_sessions.entries import Gate, Kind
from holdfast.treatment_sessions.flow_sheet import Sheet
from holdfast.treatment_sessions.gates import Person, may_be_overridden, still_against
from holdfast.treatment_sessions.monitoring import DueCheck, due_now, monitoring_gaps, next_due
from holdfast.treatment_sessions.states import State

ASKED_BEFORE = (
    Kind.CONSENT, Kind.HISTORY, Kind.CSSRS, Kind.MENTAL_STATE, Kind.FASTING, Kind.ESCORT, Kind.SITE, Kind.DOSE,
    Kind.DOSE_CHECK,
)  # fmt: skip
BEFORE_DRUG = (State.PLANNED, State.ARRIVED, State.CLEARED)
TITLES = {
    Kind.CONSENT: "Consent", Kind.HISTORY: "Since the last contact", Kind.CSSRS: "C-SSRS since the last contact",
    Kind.MENTAL_STATE: "Mental state", Kind.FASTING: "Fasting", Kind.ESCORT: "Escort and way home",
    Kind.SITE: "Place and people", Kind.DOSE: "Dose", Kind.DOSE_CHECK: "Second person's check",
    Kind.RECOVERY: "Recovery",
}  # fmt: skip


@dataclass(frozen=True)
class Due:
    """One check of the protocol as it stands. `at` is when it is due."""

    what: str
    at: dt.datetime | None
    overdue: bool
    minutes: int


@dataclass(frozen=True)
class Section:
    """One thing that is asked: its form, and what was entered last."""

    kind: Kind
    title: str
    form: EntryForm
    answer: str
    made_at: dt.datetime | None

    @property
    def opened(self) -> bool:
        """Is its form to be seen at once?"""
        return bool(self.form.errors)


@dataclass(frozen=True)
class Page:
    """Everything the page shows besides the list of entries."""

    state: State
    dosed_at: dt.datetime | None
    minutes_in: int | None
    observed_until: dt.datetime | None
    due: tuple[Due, ...]
    next: Due | None
    alerts: tuple[Reason, ...]
    before: tuple[Section, ...]
    forms: Mapping[str, EntryForm]
    gate: Gate | None
    decision: Decision | None
    against: tuple[Reason, ...]
    overrides: tuple[tuple[Reason, EntryForm], ...]
    next_device_at: dt.datetime | None
    devices_given: int
    devices_planned: int | None
    still_observed: bool = False  # the observation goes on: measuring comes before leaving
    gaps: tuple[Reason, ...] = field(default=())
    refused: EntryForm | None = None

    @property
    def before_drug(self) -> bool:
        """Was no drug given yet? Then what is asked before the dose stands first."""
        return self.state in BEFORE_DRUG


def page_of_sheet(
    sheet: Sheet, *, state: State, now: dt.datetime, person: Person, rules: RuleSet, signed: bool,
    bound: EntryForm | None = None,
) -> Page:  # fmt: skip
    """The page as of now; `bound` is a form that was refused, shown where it stands."""
    checks = checks_of(sheet, now, rules)
    gate, decision = gate_of(sheet, state, now, person, rules)
    until = observed_until(sheet.protocol, sheet.clock(now), rules)
    against = still_against(decision, sheet, gate) if gate and decision else ()
    open_kinds = [k for k in Kind if k is not Kind.OVERRIDE and (k is not Kind.AMENDMENT or signed)]
    made: dict[Kind, EntryForm] = {k: _form(k, sheet, bound, signed=signed) for k in open_kinds}
    for name, told in last_values(sheet, now).items():
        made[Kind.OBSERVATION].fields[name].help_text = told
    return Page(
        state=state,
        dosed_at=sheet.dosed_at,
        minutes_in=None if sheet.dosed_at is None else int(minutes_between(sheet.dosed_at, sheet.discharged_at or now)),
        observed_until=until,
        still_observed=state in (State.OBSERVING, State.READY) and until is not None and now < until,
        due=tuple(_due(c, now) for c in due_now(checks)) if state in WATCHED else (),
        next=_next(checks, now) if state in WATCHED else None,
        alerts=alerts_of(sheet, rules),
        before=tuple(_section(k, sheet, made[k]) for k in ASKED_BEFORE),
        forms={k.value.replace("-", "_"): form for k, form in made.items()},
        gate=gate,
        decision=decision,
        against=against,
        overrides=tuple((r, _override(r, gate, sheet, bound)) for r in against if gate and may_be_overridden(r)),
        next_device_at=next_device_at(sheet),
        devices_given=len(sheet.of(Kind.DEVICE)),
        devices_planned=sheet.devices_planned,
        gaps=_gaps(checks, rules) if state in (State.OBSERVING, State.READY, State.DISCHARGED) else (),
        refused=bound if bound is not None and bound.errors else None,
    )


def _form(kind: Kind, sheet: Sheet, bound: EntryForm | None, *, signed: bool) -> EntryForm:
    if bound is not None and bound.kind is kind and kind is not Kind.OVERRIDE:
        return bound
    return entry_form(kind, sheet, signed=signed)


def _override(reason: Reason, gate: Gate, sheet: Sheet, bound: EntryForm | None) -> EntryForm:
    finding = f"{reason.rule} {reason.code}"
    if bound is not None and bound.kind is Kind.OVERRIDE and bound.data.get("finding") == finding:
        return bound
    initial = {"gate": gate.value, "finding": finding}
    return entry_form(Kind.OVERRIDE, sheet, initial=initial, auto_id=f"override-{reason.code}_%s")


def _section(kind: Kind, sheet: Sheet, form: EntryForm) -> Section:
    entry = sheet.last(kind)
    if entry is not None and kind is Kind.DOSE_CHECK:
        dose = sheet.last(Kind.DOSE)
        entry = entry if dose is not None and entry.content.of == dose.key else None
    return Section(kind, TITLES[kind], form, said(entry) if entry else "", entry.made_at if entry else None)


def _due(check: DueCheck, now: dt.datetime) -> Due:
    away = 0 if check.due_at is None else minutes_between(now, check.due_at)
    return Due(measures_named(check.missing or check.measures), check.due_at, check.overdue_min > 0, round(abs(away)))


def _next(checks: Sequence[DueCheck], now: dt.datetime) -> Due | None:
    check = next_due(checks)
    return None if check is None else _due(check, now)


def _gaps(checks: Sequence[DueCheck], rules: RuleSet) -> tuple[Reason, ...]:
    found = monitoring_gaps(checks, rules)
    return (*found.against, *found.cautions, *found.to_record)


def last_values(sheet: Sheet, now: dt.datetime) -> dict[str, str]:
    """The last value of each measure with its age, for beside the field."""
    found: dict[str, str] = {}
    for entry in sheet.of(Kind.OBSERVATION):
        ago = round(minutes_between(entry.made_at, now))
        for name in ("sbp_mmhg", "dbp_mmhg", "hr_per_min", "rr_per_min", "spo2_percent", "moaas", "cadss_total"):
            value = getattr(entry.content, name)
            if value is not None:
                found[name] = f"last {value:g}, {ago} min ago"
        if entry.content.dissociation is not None:
            found["dissociation"] = f"last {entry.content.dissociation}, {ago} min ago"
    return found
