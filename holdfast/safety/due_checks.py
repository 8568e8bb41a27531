"""Due dates of the bladder, liver, cognition, misuse and blood pressure checks of one course.

No source gave an interval for the first four. The intervals are house defaults: told, with the day they would be
due, and without force until a named physician signs them. The label asks for bladder monitoring without an interval
(rule cum.uri), which is told as such.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.errors import InputError
from holdfast.facts import CareRule, RuleSet
from holdfast.facts.plausible import plausible_day
from holdfast.safety.intervals import after_interval

MAINTENANCE = "maintenance"
INTERVAL = "interval"
# check → (rule with its interval, asked in maintenance only)
INTERVAL_CHECKS = {
    "bladder": ("cum.uri.int", False),
    "liver": ("cum.lft", False),
    "cognition": ("cum.cog", False),
    "misuse": ("cum.misuse", True),
}
BLOOD_PRESSURE = "blood_pressure"
SESSION_RULES = ("mon.bp.es", "mon.iv.points")  # both ask for blood pressure at every treatment session
CHECKS = (*INTERVAL_CHECKS, BLOOD_PRESSURE)


@dataclass(frozen=True)
class CheckDone:
    """A check of `CHECKS` that was done on a day."""

    check: str
    on: datetime.date


@dataclass(frozen=True)
class DueCheck:
    """One check. `state`: not-due, due (today), overdue, inactive (unsigned), no-interval, unknown-phase.

    `due_on` is set only where a rule in force asks for it; `would_be_due_on` is what an unsigned rule would ask.
    """

    check: str
    rule: str
    state: str
    text: str
    last_done_on: datetime.date | None
    due_on: datetime.date | None = None
    would_be_due_on: datetime.date | None = None
    overdue_d: int = 0
    is_baseline: bool = False
    baseline_missing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {k: v.isoformat() if isinstance(v, datetime.date) else v for k, v in vars(self).items()}


def due_checks(
    *,
    course_started_on: datetime.date,
    today: datetime.date,
    drug: str,
    done: Iterable[CheckDone],
    phase: str | None,
    rules: RuleSet,
    phase_started_on: datetime.date | None = None,
    treatment_session_days: Iterable[datetime.date] = (),
) -> tuple[DueCheck, ...]:
    """Every check that the rules ask of this drug, in the order of `CHECKS`.

    The baseline is due on the day the course starts, each further check one interval after the last one done; a
    check from before the course never puts the next one earlier than its start. Misuse reviews start with
    maintenance (`phase_started_on`; where unknown, today); with `phase` None they are told as unknown-phase.
    Blood pressure is due at each of `treatment_session_days`. Raises `InputError` where `drug` is not that of
    `rules`, on an unknown check, or on a check done after `today`.
    """
    if drug != rules.drug:
        raise InputError(f"the rules were made for {rules.drug}, the course is {drug}")
    history, session_days = tuple(done), sorted(set(treatment_session_days))
    _check_days({"course_started_on": course_started_on, "today": today, "phase_started_on": phase_started_on})
    _check_days({f"treatment_session_days[{n}]": day for n, day in enumerate(session_days)})
    for one in history:
        _check_done(one, today)
    asked: list[DueCheck] = []
    for check, (rule, in_maintenance_only) in INTERVAL_CHECKS.items():
        if check == "bladder":
            asked += _label_bladder(rules, history)
        if not rules.in_force(rule):
            continue
        if in_maintenance_only and phase != MAINTENANCE:
            asked += [_unknown_phase(check, rule, history)] if phase is None else []
            continue
        start = (phase_started_on or today) if in_maintenance_only else course_started_on
        asked.append(_by_interval(check, rule, rules, history, start, today, wants_baseline=not in_maintenance_only))
    return (*asked, *_at_sessions(rules, history, session_days, today))


def _check_days(days: Mapping[str, datetime.date | None]) -> None:
    for field, day in days.items():
        if day is not None:
            plausible_day(day, field)


def _check_done(one: CheckDone, today: datetime.date) -> None:
    if one.check not in CHECKS:
        raise InputError(f"check {one.check!r} is not known; known: {', '.join(CHECKS)}")
    plausible_day(one.on, f"the day of {one.check}")
    if one.on > today:
        raise InputError(f"{one.check} is recorded as done on {one.on}, after today ({today}); mend the date")


def _by_interval(
    check: str,
    rule: str,
    rules: RuleSet,
    history: Iterable[CheckDone],
    start: datetime.date,
    today: datetime.date,
    *,
    wants_baseline: bool,
) -> DueCheck:
    days = sorted(one.on for one in history if one.check == check)
    last = days[-1] if days else None
    due = start if last is None else max(start, after_interval(last, rules.threshold(rule, INTERVAL)))
    active = rules.active(rule)
    missing = wants_baseline and (not days or days[0] > start)
    return DueCheck(
        check=check,
        rule=rule,
        state=_state(due, today) if active else "inactive",
        due_on=due if active else None,
        would_be_due_on=None if active else due,
        overdue_d=max(0, (today - due).days) if active else 0,
        is_baseline=wants_baseline and last is None,
        baseline_missing=missing,
        last_done_on=last,
        text=_sentence(check, rules.rule(rule), due, today, active=active, first=last is None, missing=missing),
    )


def _state(due: datetime.date, today: datetime.date) -> str:
    if due > today:
        return "not-due"
    return "due" if due == today else "overdue"


def _sentence(
    check: str, rule: CareRule, due: datetime.date, today: datetime.date, *, active: bool, first: bool, missing: bool
) -> str:
    what = f"{check}, {'first check' if first else 'next check'}"
    baseline = "; no baseline was done by the start of the course" if missing and not first else ""
    interval = rule.threshold(INTERVAL)
    every = f"{interval.value:g} {interval.unit if interval.value > 1 else (interval.unit or '').removesuffix('s')}"
    if not active:
        return (
            f"{what}: the house interval of {every} (rule {rule.id}) is not signed and has no force; "
            f"signed, it would be due on {due}{baseline}"
        )
    late = (today - due).days
    when = f"due on {due}" if late <= 0 else f"was due on {due}, overdue by {late} d"
    return f"{what}: {when} (every {every}, house interval){baseline}"


def _label_bladder(rules: RuleSet, history: Iterable[CheckDone]) -> list[DueCheck]:
    """The label's own words: monitor during the whole course, no interval given."""
    rule = "cum.uri"
    if not rules.in_force(rule):
        return []
    last = max((one.on for one in history if one.check == "bladder"), default=None)
    said = f"last on {last}" if last else "none recorded"
    text = f"bladder: the label asks for monitoring during the whole course and gives no interval; {said}"
    return [DueCheck("bladder", rule, "no-interval", text, last, baseline_missing=last is None)]


def _unknown_phase(check: str, rule: str, history: Iterable[CheckDone]) -> DueCheck:
    last = max((one.on for one in history if one.check == check), default=None)
    text = f"{check}: the phase of the course is not recorded, so it is not known whether it is due"
    return DueCheck(check, rule, "unknown-phase", text, last)


def _at_sessions(
    rules: RuleSet, history: Iterable[CheckDone], days: list[datetime.date], today: datetime.date
) -> list[DueCheck]:
    """Blood pressure: due at each treatment session; the earliest one without it counts."""
    measured = {one.on for one in history if one.check == BLOOD_PRESSURE}
    without = [day for day in days if day not in measured]
    last = max(measured, default=None)
    found = []
    for rule in SESSION_RULES:
        if not rules.active(rule):
            continue
        due = without[0] if without else None
        past = sum(day < today for day in without)
        text = "blood pressure: recorded at every treatment session"
        if without:
            text = f"blood pressure: not recorded at the treatment session of {due}"
            text += f" and {past - 1} later ones" if past > 1 else ""
        if due is not None and due >= today:
            text = f"blood pressure: due at the treatment session of {due}"
        state = "not-due" if due is None else _state(due, today)
        late = max(0, (today - due).days) if due else 0
        found.append(DueCheck(BLOOD_PRESSURE, rule, state, text, last, due_on=due, overdue_d=late))
    return found
