"""A batch of virtual patients through their courses, day by day, side by side.

On a day: who leaves; who comes; who is rated; the review, where it falls due; the pressure before the dose; the dose,
or none; the decision on what comes next; then 24 hours of body and mood. Decisions see ratings and vital
signs, never the true state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.errors import InputError
from holdfast.model.courses.acute import AcuteEffects
from holdfast.model.courses.attendance import Attendance, behaviour
from holdfast.model.courses.columns import PHASES, WHY_STOPPED, Courses
from holdfast.model.courses.decisions import HELD, UNKNOWN, WORSENING, Doses, Intervals
from holdfast.model.courses.distinct import distinct
from holdfast.model.courses.lived import Lives
from holdfast.model.courses.people import People
from holdfast.model.courses.plan import KEEP, STOP, CoursePlan
from holdfast.model.courses.planned import NEVER, Histories, Next, Planner
from holdfast.model.courses.ratings import UNRATED, Ratings
from holdfast.model.effects.before_dose import PressureGate
from holdfast.model.named_models import named_model
from holdfast.protocols.missed import after_missed
from holdfast.protocols.parts import Phase, Review
from holdfast.protocols.protocol import protocol_rules

Whole = NDArray[np.int64]
Who = NDArray[np.int_]
MAINTENANCE = "maintenance"
_PLACE_OF_PHASE = {kind: place for place, kind in enumerate(PHASES, start=1)}
_AFTER_TREATMENT = _PLACE_OF_PHASE["after treatment"]
_PLACE_OF_WHY = {why: place for place, why in enumerate(WHY_STOPPED, start=1)}


def simulate_batch(plan: CoursePlan, first: int, count: int, *, threads: int = 1) -> Courses:
    """The courses of `count` virtual patients, the first of them number `first` (from 0).

    The same patient gets the same course in every batch.
    """
    march = _March(plan, first, count, threads)
    for day in range(plan.days):
        march.live(day)
    march.sum_up()
    return march.courses


def review_of_induction(plan: CoursePlan) -> Review | None:
    """The review at which induction ends: after its last treatment session, or at the end of its last week."""
    phases = [p for p in plan.protocol.phases_for(plan.indication) if p.phase == "induction"]
    ends: set[tuple[int | None, int | None]] = {(p.max_sessions, None) for p in phases if p.max_sessions is not None}
    ends |= {(None, p.last_week) for p in phases if p.last_week is not None}
    return next((r for r in plan.protocol.reviews if (r.after_sessions, r.after_weeks) in ends), None)


@dataclass
class _Ahead:
    """What comes next for each patient, arrays of shape (patients,)."""

    day: Whole  # of the next planned treatment session, NEVER where there is none
    answer: Whole  # place in the list of answers of the planner
    phase: Whole  # place in PHASES, from 1
    interval_d: Whole  # present interval of maintenance, 0 before
    held: Whole  # treatment sessions in a row at it without worsening
    reference: Whole  # total with which maintenance began
    dose: NDArray[np.float64]  # last dose, in the protocol's unit
    alert: NDArray[np.bool_]  # pressure above the limit after the last dose


class _March:
    def __init__(self, plan: CoursePlan, first: int, count: int, threads: int) -> None:
        model, protocol = named_model(plan.model), plan.protocol
        self.plan, self.count = plan, count
        self.people = People(model, plan.population, plan.seed, first, count, plan.care)
        self.acute = AcuteEffects(model, self.people.patients)
        self.lives = Lives(model, protocol, self.people, plan.hypothesis, threads)
        self.attendance = Attendance(plan.attendance, plan.seed, first, count)
        self.planner = Planner(protocol, indication=plan.indication, jurisdiction=plan.jurisdiction)
        self.intervals, self.doses = Intervals(plan.policy, protocol.maintenance), Doses(plan.dose_rule)
        self.phases = {phase.key: phase for phase in protocol.phases_for(plan.indication)}
        self.review = review_of_induction(plan) if plan.without_response == STOP else None
        self.rules = protocol_rules(protocol, jurisdiction=plan.jurisdiction, indication=plan.indication)
        self.gate = PressureGate(self.rules) if plan.pressure_gate == KEEP else None
        self.courses = Courses(first, count, plan.days)
        self.age_band = self.planner.age_band(self.people.patients.who.age_y)
        self.why = np.zeros(count, dtype=np.int64)
        self.ended = np.zeros(count, dtype=bool)  # no more doses, by decision
        self.review_from = np.full(count, NEVER, dtype=np.int64)
        self.histories = Histories.none(count)
        self.answers: list[Next] = []
        self.places: dict[Next, int] = {}
        self.ahead = self._at_the_start()
        self.delay = np.zeros(count, dtype=np.int64)
        self.ratings: Ratings | None = None

    def _at_the_start(self) -> _Ahead:
        zeros = np.zeros(self.count, dtype=np.int64)
        bands, place = np.unique(self.age_band, return_inverse=True)
        answers = [self.planner.first(self.planner.age_of(int(band))) for band in bands]
        answer = np.array([self._remember(Next(0, a.phase, a.phase_kind, a.allowed_doses, a.unit, a.dose_note))
                           for a in answers])[place]  # fmt: skip
        phase = np.array([_PLACE_OF_PHASE[a.phase_kind] for a in answers])[place]
        dose, nobody = np.full(self.count, np.nan), np.zeros(self.count, dtype=bool)
        return _Ahead(zeros, answer, phase, zeros.copy(), zeros.copy(), zeros + UNRATED, dose, nobody)

    def _remember(self, found: Next) -> int:
        if found not in self.places:
            self.places[found] = len(self.answers)
            self.answers.append(found)
        return self.places[found]

    def live(self, day: int) -> None:
        """One day of everybody."""
        score = self.people.score(day, self.lives.levels)
        self.courses.values["madrs_true"][day] = score
        self._leave(day)
        here = self.why == 0
        due = here & (self.ahead.day == day)
        coming = due & ~self.attendance.misses(day) if day else due
        self._rate(day, score, here, coming)
        present = np.flatnonzero(coming & (self.why == 0))
        withheld = self._withheld(day, present)
        treated = present[~withheld]
        self._write_standing(day)
        self.courses.values["missed"][day] = missing = due & ~coming
        self.courses.values["withheld"][day, present] = withheld
        if len(treated):
            self._treat(day, treated)
        missing[present[withheld]] = True  # not given, and planned anew in the same way
        self._go_on(day, treated, np.flatnonzero(missing))
        resting = np.ones(self.count, dtype=bool)
        resting[treated] = False
        self.lives.quiet_day(np.flatnonzero(resting))

    def sum_up(self) -> None:
        """Outcomes of the courses as wholes."""
        if self.ratings is not None:
            reached = self.ratings.first_good_on >= 0
            self.courses.outcomes = {
                "response or remission at any rating": int(reached.sum()),
                "relapse after it": int(self.ratings.relapsed.sum()),
            }

    def _leave(self, day: int) -> None:
        if self.ratings is not None:
            leaving = self.attendance.leaves(day, self.ratings.response) & (self.why == 0)
            self.why[leaving] = _PLACE_OF_WHY["left"]

    def _rate(self, day: int, score: NDArray[np.float64], here: NDArray[np.bool_], coming: NDArray[np.bool_]) -> None:
        """All on day 0; then at check-ins as they are answered, and before each dose unless it is left out.

        The baseline is the last rating up to the day of the first dose, as `holdfast.outcomes.baseline` has it.
        """
        if self.ratings is None:
            totals = self.people.rated(day, score)
            self.ratings = Ratings(totals, self.plan.definitions)
            self.courses.put("madrs_observed", np.arange(self.count), day, totals)
            return
        every = int(behaviour()["check_in_every"])
        if day % every == 0:
            self.delay = self.attendance.check_in_delay_d(day // every)
        answered = (self.delay == day % every) & (day >= every)
        rated = np.flatnonzero(here & (answered | (coming & self.attendance.rated_before_dose(day))))
        if not len(rated):
            return
        totals = self.people.rated(day, score)
        self.courses.put("madrs_observed", rated, day, totals[rated])
        waiting = self.histories.doses[rated] == 0
        self.ratings.before_the_first_dose(rated[waiting], totals[rated[waiting]], day)
        rated = rated[~waiting]
        self.ratings.obtained(rated, totals[rated], day)
        for name, flags in (("response", self.ratings.response), ("remission", self.ratings.remission),
                            ("relapse", self.ratings.relapsed)):  # fmt: skip
            self.courses.put(name, rated, day, flags[rated])
        begun = rated[(self.ahead.phase[rated] == _PLACE_OF_PHASE[MAINTENANCE]) & (self.ahead.reference[rated] < 0)]
        self.ahead.reference[begun] = totals[begun]
        self._review(day, rated)

    def _review(self, day: int, rated: Who) -> None:
        """The review that ends induction, held at the first rating once it is due."""
        assert self.ratings is not None
        held = rated[self.review_from[rated] <= day]
        self.review_from[held] = NEVER
        stopped = held[~self.ratings.response[held]]
        self.why[stopped] = _PLACE_OF_WHY["no response at the review"]

    def _withheld(self, day: int, present: Who) -> NDArray[np.bool_]:
        """Whose dose the gate stops, of those present; where the rules only caution, nobody's."""
        if not len(present):
            return np.zeros(0, dtype=bool)
        before = self.acute.pressure_before(present, day)
        for name, values in zip(("sbp_before_mmhg", "dbp_before_mmhg"), before, strict=True):
            self.courses.put(name, present, day, values)
        if self.gate is None:
            return np.zeros(len(present), dtype=bool)
        return self.gate.withholds(*before, self.people.patients.who.age_y[present])

    def _write_standing(self, day: int) -> None:
        ahead, courses = self.ahead, self.courses
        out = self.why > 0
        courses.values["in_course"][day] = ~out
        courses.values["why_stopped"][day] = self.why
        courses.values["phase"][day] = np.where(out, _AFTER_TREATMENT, ahead.phase)
        if self.ratings is not None:
            courses.standing["response"][day] = (self.ratings.response & ~out).sum()
            courses.standing["remission"][day] = (self.ratings.remission & ~out).sum()
        kept = np.flatnonzero((ahead.interval_d > 0) & ~out)
        courses.put("interval_d", kept, day, ahead.interval_d[kept])

    def _treat(self, day: int, who: Who) -> None:
        """The dose, what it does within hours, and the next 24 hours."""
        number = self.histories.doses[who] + 1
        dose_mg = self._choose_doses(who)
        self.courses.put("treatment_session", who, day, number)
        self.courses.put("dose_mg", who, day, dose_mg)
        alike = np.unique(dose_mg) if self.plan.protocol.administration.device_mg else [None]
        for amount in alike:
            at = np.arange(len(who)) if amount is None else np.flatnonzero(dose_mg == amount)
            levels = self.lives.treatment_day(who[at], dose_mg[at])
            for name, values in self.acute.peaks(who[at], day, number[at], *levels).items():
                self.courses.put(name, who[at], day, values)
        self.people.remember(who, self.courses.values["cadss_peak"][day, who])
        pressure = self.courses.values["sbp_max_mmhg"][day, who]  # not a number where the model has none: no alert
        self.ahead.alert[who] = pressure >= behaviour()["pressure_alert"]

    def _choose_doses(self, who: Who) -> NDArray[np.float64]:
        """Doses in mg; the protocol's largest is kept to."""
        assert self.ratings is not None
        ahead, how = self.ahead, self.plan.protocol.administration
        since = self.ratings.rated_on[who] > self.histories.last[who]
        response = np.where(since, self.ratings.response[who], -1)
        units = np.empty(len(who))
        for place in np.unique(ahead.answer[who]):
            at, answer = np.flatnonzero(ahead.answer[who] == place), self.answers[place]
            if not answer.allowed:
                raise InputError(f"{self.plan.protocol.id}, {answer.phase}: {answer.note}; no dose to simulate")
            given = np.where(np.isnan(ahead.dose[who[at]]), answer.allowed[0], ahead.dose[who[at]])
            units[at] = self.doses.choose(answer.allowed, given, response[at], ahead.alert[who[at]])
        ahead.dose[who] = units
        per_kg = self.answers[ahead.answer[who[0]]].unit == "mg/kg"
        mg = units * self.people.patients.who.weight_kg[who] if per_kg else units
        return np.minimum(mg, how.dose_max_mg) if how.dose_max_mg is not None else mg

    def _go_on(self, day: int, treated: Who, missing: Who) -> None:
        """Reviews that fall due, the policy's interval, and the next planned treatment session."""
        review = self.review
        if review is not None and review.after_weeks is not None:
            due = day - self.histories.first == DAYS_PER_WEEK * review.after_weeks - 1
            self.review_from[due & (self.why == 0)] = day
        both = np.sort(np.concatenate([treated, missing]))
        if not len(both):
            return
        last_before, last_of_missing = self.histories.last[treated], self.histories.last[missing]
        self.histories.happened(both, day, np.isin(both, treated, assume_unique=True))
        if review is not None and review.after_sessions is not None:
            reached = treated[self.histories.doses[treated] == review.after_sessions]
            self.review_from[reached] = day + 1
        self._advise(treated, last_before)
        self._after_missed(day, missing, last_of_missing)
        self._plan_next(day, both)

    def _advise(self, treated: Who, last_before: Whole) -> None:
        """The policy, after each treatment session of maintenance."""
        assert self.ratings is not None
        ahead = self.ahead
        for phase in (p for p in self.phases.values() if p.phase == MAINTENANCE):
            at = np.flatnonzero([self.answers[place].phase == phase.key for place in ahead.answer[treated]])
            who = treated[at]
            if not len(who):
                continue
            course = self._course(who, last_before[at])
            held = np.where(course == WORSENING, 0, ahead.held[who] + (course == HELD))
            chosen, raised = self.intervals.advise(phase, ahead.interval_d[who], course, held)
            if self.plan.when_raised == STOP:
                self.ended[who[raised]] = True
            ahead.held[who] = np.where(chosen == ahead.interval_d[who], held, 0)
            ahead.interval_d[who] = self.histories.interval_d[who] = chosen

    def _course(self, who: Who, last_before: Whole) -> Whole:
        """How patients have been since their last treatment session, as far as ratings of maintenance tell."""
        assert self.ratings is not None
        known = (self.ratings.rated_on[who] > last_before) & (self.ahead.reference[who] >= 0)
        worse = self.ratings.total[who] >= self.ahead.reference[who] + behaviour()["worsening"]
        return np.where(known, np.where(worse, WORSENING, HELD), UNKNOWN)

    def _after_missed(self, day: int, who: Who, last_before: Whole) -> None:
        """Worse after a missed treatment session: back to the frequency before, by the clinic's rule; not where the
        interval is fixed. Otherwise, and while it is unknown, the schedule stands.
        """
        worse = who[self._course(who, last_before) == WORSENING] if self.plan.policy != "fixed" else who[:0]
        if not len(worse):
            return
        weeks = (day - self.histories.first[worse]) // DAYS_PER_WEEK + 1
        states, place = distinct([weeks, self.histories.doses[worse]])
        advice = [
            after_missed(self.plan.protocol, indication=self.plan.indication, week=week, sessions_given=doses,
                         worsening=True, rules=self.rules)
            for week, doses in states
        ]  # fmt: skip
        interval_d = np.array([one.interval_d for one in advice])[place]
        self.ahead.interval_d[worse] = self.histories.interval_d[worse] = interval_d
        self.ahead.held[worse] = 0

    def _plan_next(self, day: int, who: Who) -> None:
        ahead = self.ahead
        place, answers = self.planner.next(self.histories.take(who), self.age_band[who])
        ends = [a.after_d is None or (a.kind == MAINTENANCE and not self.plan.maintenance) for a in answers]
        ahead.day[who] = np.array([NEVER if end else day + (a.after_d or 0)
                                   for end, a in zip(ends, answers, strict=True)])[place]  # fmt: skip
        ahead.day[who[self.ended[who]]] = NEVER
        ahead.answer[who] = np.array([self._remember(a) for a in answers])[place]
        phase = [_AFTER_TREATMENT if end else _PLACE_OF_PHASE[a.kind] for end, a in zip(ends, answers, strict=True)]
        ahead.phase[who] = np.where(self.ended[who], _AFTER_TREATMENT, np.array(phase)[place])
        begun = who[(ahead.phase[who] == _PLACE_OF_PHASE[MAINTENANCE]) & (ahead.interval_d[who] == 0)]
        if len(begun):
            ahead.interval_d[begun] = self._first_interval()
            if self.plan.first_interval_d is not None and np.any(self.histories.interval_d[begun] == 0):
                self.histories.interval_d[begun] = self.plan.first_interval_d
                self._plan_next(day, begun)

    def _first_interval(self) -> int:
        phase: Phase = next(p for p in self.phases.values() if p.phase == MAINTENANCE)
        return self.plan.first_interval_d or phase.usual_interval_d
