"""When the next treatment session of each patient is planned: the clinic's own `schedule`, asked once for each state.

`schedule` looks at the first day, at the days within the last week or two, at how many doses were given, at the week
of the course and at a chosen interval. Two patients who agree in these get the same answer, whatever else lies behind
them, so a patient's history is first made short (`_shortened`) and each short one is asked for only once.

Days count from 0, the day for which the first dose is planned. Weeks of a course count from the first dose given, so
what lies behind a patient is told from there; until then the first dose is planned anew, like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.model.courses.distinct import distinct
from holdfast.model.pharmacokinetics.covariate_words import TYPICAL_AGE_Y
from holdfast.protocols.answers import ChosenInterval, Outcome, SessionAnswer
from holdfast.protocols.protocol import Protocol
from holdfast.protocols.schedule import MOST_WEEKS, PlannedSession, schedule

Whole = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max  # no further treatment session is planned
RECENT_D = 14  # days of the past that `schedule` looks at one by one
_START = date(2024, 1, 1)  # any day: the answer depends on differences alone


@dataclass
class Histories:
    """What lies behind each patient, arrays of shape (patients,). Bit i of `given`, `missed` is i days before `last`.

    `interval_d` is 0 while no interval was chosen.
    """

    last: Whole  # day of the last treatment session, given or missed
    given: Whole
    missed: Whole
    doses: Whole  # given so far
    interval_d: Whole
    first: Whole  # day of the first dose, NEVER until it is given

    @classmethod
    def none(cls, patients: int) -> Histories:
        """Nothing has happened; the first dose is planned for day 0."""
        last, given, missed, doses, interval_d = np.zeros((5, patients), dtype=np.int64)
        return cls(last, given, missed, doses, interval_d, np.full(patients, NEVER, dtype=np.int64))

    def take(self, who: NDArray[np.int_]) -> Histories:
        """The same for some of the patients."""
        return Histories(*(getattr(self, field.name)[who] for field in fields(self)))

    def happened(self, who: NDArray[np.int_], day: int, given: NDArray[np.bool_]) -> None:
        """A treatment session of the patients `who` was due on `day`; `given` says for which it took place."""
        window = (1 << RECENT_D) - 1
        since = np.minimum(day - self.last[who], RECENT_D)
        self.given[who] = ((self.given[who] << since) & window) | given
        self.missed[who] = ((self.missed[who] << since) & window) | ~given
        self.doses[who] += given
        self.last[who] = day
        begun = who[given & (self.first[who] == NEVER)]
        self.first[begun], self.missed[begun] = day, 0  # the plan looks at nothing before the first dose


@dataclass(frozen=True)
class Next:
    """The next planned treatment session: days after the last, the place of its phase, its doses, usual first."""

    after_d: int | None  # None: the plan has ended
    phase: str = ""
    kind: str = ""
    allowed: tuple[float, ...] = ()
    unit: str | None = None
    note: str | None = None


class Planner:
    """Answers for many patients at once what `schedule` answers for one."""

    def __init__(self, protocol: Protocol, *, indication: str, jurisdiction: str) -> None:
        self.protocol, self.indication, self.jurisdiction = protocol, indication, jurisdiction
        phases = protocol.phases_for(indication)
        self._count_cap = sum(phase.max_sessions or 0 for phase in phases) + 1
        bounds = [week for phase in phases for week in (phase.first_week, phase.last_week) if week is not None]
        room = math.ceil((self._count_cap + RECENT_D) / DAYS_PER_WEEK)
        self._week_cap = max(bounds, default=1) + 1 + room + 1
        ends = {dose.age_max_y + 1 for dose in protocol.doses if dose.age_max_y is not None}
        self.age_bounds = sorted(ends | {dose.age_min_y for dose in protocol.doses if dose.age_min_y is not None})
        self._known: dict[tuple[int, ...], Next] = {}

    def first(self, age_y: float) -> PlannedSession:
        """The first treatment session, planned for day 0."""
        return self._asked((), (), age_y)[0]

    def age_band(self, age_y: NDArray[np.float64]) -> Whole:
        """Ages between which no dose differs share a band, from 0."""
        return np.searchsorted(np.array(self.age_bounds), np.floor(age_y), side="right").astype(np.int64)

    def age_of(self, band: int) -> float:
        """An age of that band; where no dose asks for age, there is one band and any age does."""
        return self.age_bounds[band - 1] if band else min(self.age_bounds, default=TYPICAL_AGE_Y) - 1

    def next(self, histories: Histories, age_band: Whole) -> tuple[Whole, list[Next]]:
        """For each patient the place of its answer in the list of distinct answers."""
        states, place = distinct(self._shortened(histories, age_band))
        return place, [self._next(state) for state in states]

    def _shortened(self, h: Histories, age_band: Whole) -> list[Whole]:
        """Columns (last, given, missed, older, interval, age): a short past with the same next treatment session."""
        last = np.where(h.doses > 0, h.last - h.first, RECENT_D)  # before the first dose only differences of days count
        weeks_back = np.maximum(0, last // DAYS_PER_WEEK + 1 - self._week_cap)
        older = np.minimum(h.doses - np.bitwise_count(h.given), self._count_cap)
        return [last - weeks_back * DAYS_PER_WEEK, h.given, h.missed, older, h.interval_d, age_band]

    def _next(self, state: tuple[int, ...]) -> Next:
        if state not in self._known:
            last, given, missed, older, interval_d, band = state
            days = [(day, Outcome.GIVEN) for day in range(older)]
            days += [(last - i, Outcome.GIVEN) for i in range(RECENT_D) if given >> i & 1]
            days += [(last - i, Outcome.MISSED) for i in range(RECENT_D) if missed >> i & 1]
            answers = [SessionAnswer(_START + timedelta(days=day), outcome) for day, outcome in days]
            chosen = [ChosenInterval(_START + timedelta(days=last), interval_d)] if interval_d else []
            planned = self._asked(answers, chosen, self.age_of(band))
            self._known[state] = _found(planned, last)
        return self._known[state]

    def _asked(
        self, given: Iterable[SessionAnswer], chosen: Iterable[ChosenInterval], age_y: float
    ) -> tuple[PlannedSession, ...]:
        return schedule(
            self.protocol, start=_START, indication=self.indication, jurisdiction=self.jurisdiction, age_y=age_y,
            until_week=MOST_WEEKS, sessions=1, given=given, chosen=chosen,
        )  # fmt: skip


def _found(planned: tuple[PlannedSession, ...], last: int) -> Next:
    if not planned:
        return Next(None)
    one = planned[0]
    after_d = (one.on - _START).days - last
    return Next(after_d, one.phase, one.phase_kind, one.allowed_doses, one.unit, one.dose_note)
