"""What is due at the chair now, what comes next, what was late, what is missing. A missing value never reassures."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from holdfast.decision import Decision, Reason, decide
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Check, Protocol
from holdfast.treatment_sessions.clock import minutes_after, minutes_between, past
from holdfast.treatment_sessions.timing import Clock, occurrences
from holdfast.treatment_sessions.vitals import Vitals

# Rules that ask for one measurement wherever a check lists it.
_MEASURE_RULES = {"spo2": "mon.spo2.es", "cadss": "mon.cadss", "moaas": "mon.moaas", "consciousness": "mon.moaas"}


class Timing(StrEnum):
    """How a check stands against the clock."""

    WAITING = "waiting"  # for the event it counts from
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"  # can no longer be made up
    DONE = "done"
    DONE_LATE = "done-late"


OPEN = (Timing.DUE, Timing.OVERDUE)


@dataclass(frozen=True)
class DueCheck:
    """One check at one time. Minutes late count from the time it was due; `missing` are measures not taken.

    `rules` are the care rules that ask for it here (none where only the protocol does).
    """

    key: str
    measures: tuple[str, ...]
    missing: tuple[str, ...]
    due_at: datetime.datetime | None
    timing: Timing
    overdue_min: float
    measured_at: datetime.datetime | None
    measured_late_min: float
    entered_late_min: float
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """One sentence for the flow-sheet."""
        still = ", ".join(self.missing)
        sentences = {
            Timing.WAITING: f"{self.key}: waits for the dose",
            Timing.UPCOMING: f"{self.key}: next at {self._clock_time}",
            Timing.DUE: f"{self.key}: due now ({still})",
            Timing.OVERDUE: f"{self.key}: overdue by {self.overdue_min:.0f} min ({still})",
            Timing.MISSED: f"{self.key}: missed ({still})",
            Timing.DONE: f"{self.key}: done",
            Timing.DONE_LATE: f"{self.key}: measured {self.measured_late_min:.0f} min late",
        }
        entered = f"; entered {self.entered_late_min:.0f} min after measuring" if self.entered_late_min else ""
        return sentences[self.timing] + entered

    @property
    def _clock_time(self) -> str:
        return self.due_at.strftime("%H:%M") if self.due_at else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "key": self.key,
            "timing": self.timing.value,
            "text": self.text,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "overdue_min": round(self.overdue_min, 1),
            "missing": list(self.missing),
            "measured_at": self.measured_at.isoformat() if self.measured_at else None,
            "measured_late_min": round(self.measured_late_min, 1),
            "entered_late_min": round(self.entered_late_min, 1),
            "rules": list(self.rules),
        }


def due_checks(
    protocol: Protocol,
    *,
    now: datetime.datetime,
    dosed_at: datetime.datetime | None,
    dose_ended_at: datetime.datetime | None,
    measured: Sequence[Vitals],
    rules: RuleSet,
    discharged_at: datetime.datetime | None = None,
) -> tuple[DueCheck, ...]:
    """Every check of the protocol against the clock, in the order they fall due, waiting ones last.

    `dosed_at` is the first device or the start of the infusion. A check counts as on time within its tolerance and
    as late until the next of its kind; a baseline after the dose is no baseline. Raises `InputError` for times out
    of order, without zone or after `now`. Rules mon.bp.es, mon.spo2.es, mon.iv.points, mon.iv.15, mon.cadss.
    """
    clock = Clock(now, dosed_at, dose_ended_at, discharged_at)
    for vitals in measured:
        past(vitals.measured_at, "measured_at", now)
    ordered = sorted(measured, key=lambda v: v.measured_at.astimezone(datetime.UTC))
    found: list[DueCheck] = []
    for check in protocol.checks:
        times = [*occurrences(check, protocol, clock), None]
        for due_at, next_at in pairwise(times):
            found.append(_stand(check, due_at, next_at, clock, ordered, rules))
    far = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return tuple(sorted(found, key=lambda d: d.due_at.astimezone(datetime.UTC) if d.due_at else far))


def due_now(checks: Iterable[DueCheck]) -> tuple[DueCheck, ...]:
    """The checks to do now, those longest overdue first."""
    return tuple(sorted((c for c in checks if c.timing in OPEN), key=lambda c: -c.overdue_min))


def next_due(checks: Iterable[DueCheck]) -> DueCheck | None:
    """The first check that is still to come; None where none is known yet."""
    return next((c for c in checks if c.timing is Timing.UPCOMING), None)


def monitoring_gaps(checks: Iterable[DueCheck], rules: RuleSet) -> Decision:
    """What the record of a treatment session lacks: overdue and missed measurements, as the rules that ask weigh."""
    found: tuple[Reason, ...] = ()
    for check in checks:
        if check.timing in (Timing.OVERDUE, Timing.MISSED):
            for rule_id in check.rules:
                text = f"Not measured at {check.key}: {', '.join(check.missing)}"
                found += rules.reason(rule_id, f"gap-{check.key}", text, missing=True)
    return decide(found)


def _stand(
    check: Check,
    due_at: datetime.datetime | None,
    next_at: datetime.datetime | None,
    clock: Clock,
    measured: Sequence[Vitals],
    rules: RuleSet,
) -> DueCheck:
    opens, closes = _window(check, due_at, clock)
    ends = minutes_after(next_at, -check.tolerance_min) if next_at else None
    if check.anchor == "before-dose":
        ends = closes  # a baseline after the dose is none
    picked = _pick(check, measured, opens, closes, ends) if opens and closes else {}
    missing = tuple(m for m in check.measures if m not in picked)
    late = max((_late(v, due_at, closes) for v in picked.values()), default=0.0)
    timing = _timing(missing, late, clock.last, opens, closes, ends)
    over = timing in (Timing.OVERDUE, Timing.MISSED) and due_at is not None
    last = max(picked.values(), key=lambda v: v.measured_at.astimezone(datetime.UTC), default=None)
    return DueCheck(
        key=check.key,
        measures=check.measures,
        missing=missing,
        due_at=due_at,
        timing=timing,
        overdue_min=minutes_between(due_at, clock.last) if over and due_at else 0.0,
        measured_at=last.measured_at if last else None,
        measured_late_min=late,
        entered_late_min=max((v.entered_late_min for v in picked.values()), default=0.0),
        rules=_asked_by(check, missing, rules),
    )


def _window(
    check: Check, due_at: datetime.datetime | None, clock: Clock
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """From when to when a measurement is on time."""
    if due_at is None:
        return None, None
    opens = minutes_after(due_at, -check.tolerance_min)
    if check.anchor == "before-dose":
        return opens, due_at
    if check.anchor == "discharge":  # before leaving: as late as the patient stays
        waited = minutes_between(due_at, clock.last)
        return opens, minutes_after(due_at, max(waited, check.tolerance_min))
    return opens, minutes_after(due_at, check.tolerance_min)


def _pick(
    check: Check,
    measured: Sequence[Vitals],
    opens: datetime.datetime,
    closes: datetime.datetime,
    ends: datetime.datetime | None,
) -> dict[str, Vitals]:
    """The measurement that answers each measure: the last on time for a baseline, else the first in the window."""
    usable = [v for v in measured if minutes_between(opens, v.measured_at) >= 0 and _before(v, closes, ends)]
    if check.anchor == "before-dose":
        usable = usable[::-1]
    picked = {}
    for measure in check.measures:
        answer = next((v for v in usable if v.has(measure)), None)
        if answer is not None:
            picked[measure] = answer
    return picked


def _before(vitals: Vitals, closes: datetime.datetime, ends: datetime.datetime | None) -> bool:
    if minutes_between(vitals.measured_at, closes) >= 0:
        return True
    return ends is None or minutes_between(vitals.measured_at, ends) > 0


def _late(vitals: Vitals, due_at: datetime.datetime | None, closes: datetime.datetime | None) -> float:
    """Minutes after the due time; 0 within the tolerance."""
    if due_at is None or closes is None or minutes_between(closes, vitals.measured_at) <= 0:
        return 0.0
    return minutes_between(due_at, vitals.measured_at)


def _timing(
    missing: tuple[str, ...],
    late: float,
    now: datetime.datetime,
    opens: datetime.datetime | None,
    closes: datetime.datetime | None,
    ends: datetime.datetime | None,
) -> Timing:
    if opens is None or closes is None:
        return Timing.WAITING
    if not missing:
        return Timing.DONE_LATE if late else Timing.DONE
    if minutes_between(now, opens) > 0:
        return Timing.UPCOMING
    if minutes_between(now, closes) >= 0:
        return Timing.DUE
    if ends is not None and minutes_between(ends, now) >= 0:
        return Timing.MISSED
    return Timing.OVERDUE


def _asked_by(check: Check, missing: tuple[str, ...], rules: RuleSet) -> tuple[str, ...]:
    """The rules that speak here: the check's own, and those of the measures still missing (all, once none is)."""
    own = [check.rule] if check.rule else []
    of_measures = [_MEASURE_RULES[m] for m in missing or check.measures if m in _MEASURE_RULES]
    return tuple(rule for rule in dict.fromkeys((*own, *of_measures)) if rules.weight(rule) is not None)
