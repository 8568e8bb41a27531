"""The plan of a course: which one holds on a day, what the protocol says to it, and the days it leads to.

Each change is a whole new plan from a day on; none is edited. A plan is the prescriber's: what departs from the
protocol is told with its rule, and a stop needs the prescriber's reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.days import DAYS_PER_WEEK
from holdfast.decision import Decision, Reason, Weight, decide
from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible
from holdfast.protocols.dose import infusion_reasons
from holdfast.protocols.doses import doses_for, plan_reason
from holdfast.protocols.parts import Phase
from holdfast.protocols.protocol import Protocol
from holdfast.protocols.recorded_dose import check_recorded_dose
from holdfast.protocols.schedule import MOST_WEEKS

RULE = "clinic.plan"  # the clinic's own workflow, not a care rule of the tables
MOST_AHEAD = 30  # treatment sessions planned at once; more is a slip of the keyboard


@dataclass(frozen=True)
class PlanOf:
    """One plan. `phase` is the kind of phase; `intervals_d` are taken in turn: (3, 4) is twice a week."""

    from_on: date
    phase: str
    intervals_d: tuple[int, ...]
    dose_mg: float | None = None
    dose_mg_per_kg: float | None = None

    def __post_init__(self) -> None:
        if (self.dose_mg is None) == (self.dose_mg_per_kg is None):
            raise InputError("dose_mg: give the dose in mg, or in mg per kg, and not both")
        if not self.intervals_d or not all(1 <= days <= MOST_WEEKS * DAYS_PER_WEEK for days in self.intervals_d):
            raise InputError("intervals_d: give the days between treatment sessions, each a day or more")


def plan_in_force(plans: Sequence[PlanOf], today: date) -> PlanOf | None:
    """The newest plan that has begun; `plans` in the order they were made."""
    return next((plan for plan in reversed(plans) if plan.from_on <= today), None)


def phase_part(protocol: Protocol, indication: str, phase: str) -> Phase | None:
    """The protocol's own phase of that kind; None where it has none."""
    return next((part for part in protocol.phases_for(indication) if part.phase == phase), None)


def check_plan(
    plan: PlanOf, protocol: Protocol, *, indication: str, jurisdiction: str, age_y: float | None, rules: RuleSet
) -> Decision:
    """What stands against the plan, and what is to be known, by the rules the protocol's parts follow.

    Raises `InputError` on a dose nobody can give, naming the field.
    """
    _possible_dose(plan, protocol)
    part = phase_part(protocol, indication, plan.phase)
    if part is None:
        text = f"{protocol.name} has no {plan.phase} for {indication}; the plan is the prescriber's own."
        return decide((Reason("no-such-phase", text, RULE, Weight.STOP), *_weight_dose(plan, rules, protocol)))
    return decide(
        (
            *_interval_reasons(plan, part, rules),
            *_fixed_dose(plan, protocol, part, indication, jurisdiction, age_y, rules),
            *_weight_dose(plan, rules, protocol),
        )
    )


def _possible_dose(plan: PlanOf, protocol: Protocol) -> None:
    if plan.dose_mg is not None:
        plausible("dose_mg", plan.dose_mg)
        check_recorded_dose(protocol, plan.dose_mg)
    elif protocol.administration.device_mg is not None:
        raise InputError(f"dose_mg: {protocol.id} is given in devices; give the dose in mg")
    else:
        plausible(f"dose_mg_per_kg.{protocol.route}", plan.dose_mg_per_kg, field="dose_mg_per_kg")


def _interval_reasons(plan: PlanOf, part: Phase, rules: RuleSet) -> Iterable[Reason]:
    listed = ", ".join(map(str, part.interval_d))
    for days in sorted(set(plan.intervals_d) - set(part.interval_d)):
        text = f"{days} d is not an interval of {part.key}; it has {listed} d"
        yield from plan_reason(rules, part, "not-an-interval-of-this-phase", text)
    if (shortest := min(plan.intervals_d)) < part.min_interval_d:
        text = f"{shortest} d is below the least interval of {part.key}, {part.min_interval_d} d"
        yield Reason("interval-too-short", text, part.rule or part.fact_id, Weight.STOP)


def _fixed_dose(
    plan: PlanOf, protocol: Protocol, part: Phase, indication: str, jurisdiction: str, age_y: float | None,
    rules: RuleSet,
) -> Iterable[Reason]:  # fmt: skip
    """A dose in mg that the protocol's rows for this phase do not list. The first day's own dose is the gate's."""
    rows = doses_for(protocol, phase=part, day_1=False, indication=indication, jurisdiction=jurisdiction, age_y=age_y)
    rows = tuple(row for row in rows if row.unit == "mg")
    if plan.dose_mg is None or not rows or any(plan.dose_mg in row.amounts for row in rows):
        return ()
    listed = ", ".join(f"{amount:g}" for amount in rows[0].amounts)
    text = f"{plan.dose_mg:g} mg is not a dose of {part.key}; it has {listed} mg"
    return plan_reason(rules, rows[0], "not-a-dose-of-this-phase", text)


def _weight_dose(plan: PlanOf, rules: RuleSet, protocol: Protocol) -> Iterable[Reason]:
    if plan.dose_mg_per_kg is None or protocol.route != "iv":
        return ()
    return infusion_reasons(plan.dose_mg_per_kg, protocol.administration.duration_min, rules)


def planned_days(
    plan: PlanOf, *, held: Sequence[date], first_on: date | None, sessions: int, today: date
) -> tuple[date, ...]:
    """The next days by the plan, from the last treatment session held or planned; none before today.

    `held` are the days of the course so far, given and planned; `first_on` sets the first of the new ones. The
    intervals are taken in turn from the first. Raises `InputError` on a count or a first day that cannot be.
    """
    if not 1 <= sessions <= MOST_AHEAD:
        raise InputError(f"sessions: plan between 1 and {MOST_AHEAD} at once")
    last = max(held, default=None)
    if first_on is not None and (first_on < max(plan.from_on, today) or (last is not None and first_on <= last)):
        raise InputError("first_on: lies before today, before the plan begins, or not after the last one planned")
    day = first_on or _after(plan, last, today)
    found = [day]
    for turn in range(sessions - 1):
        found.append(found[-1] + timedelta(days=plan.intervals_d[turn % len(plan.intervals_d)]))
    return tuple(found)


def _after(plan: PlanOf, last: date | None, today: date) -> date:
    earliest = max(plan.from_on, today)
    return earliest if last is None else max(last + timedelta(days=plan.intervals_d[0]), earliest)
