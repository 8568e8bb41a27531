"""Time to an event: Kaplan-Meier with Greenwood's variance, and medians.

    curve        references.csv `kaplan_meier_1958`; variance `greenwood_1926`
    interval     log-log (Kalbfleisch and Prentice; stays within 0 and 1) or plain
    quantile     references.csv `brookmeyer_crowley_1982`: the days at which the interval of the curve crosses the share

Where risk sets are small at the start of a late-entry follow-up, the curve may fall to 0 early and stays there, as the
product has it; look at the numbers at risk before believing it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from holdfast.errors import InputError
from holdfast.registry.follow_up import FollowUp
from holdfast.statistics.estimate import LEVEL, Estimate, normal_quantile

LOG_LOG, PLAIN = "log-log", "plain"
FIRST, MIDDLE = "first", "middle"
_LEVEL_WITH = 1e-11  # a share this near the asked one is that share: rounding, not a count


@dataclass(frozen=True)
class Point:
    """After the events of one day. `survival` is the share still without; ends None where the formula has none.

    At 1 and at 0 neither formula of an interval holds (R says NA). `variance` is Greenwood's, None at 0.
    """

    day: int
    at_risk: int
    events: int
    censored: int
    survival: float
    variance: float | None
    low: float | None
    high: float | None

    @property
    def error(self) -> float | None:
        """Standard error."""
        return None if self.variance is None else math.sqrt(self.variance)


@dataclass(frozen=True)
class Curve:
    """Share still without the event, by day; 1 before the first point. Right-continuous: the share after that day."""

    people: int
    events: int
    level: float
    followed: FollowUp
    _worked_out: tuple[Any, ...] = field(repr=False, compare=False)  # columns of `points`, NaN where there is none

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """A point for each day on which anybody left."""
        whole, real = self._worked_out[:4], self._worked_out[4:]
        found = zip(
            *(column.tolist() for column in whole), *([_known(one) for one in column.tolist()] for column in real),
            strict=True,
        )  # fmt: skip
        return tuple(Point(*row) for row in found)

    def at(self, day: int) -> Estimate:
        """The share without the event after that day; no value beyond the last day anybody was followed."""
        place = bisect_right(self.points, day, key=lambda point: point.day)
        if not self.points or (day > self.points[-1].day and self.points[-1].survival > 0.0):
            return Estimate(None, None, None)
        if place == 0:
            return Estimate(1.0, None, None)
        point = self.points[place - 1]
        return Estimate(point.survival, point.low, point.high)

    def at_risk(self, days: Iterable[int]) -> tuple[int, ...]:
        """People at risk on each of the days, for the row under a picture."""
        return self.followed.at_risk(days)

    def quantile(self, share: float, *, flat: str = FIRST) -> Estimate:
        """Days until that share has had the event, with its interval; None where it was never seen.

        Where the curve lies at the share exactly for a while, `first` takes the day it came there (as lifelines) and
        `middle` halfway to the next event (as R and SAS).
        """
        if not 0.0 < share < 1.0:
            raise InputError(f"no share of {share!r}; give a number between 0 and 1, such as 0.5 for the median")
        if flat not in (FIRST, MIDDLE):
            raise InputError(f"flat: {flat!r} is not known; give {FIRST} or {MIDDLE}")
        rest = 1.0 - share
        value = _crossing([(p.day, p.survival) for p in self.points], rest, flat)
        low = _crossing([(p.day, p.low) for p in self.points], rest, flat)
        high = _crossing([(p.day, p.high) for p in self.points], rest, flat)
        return Estimate(value, low, high)

    def median(self, *, flat: str = FIRST) -> Estimate:
        """Days until half have had the event."""
        return self.quantile(0.5, flat=flat)


def kaplan_meier(followed: FollowUp, *, level: float = LEVEL, interval: str = LOG_LOG) -> Curve:
    """The product-limit curve of one group, for one kind of event (`only` or `as_one` where there are several)."""
    z = normal_quantile(level)
    _one_kind(followed)
    if interval not in (LOG_LOG, PLAIN):
        raise InputError(f"interval: {interval!r} is not known; give {LOG_LOG} or {PLAIN}")
    from holdfast.registry import survival_code as code

    days, at_risk, table = followed.columns()
    events = table[:, 1]
    found = code.curve(at_risk.astype(float), events.astype(float), z, interval == LOG_LOG)
    return Curve(followed.people, followed.events, level, followed, (days, at_risk, events, table[:, 0], *found))


def _known(value: float) -> float | None:
    return None if value != value else value


def _one_kind(followed: FollowUp) -> None:
    if len(followed.kinds) != 1:
        raise InputError(
            f"ends are {', '.join(followed.kinds)}: say which one is meant, or ask for the cumulative incidence of each"
        )


def _crossing(line: list[tuple[int, float | None]], rest: float, flat: str) -> float | None:
    """The first day on which a falling line is at `rest` or below it."""
    for place, (day, height) in enumerate(line):
        if height is None or height > rest + _LEVEL_WITH:
            continue
        if flat == MIDDLE and height >= rest - _LEVEL_WITH:
            after = next((d for d, h in line[place:] if h is not None and h < rest - _LEVEL_WITH), None)
            return day if after is None else (day + after) / 2
        return day
    return None
