"""Who gets which dose at a planned treatment session: dose rules and policies of intervals, asked of the last rating.

Whoever gets none at one still lives on. A policy is asked at each treatment session somebody has, as in a clinic, and
says when the next one is due; planned ones before that are skipped. Its functions are those of `holdfast.protocols`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.design import Arm, Interval
from holdfast.protocols.intervals import POLICIES, Course, IntervalState
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
RESPONSE = "response_50"  # what a dose rule asks of a rating, unless the arm names another definition
_SOON_H = 1e-6


class Giving:
    """The doses of one track so far, and who gets the next."""

    def __init__(self, people: int) -> None:
        self._people = people
        self._dose: Values | None = None  # the last one each person had, in the arm's unit
        self._stopped = np.zeros(people, dtype=bool)
        self._due_h = np.full(people, -np.inf)
        self._interval_d = np.full(people, np.nan)
        self._held = np.zeros(people, dtype=np.int64)

    def dose(self, arm: Arm, at_h: float, good: Flags, holds: Flags) -> Values:
        """What each person gets now, 0 where none. `good` meets the arm's rule, `holds` its policy's definition."""
        wanted = self._wanted(arm, good)
        due = self._due(arm.interval, at_h, holds)
        gets = due & ~self._stopped
        before = wanted if self._dose is None else self._dose
        self._dose = np.where(gets, wanted, before)
        return np.where(gets, wanted, 0.0)

    def _wanted(self, arm: Arm, good: Flags) -> Values:
        """The dose by the rule, were one given; unit doses of a comparator are 1."""
        steps = np.array(arm.doses or (1.0,))
        if self._dose is None or arm.dose_rule == "fixed":
            return np.full(self._people, steps[0])
        if arm.dose_rule.startswith("stop"):
            self._stopped = self._stopped | good
            return np.full(self._people, steps[0])
        step = np.searchsorted(steps, self._dose)
        return np.asarray(steps[np.where(good, step, np.minimum(step + 1, len(steps) - 1))], dtype=float)

    def _due(self, policy: Interval | None, at_h: float, holds: Flags) -> Flags:
        if policy is None or at_h < policy.from_d * H_PER_D:
            return np.ones(self._people, dtype=bool)
        self._interval_d = np.where(np.isnan(self._interval_d), policy.allowed_d[0], self._interval_d)
        due = at_h >= self._due_h - _SOON_H
        self._advise(policy, due, holds)
        self._due_h = np.where(due, at_h + self._interval_d * H_PER_D, self._due_h)
        return due

    def _advise(self, policy: Interval, due: Flags, holds: Flags) -> None:
        """The interval to the next treatment session of those who are due, asked once for each state there is."""
        self._held = np.where(due, np.where(holds, self._held + 1, 0), self._held)
        hold = policy.hold or 0
        held = np.minimum(self._held, hold)  # longer than that changes nothing
        states = np.stack([self._interval_d, holds.astype(float), held.astype(float)], axis=1)
        for state in np.unique(states[due], axis=0) if due.any() else ():
            course = Course.HELD if state[1] else Course.WORSENING
            asked = IntervalState(tuple(int(day) for day in policy.allowed_d), int(state[0]), course, int(state[2]),
                                  hold, _NEVER)  # fmt: skip
            who = due & (states == state).all(axis=1)
            advised = POLICIES[policy.policy](asked).interval_d
            self._held[who] = np.where(advised != state[0], 0, self._held[who])
            self._interval_d[who] = advised


_NEVER = 1_000_000  # treatment sessions after which a policy would raise stopping: a trial goes on as planned
