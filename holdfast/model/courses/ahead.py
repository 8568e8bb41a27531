"""What comes next for each patient of a batch: the day, the phase, the interval and the dose, and what decides them.

The clinic's own rules decide, from what the clinic knows: its schedule says when (`planned`), its policy how long the
intervals of maintenance are, a dose rule how much (`decisions`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.errors import InputError
from holdfast.model.courses.attendance import behaviour
from holdfast.model.courses.columns import PHASES
from holdfast.model.courses.decisions import HELD, UNKNOWN, WORSENING, Doses, Intervals
from holdfast.model.courses.distinct import distinct
from holdfast.model.courses.plan import STOP, CoursePlan
from holdfast.model.courses.planned import NEVER, Histories, Next, Planner
from holdfast.model.courses.ratings import UNRATED, Ratings
from holdfast.protocols.missed import after_missed
from holdfast.protocols.protocol import protocol_rules

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
Who = NDArray[np.int_]
MAINTENANCE = "maintenance"
PLACE_OF_PHASE = {kind: place for place, kind in enumerate(PHASES, start=1)}
AFTER_TREATMENT = PLACE_OF_PHASE["after treatment"]


class Ahead:
    """Arrays of shape (patients,). `day` is NEVER where no treatment session is planned; `phase` a place in PHASES."""

    def __init__(self, plan: CoursePlan, age_y: Values) -> None:
        count, protocol = len(age_y), plan.protocol
        self._plan = plan
        self._rules = protocol_rules(protocol, jurisdiction=plan.jurisdiction, indication=plan.indication)
        self._phases = [phase for phase in protocol.phases_for(plan.indication) if phase.phase == MAINTENANCE]
        self._planner = Planner(protocol, indication=plan.indication, jurisdiction=plan.jurisdiction)
        self._intervals, self._doses = Intervals(plan.policy, protocol.maintenance), Doses(plan.dose_rule)
        self._age_band = self._planner.age_band(age_y)
        self._answers: list[Next] = []  # each distinct one of the planner
        self._places: dict[Next, int] = {}
        self.histories = Histories.none(count)
        self.day, self.interval_d, self._held = np.zeros((3, count), dtype=np.int64)  # interval: 0 before maintenance
        self._reference = np.full(count, UNRATED, dtype=np.int64)  # total with which maintenance began
        self._dose = np.full(count, np.nan)  # the last one, in the protocol's unit
        self._alert = np.zeros(count, dtype=bool)  # pressure above the limit after the last dose
        self._ended = np.zeros(count, dtype=bool)  # no more doses, by decision
        self._answer, self.phase = self._first()

    def _first(self) -> tuple[Whole, Whole]:
        bands, place = np.unique(self._age_band, return_inverse=True)
        first = [self._planner.first(self._planner.age_of(int(band))) for band in bands]
        answers = [Next(0, one.phase, one.phase_kind, one.allowed_doses, one.unit, one.dose_note) for one in first]
        phases = np.array([PLACE_OF_PHASE[answer.kind] for answer in answers])
        return np.array([self._place(answer) for answer in answers])[place], phases[place]

    def _place(self, answer: Next) -> int:
        if answer not in self._places:
            self._places[answer] = len(self._answers)
            self._answers.append(answer)
        return self._places[answer]

    def dose_mg(self, who: Who, ratings: Ratings, weight_kg: Values) -> Values:
        """Today's doses of patients `who`, shape (who,); the protocol's largest is kept to."""
        since = ratings.rated_on[who] > self.histories.last[who]
        response = np.where(since, ratings.response[who], -1)
        units = np.empty(len(who))
        for place in np.unique(self._answer[who]):
            at, answer = np.flatnonzero(self._answer[who] == place), self._answers[place]
            if not answer.allowed:
                raise InputError(f"{self._plan.protocol.id}, {answer.phase}: {answer.note}; no dose to simulate")
            given = np.where(np.isnan(self._dose[who[at]]), answer.allowed[0], self._dose[who[at]])
            units[at] = self._doses.choose(answer.allowed, given, response[at], self._alert[who[at]])
        self._dose[who] = units
        per_kg = self._answers[self._answer[who[0]]].unit == "mg/kg"
        mg, most = units * weight_kg[who] if per_kg else units, self._plan.protocol.administration.dose_max_mg
        return np.minimum(mg, most) if most is not None else mg

    def dosed(self, who: Who, sbp_max_mmhg: Values) -> None:
        """The highest pressure after today's dose, shape (who,); one that is not a number raises no alert."""
        self._alert[who] = sbp_max_mmhg > behaviour("pressure_alert", "mmHg")

    def rated(self, who: Who, total: Whole) -> None:
        """The first rating of maintenance is what later ones are compared with."""
        first = (self.phase[who] == PLACE_OF_PHASE[MAINTENANCE]) & (self._reference[who] == UNRATED)
        self._reference[who[first]] = total[first]

    def go_on(self, day: int, treated: Who, missing: Who, ratings: Ratings) -> None:
        """A treatment session was due today and was given, or was not: the interval, and the next planned one."""
        both = np.sort(np.concatenate([treated, missing]))
        if not len(both):
            return
        last_before, last_of_missing = self.histories.last[treated], self.histories.last[missing]
        self.histories.happened(both, day, np.isin(both, treated, assume_unique=True))
        self._advise(treated, last_before, ratings)
        self._after_missed(day, missing, last_of_missing, ratings)
        self._plan_next(day, both)

    def _advise(self, treated: Who, last_before: Whole, ratings: Ratings) -> None:
        """The policy, after each treatment session of maintenance."""
        for phase in self._phases:
            at = np.flatnonzero([self._answers[place].phase == phase.key for place in self._answer[treated]])
            who = treated[at]
            if not len(who):
                continue
            course = self._course(who, last_before[at], ratings)
            held = np.where(course == WORSENING, 0, self._held[who] + (course == HELD))
            chosen, raised = self._intervals.advise(phase, self.interval_d[who], course, held)
            if self._plan.when_raised == STOP:
                self._ended[who[raised]] = True
            self._held[who] = np.where(chosen == self.interval_d[who], held, 0)
            self.interval_d[who] = self.histories.interval_d[who] = chosen

    def _course(self, who: Who, last_before: Whole, ratings: Ratings) -> Whole:
        """How patients have been since their last treatment session, as far as ratings of maintenance tell."""
        known = (ratings.rated_on[who] > last_before) & (self._reference[who] != UNRATED)
        worse = ratings.total[who] >= self._reference[who] + behaviour("worsening", "points")
        return np.where(known, np.where(worse, WORSENING, HELD), UNKNOWN)

    def _after_missed(self, day: int, who: Who, last_before: Whole, ratings: Ratings) -> None:
        """Worse after a missed treatment session: back to the frequency before, by the clinic's rule; not where the
        interval is fixed. Otherwise, and while it is unknown, the schedule stands.
        """
        plan = self._plan
        worse = who[self._course(who, last_before, ratings) == WORSENING] if plan.policy != "fixed" else who[:0]
        if not len(worse):
            return
        weeks = (day - self.histories.first[worse]) // DAYS_PER_WEEK + 1
        states, place = distinct([weeks, self.histories.doses[worse], self.interval_d[worse]])
        advice = [
            after_missed(plan.protocol, indication=plan.indication, week=week, sessions_given=doses,
                         worsening=True, rules=self._rules, interval_d=interval_d or None)
            for week, doses, interval_d in states
        ]  # fmt: skip
        back_d = np.array([one.interval_d for one in advice])[place]
        self.interval_d[worse] = self.histories.interval_d[worse] = back_d
        self._held[worse] = 0

    def _plan_next(self, day: int, who: Who) -> None:
        place, answers = self._planner.next(self.histories.take(who), self._age_band[who])
        ends = [a.after_d is None or (a.kind == MAINTENANCE and not self._plan.maintenance) for a in answers]
        days = [NEVER if end else day + (a.after_d or 0) for end, a in zip(ends, answers, strict=True)]
        phases = [AFTER_TREATMENT if end else PLACE_OF_PHASE[a.kind] for end, a in zip(ends, answers, strict=True)]
        self.day[who] = np.where(self._ended[who], NEVER, np.array(days)[place])
        self.phase[who] = np.where(self._ended[who], AFTER_TREATMENT, np.array(phases)[place])
        self._answer[who] = np.array([self._place(a) for a in answers])[place]
        begun = who[(self.phase[who] == PLACE_OF_PHASE[MAINTENANCE]) & (self.interval_d[who] == 0)]
        if len(begun):
            self._begin_maintenance(day, begun)

    def _begin_maintenance(self, day: int, who: Who) -> None:
        """The first interval: the protocol's usual one, unless the plan says another, which then plans anew."""
        first_d = self._plan.first_interval_d
        self.interval_d[who] = first_d or self._phases[0].usual_interval_d
        if first_d is not None and np.any(self.histories.interval_d[who] == 0):
            self.histories.interval_d[who] = first_d
            self._plan_next(day, who)
