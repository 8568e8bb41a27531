"""Decision points: the interval policies of the clinic and the dose of the next treatment session, for many patients.

Both are plain functions of what the clinic sees. Each distinct state is asked for once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError, UnknownNameError
from holdfast.model.courses.distinct import distinct
from holdfast.protocols.intervals import POLICIES, Course, IntervalAdvice, IntervalState, Policy, Step
from holdfast.protocols.parts import Maintenance, Phase

Whole = NDArray[np.int64]
HELD, WORSENING, UNKNOWN = 0, 1, 2  # how patients have been, as numbers in arrays
_COURSES: tuple[Course | None, ...] = (Course.HELD, Course.WORSENING, None)


@dataclass(frozen=True)
class DoseState:
    """What a dose rule may look at: doses allowed now (the protocol's order), the last dose, how it went.

    `response` is by the named definition at the last rating since the last dose, None where there is none.
    """

    allowed: tuple[float, ...]
    dose: float
    response: bool | None
    pressure_alert: bool


DoseRule = Callable[[DoseState], float]


def usual(state: DoseState) -> float:
    """The last dose, where it is still allowed; else the protocol's usual one."""
    return state.dose if state.dose in state.allowed else state.allowed[0]


def raise_without_response(state: DoseState) -> float:
    """One step up while there is no response; never after a pressure above the limit, never while it is unknown."""
    dose = usual(state)
    higher = sorted(amount for amount in state.allowed if amount > dose)
    if state.response is not False or state.pressure_alert or not higher:
        return dose
    return higher[0]


DOSE_RULES: Mapping[str, DoseRule] = MappingProxyType(
    {"usual": usual, "raise-without-response": raise_without_response}
)


def policy_named(policy: str | Policy) -> Policy:
    """The interval policy of that name, or the function itself. Raises `UnknownNameError`."""
    if callable(policy):
        return policy
    if policy not in POLICIES:
        raise UnknownNameError("interval policy", policy, list(POLICIES))
    return POLICIES[policy]


def dose_rule_named(rule: str | DoseRule) -> DoseRule:
    """The dose rule of that name, or the function itself. Raises `UnknownNameError`."""
    if callable(rule):
        return rule
    if rule not in DOSE_RULES:
        raise UnknownNameError("dose rule", rule, list(DOSE_RULES))
    return DOSE_RULES[rule]


class Intervals:
    """One policy over many patients: the next interval in days, and whether the policy raises stopping."""

    def __init__(self, policy: str | Policy, maintenance: Maintenance | None) -> None:
        self.policy, self._maintenance = policy_named(policy), maintenance
        self._known: dict[tuple[Phase, int, int, int], IntervalAdvice] = {}

    def advise(self, phase: Phase, interval_d: Whole, course: Whole, held: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """Arrays of shape (patients,); `course` is HELD, WORSENING or UNKNOWN.

        Raises `InputError` where the policy answers with an interval the phase does not allow.
        """
        states, place = distinct([interval_d, course, held])
        advice = [self._advice(phase, *state) for state in states]
        chosen = np.array([one.interval_d for one in advice], dtype=np.int64)
        raised = np.array([one.step is Step.RAISE_STOPPING for one in advice])
        return chosen[place], raised[place]

    def _advice(self, phase: Phase, interval_d: int, course: int, held: int) -> IntervalAdvice:
        key = (phase, interval_d, course, held)
        if key not in self._known:
            hold = self._maintenance.hold_sessions if self._maintenance else 0
            stop_after = self._maintenance.stop_after_sessions if self._maintenance else 0
            state = IntervalState(phase.interval_d, interval_d, _COURSES[course], held, hold, stop_after)
            advice = self.policy(state)
            if advice.interval_d not in (*phase.interval_d, interval_d):
                allowed = ", ".join(map(str, phase.interval_d))
                raise InputError(f"the policy chose {advice.interval_d} d; phase {phase.key} allows {allowed} d")
            self._known[key] = advice
        return self._known[key]


class Doses:
    """One dose rule over many patients, in the protocol's unit."""

    def __init__(self, rule: str | DoseRule) -> None:
        self._rule = dose_rule_named(rule)
        self._known: dict[DoseState, float] = {}

    def choose(
        self, allowed: tuple[float, ...], dose: NDArray[np.float64], response: Whole, alert: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Arrays of shape (patients,); `response` is 1, 0, or -1 where it is not known."""
        amounts, level = np.unique(dose, return_inverse=True)
        states, place = distinct([level, response, alert.astype(np.int64)])
        asked = [DoseState(allowed, float(amounts[i]), None if r < 0 else bool(r), bool(a)) for i, r, a in states]
        return np.array([self._dose(state) for state in asked], dtype=float)[place]

    def _dose(self, state: DoseState) -> float:
        if state not in self._known:
            dose = self._rule(state)
            if dose not in state.allowed:
                allowed = ", ".join(f"{amount:g}" for amount in state.allowed)
                raise InputError(f"the dose rule chose {dose:g}; the protocol allows {allowed}")
            self._known[state] = dose
        return self._known[state]
