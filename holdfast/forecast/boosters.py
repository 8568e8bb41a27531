"""Booster doses: rated every week, and dosed on a day whose rating is no response. Each path decides for itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.forecast.answers import Asked, expected_of, judged_paths
from holdfast.forecast.futures import REPEATS, total, ups_and_downs
from holdfast.forecast.histories import Lived, left_by, lived, makes_of_levels
from holdfast.model.mood.score import most_points
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
_MIDDLE_D = 4  # days after the deciding rating: the mean of the weekdays on which other plans are judged


def boosted(asked: Asked, kind: int, *, weeks: int) -> dict[str, Any]:
    """Weeks well, relapse and treatment sessions under booster doses of that kind, from today on.

    A week is judged by a rating in its middle, not by the one that decides: other plans are judged on any weekday.
    """
    course = _Course(asked, kind, weeks)
    for week in range(weeks):
        course.live(week)
    errors = [course.errors[1::2], course.random.standard_normal(course.dosed.shape)]
    found = judged_paths(asked, (course.even + course.moves)[1::2], errors)
    return {**found, "treatment_sessions": asdict(expected_of(course.dosed.sum(axis=0).astype(float)))}


class _Course:
    """Paths under booster doses. Times alternate: a deciding rating, the middle of its week; times lead in arrays."""

    def __init__(self, asked: Asked, kind: int, weeks: int) -> None:
        self._asked, self._kind, self.random = asked, kind, asked.random(1)
        case, of = asked.case, asked.person
        start = asked.hour(asked.patient.today)
        days = sorted(
            [*(DAYS_PER_WEEK * w for w in range(weeks + 1)), *(DAYS_PER_WEEK * w + _MIDDLE_D for w in range(weeks))]
        )
        self._hours = [start + H_PER_D * day for day in days]
        self.moves = ups_and_downs(of, np.repeat(np.array(self._hours)[:, None], REPEATS, axis=1), self.random)
        self._quiet = lived(case.people, of.members, case.setting, case.doses, self._hours, state=of.levels,
                            from_h=self._hours[0], levels=of.solver)  # fmt: skip
        self._bump = of.solver.expected(np.array(self._hours) - start)
        self._makes = makes_of_levels(case.people, of.members, case.setting, of.own)
        self._states = np.repeat(of.levels[:, None], REPEATS, axis=1)  # (3, repeats, draws)
        self.errors = self.random.standard_normal(self.moves.shape)
        self.even = np.zeros(self.moves.shape)
        self.dosed = np.zeros((weeks, REPEATS, len(of)), dtype=bool)

    def live(self, week: int) -> None:
        """A deciding rating, a dose for those it calls for, and the week until the next one."""
        asked, at = self._asked, 2 * week
        self._read(at, week)
        points = np.clip(self.even[at] + self.moves[at], 0.0, most_points())
        deciding = total(asked.person, asked.judge.scale, asked.case.observed.scales, points, self.errors[at])
        self.dosed[week] = ~asked.judge.well[deciding]
        booster = (self._hours[at], self._kind)
        for later in (at, at + 1):
            self._states = asked.person.solver.span_of_some(
                self._states, self._hours[later], self._hours[later + 1], self.dosed[week], asked.case.doses, booster
            )
            if later == at:
                self._read(at + 1, week + 1)

    def _read(self, at: int, weeks: int) -> None:
        """The score on even days at a time, with what is expected of the boosters of the weeks before it."""
        of = self._asked.person
        bumps = self._bump[at - 2 * np.arange(weeks)]
        expected = self._quiet.expected[at] + np.einsum("wrn,wn->rn", self.dosed[:weeks].astype(float), bumps)
        grown = {name: one[at] for name, one in self._quiet.grown.items()}
        now = Lived(self._states, expected, grown)  # paths stand where times do
        self.even[at] = of.base * left_by(self._makes, now)
