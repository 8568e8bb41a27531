"""Who comes: check-ins answered, late or never; treatment sessions missed; people who leave. From course_behaviour.csv.

Nothing here looks at the true state. Draws are keyed by seed, patient and occasion, so that they are the same in
whatever order and on however many processes patients are simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.errors import UnknownNameError
from holdfast.facts import load
from holdfast.facts.named_numbers import named_numbers
from holdfast.model.population.random_numbers import Purpose, named_uniform

Flags = NDArray[np.bool_]
PERFECT, REALISTIC = "perfect", "realistic"
ATTENDANCE = (PERFECT, REALISTIC)


@cache
def behaviour(symbol: str, unit: str) -> float:
    """The number of that symbol in course_behaviour.csv, in `unit`, whatever unit its row is written in.

    Raises `UnknownNameError` where there is none, `TableError` where the row's unit is of another kind.
    """
    (only,) = named_numbers(load(), "course_behaviour", symbol, unit)
    return only


def _share(symbol: str) -> float:
    return behaviour(symbol, "fraction")


@dataclass(frozen=True)
class Attendance:
    """How `count` patients, the first of them number `first`, keep to their courses."""

    kind: str
    seed: int
    first: int
    count: int

    def __post_init__(self) -> None:
        if self.kind not in ATTENDANCE:
            raise UnknownNameError("attendance", self.kind, list(ATTENDANCE))

    def misses(self, day: int) -> Flags:
        """Who would miss a treatment session planned for that day."""
        if self.kind == PERFECT:
            return np.zeros(self.count, dtype=bool)
        return self._drawn("missed treatment session", day) < _share("treatment_session_missed")

    def rated_before_dose(self, day: int) -> Flags:
        """Who would answer the check-in before a dose on that day."""
        if self.kind == PERFECT:
            return np.ones(self.count, dtype=bool)
        return self._drawn("check-in before a dose", day) >= _share("check_in_missed")

    def check_in_delay_d(self, check_in: int) -> NDArray[np.int64]:
        """Days by which the check-in of that number comes late: 0 on time, -1 never."""
        if self.kind == PERFECT:
            return np.zeros(self.count, dtype=np.int64)
        says, late, by = (self._drawn(f"check-in {what}", check_in) for what in ("missed", "late", "late by"))
        latest = int(behaviour("check_in_latest", "d"))
        delay = np.where(late < _share("check_in_late"), 1 + np.floor(by * latest), 0)
        return np.where(says < _share("check_in_missed"), -1, delay).astype(np.int64)

    def leaves(self, day: int, response: Flags) -> Flags:
        """Who leaves on that day: once a week, more likely without response at the last rating."""
        if self.kind == PERFECT or day == 0 or day % DAYS_PER_WEEK:
            return np.zeros(self.count, dtype=bool)
        chance = np.where(response, _share("dropout_responding"), _share("dropout_not_responding"))
        return self._drawn("dropout", day // DAYS_PER_WEEK) < chance

    def _drawn(self, name: str, occasion: int) -> NDArray[np.float64]:
        return named_uniform(self.seed, Purpose.ATTENDANCE, name, self.first, self.count, occasion)
