"""Interval policies of maintenance: fixed, taper, response-triggered. Plain functions; a simulator runs the same ones.

No policy lengthens an interval while it is unknown whether the patient holds, and none stops treatment: stopping is
raised for the clinician to decide. Rules dose.es.m2 (lowest frequency that keeps the response) and series.maint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from holdfast.decision import Decision, decide
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import RuleSet
from holdfast.facts.plausible import is_finite_number
from holdfast.protocols.doses import plan_reason
from holdfast.protocols.parts import Maintenance, Phase


class Course(StrEnum):
    """How the patient has been since the last treatment session. Unknown is None, not a member."""

    HELD = "held"
    WORSENING = "worsening"


class Step(StrEnum):
    """What the policy proposes for the interval."""

    SAME = "same"
    LONGER = "longer"
    SHORTER = "shorter"
    RAISE_STOPPING = "raise-stopping"


@dataclass(frozen=True)
class IntervalAdvice:
    """The proposed interval in days, the step it is, and why."""

    interval_d: int
    step: Step
    why: str


@dataclass(frozen=True)
class IntervalState:
    """What a policy may look at: the intervals allowed (shortest first), the present one, how it went.

    `held_sessions` counts treatment sessions in a row at the present interval without worsening.
    """

    allowed_d: tuple[int, ...]
    interval_d: int
    course: Course | None
    held_sessions: int
    hold_sessions: int
    stop_after_sessions: int

    def __post_init__(self) -> None:
        if not self.allowed_d or list(self.allowed_d) != sorted(self.allowed_d):
            raise InputError(f"allowed_d is {self.allowed_d!r}; give at least one interval in days, shortest first")
        if not is_finite_number(self.interval_d):
            raise InputError(f"interval_d is {self.interval_d!r}; give a number of days")


Policy = Callable[[IntervalState], IntervalAdvice]


def fixed(state: IntervalState) -> IntervalAdvice:
    """The interval stays, whatever happens; worsening is the clinician's to act on."""
    return IntervalAdvice(state.interval_d, Step.SAME, "the interval is fixed")


def taper(state: IntervalState) -> IntervalAdvice:
    """One step longer each time the patient has held long enough; one step shorter on worsening."""
    if state.course is None:
        return IntervalAdvice(state.interval_d, Step.SAME, "how the patient has been is not recorded")
    if state.course is Course.WORSENING:
        return _shorter(state)
    longest = state.interval_d >= state.allowed_d[-1]
    if longest and state.held_sessions >= state.stop_after_sessions:
        why = f"held {state.held_sessions} treatment sessions at the longest interval; discuss stopping"
        return IntervalAdvice(state.interval_d, Step.RAISE_STOPPING, why)
    if longest or state.held_sessions < state.hold_sessions:
        return IntervalAdvice(state.interval_d, Step.SAME, f"held {state.held_sessions} treatment sessions so far")
    longer = next(day for day in state.allowed_d if day > state.interval_d)
    return IntervalAdvice(longer, Step.LONGER, f"held {state.held_sessions} treatment sessions at {state.interval_d} d")


def response_triggered(state: IntervalState) -> IntervalAdvice:
    """The longest interval while the patient holds, the shortest on worsening, unchanged while unknown."""
    if state.course is None:
        return IntervalAdvice(state.interval_d, Step.SAME, "how the patient has been is not recorded")
    aim = state.allowed_d[0] if state.course is Course.WORSENING else state.allowed_d[-1]
    if aim == state.interval_d:
        return IntervalAdvice(aim, Step.SAME, f"{state.course.value} at the interval this calls for")
    step = Step.SHORTER if aim < state.interval_d else Step.LONGER
    return IntervalAdvice(aim, step, f"{state.course.value} since the last treatment session")


def _shorter(state: IntervalState) -> IntervalAdvice:
    shorter = [day for day in state.allowed_d if day < state.interval_d]
    if not shorter:
        return IntervalAdvice(state.interval_d, Step.SAME, "worsening at the shortest interval; review the treatment")
    return IntervalAdvice(shorter[-1], Step.SHORTER, f"worsening at {state.interval_d} d")


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {"fixed": fixed, "taper": taper, "response-triggered": response_triggered}
)


def next_interval(
    policy: str,
    *,
    phase: Phase,
    maintenance: Maintenance,
    interval_d: int,
    course: Course | None,
    held_sessions: int,
    allowed_d: Sequence[int] | None = None,
) -> IntervalAdvice:
    """The interval a policy proposes after a treatment session, in days, out of those the phase allows.

    `allowed_d` narrows or replaces the phase's intervals (ascending). Raises `UnknownNameError` on an unknown
    policy and `InputError` on counts below 0 or no interval at all.
    """
    if policy not in POLICIES:
        raise UnknownNameError("interval policy", policy, list(POLICIES))
    allowed = tuple(sorted(set(allowed_d if allowed_d is not None else phase.interval_d)))
    if not allowed or held_sessions < 0 or interval_d < 1:
        raise InputError("intervals: give at least one interval of a day or more, and a count of 0 or more")
    state = IntervalState(
        allowed, interval_d, course, held_sessions, maintenance.hold_sessions, maintenance.stop_after_sessions
    )
    return POLICIES[policy](state)


def check_interval(phase: Phase, interval_d: int, rules: RuleSet) -> Decision:
    """May this interval be chosen in this phase? Weighed by the care rule the phase follows."""
    if interval_d in phase.interval_d:
        return decide(())
    listed = ", ".join(map(str, phase.interval_d))
    text = f"{interval_d} d is not an interval of {phase.key}; it has {listed} d"
    return decide(plan_reason(rules, phase, "not-an-interval-of-this-phase", text))
