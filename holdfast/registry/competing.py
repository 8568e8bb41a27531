"""Ends that exclude each other, such as relapse and leaving: cumulative incidence of each by Aalen and Johansen.

Method: references.csv `aalen_johansen_1978`.

Kaplan-Meier of one end with the others censored says what would happen if nobody ever ended otherwise, and adds up to
more than everybody. Cumulative incidence says what share has ended each way, and with those still without adds up to
one. Variances are of the multinomial counts of each day, carried forward; for a single kind of end they are
Greenwood's. The delta method of Marubini and Valsecchi 1995 is the same, and so is the infinitesimal jackknife of R's
survfit, but for late entry: there it is another estimate.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from holdfast.registry.follow_up import FollowUp, Step
from holdfast.statistics.estimate import LEVEL, Estimate, normal_quantile

_ALL = 1e-12  # a share this near 1 is 1, added up from parts: everybody ended so, and there is no interval


@dataclass(frozen=True)
class Incidence:
    """After the events of one day: at risk on it, events of this kind, share ended this way, and its interval."""

    day: int
    at_risk: int
    events: int
    share: float
    variance: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ends:
    """Cumulative incidence of each kind of end, by day; `survival` is the share without any, by the same days."""

    kinds: tuple[str, ...]
    days: tuple[int, ...]
    survival: tuple[float, ...]
    by_kind: tuple[tuple[Incidence, ...], ...]

    def of(self, kind: str) -> tuple[Incidence, ...]:
        """Points of one kind. Raises `ValueError` for a kind there is not."""
        return self.by_kind[self.kinds.index(kind)]

    def at(self, kind: str, day: int) -> Estimate:
        """Share ended this way after that day; no value beyond the follow-up."""
        place = bisect_right(self.days, day)
        if not self.days or (day > self.days[-1] and self.survival[-1] > 0.0):
            return Estimate(None, None, None)
        if place == 0:
            return Estimate(0.0, None, None)
        point = self.of(kind)[place - 1]
        return Estimate(point.share, point.low, point.high)


def cumulative_incidence(followed: FollowUp, *, level: float = LEVEL) -> Ends:
    """Aalen-Johansen for every kind of end. The interval is that of log(-log share); None at 0 and at 1."""
    z = normal_quantile(level)
    states = [_State() for _ in followed.kinds]
    points: list[list[Incidence]] = [[] for _ in followed.kinds]
    days, survival = [], []
    for step in followed.steps():
        for which, state in enumerate(states):
            state.after(step, which)
            low, high = _interval(state.share, state.of_share, z)
            points[which].append(Incidence(
                step.day, step.at_risk, step.events[which], state.share, state.of_share, low, high
            ))  # fmt: skip
        days.append(step.day)
        survival.append(states[0].survival)
    return Ends(followed.kinds, tuple(days), tuple(survival), tuple(tuple(row) for row in points))


@dataclass
class _State:
    """Share without any end and share ended one way, with their variances and covariance."""

    survival: float = 1.0
    share: float = 0.0
    of_survival: float = 0.0
    of_both: float = 0.0
    of_share: float = 0.0

    def after(self, step: Step, which: int) -> None:
        n, every = step.at_risk, sum(step.events)
        p, q, stay = every / n, step.events[which] / n, (n - every) / n
        chance = self.survival**2 / n
        # both shares are linear in those before and in this day's counts, which are multinomial
        self.of_share += 2 * q * self.of_both + q * q * self.of_survival + chance * q * (1 - q)
        self.of_both = stay * (self.of_both + q * self.of_survival) - chance * q * stay
        self.of_survival = stay * stay * self.of_survival + chance * p * stay
        self.share += self.survival * q
        self.survival *= stay


def _interval(share: float, variance: float, z: float) -> tuple[float | None, float | None]:
    if not 0.0 < share < 1.0 - _ALL or variance <= 0.0:
        return None, None
    half = z * math.sqrt(variance) / (share * math.log(share))  # below 0
    return share ** math.exp(-half), share ** math.exp(half)
