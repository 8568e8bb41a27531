"""A batch of virtual patients through their courses, day by day, side by side.

On a day: who leaves; who comes; who is rated; the review, where it falls due; the pressure before the dose; the dose,
or none; the decision on what comes next; then 24 hours of body and mood. Decisions see ratings and vital
signs, never the true state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.model.courses.acute import AcuteEffects
from holdfast.model.courses.ahead import AFTER_TREATMENT, Ahead
from holdfast.model.courses.attendance import Attendance, behaviour
from holdfast.model.courses.bodies import Bodies
from holdfast.model.courses.columns import WHY_STOPPED, Courses
from holdfast.model.courses.people import People
from holdfast.model.courses.plan import KEEP, CoursePlan
from holdfast.model.courses.ratings import Ratings
from holdfast.model.courses.review import InductionReview
from holdfast.model.named_models import named_model
from holdfast.model.pressure_gate import PressureGate
from holdfast.protocols.protocol import protocol_rules

Who = NDArray[np.int_]
Flags = NDArray[np.bool_]
_PLACE_OF_WHY = {why: place for place, why in enumerate(WHY_STOPPED, start=1)}


def simulate_batch(plan: CoursePlan, first: int, count: int, *, threads: int = 1) -> Courses:
    """The courses of `count` virtual patients, the first of them number `first` (from 0).

    The same patient gets the same course in every batch.
    """
    batch = _Batch(plan, first, count, threads)
    for day in range(plan.days):
        batch.live(day)
    batch.sum_up()
    return batch.courses


class _Batch:
    """Everybody of a batch: what they are (people, bodies), what is known of them, what comes next."""

    def __init__(self, plan: CoursePlan, first: int, count: int, threads: int) -> None:
        model, protocol = named_model(plan.model), plan.protocol
        self.plan, self.count = plan, count
        self.people = People(model, plan.population, plan.seed, first, count, plan.care)
        self.who = self.people.patients.who
        self.bodies = Bodies(model, protocol, self.people, plan.hypothesis, threads)
        self.acute = AcuteEffects(model, self.people.patients)
        self.attendance = Attendance(plan.attendance, plan.seed, first, count)
        self.delay = np.zeros(count, dtype=np.int64)  # days by which the present check-in comes late
        rules = protocol_rules(protocol, jurisdiction=plan.jurisdiction, indication=plan.indication)
        self.gate = PressureGate(rules) if plan.pressure_gate == KEEP else None
        self.ahead, self.review = Ahead(plan, self.who.age_y), InductionReview(plan, count)
        self.why = np.zeros(count, dtype=np.int64)  # place in WHY_STOPPED, from 1; 0 in the course
        self.courses = Courses(first, count, plan.days)
        self.ratings = self._rated_first()

    def _rated_first(self) -> Ratings:
        """All on day 0. The baseline is the last rating up to the first dose, as in `holdfast.outcomes.baseline`."""
        totals = self.people.rated(0, self.people.score(0, self.bodies.levels))
        self.courses.put("madrs_observed", np.arange(self.count), 0, totals)
        return Ratings(totals, self.plan.definitions)

    def live(self, day: int) -> None:
        """One day of everybody."""
        score = self.people.score(day, self.bodies.levels)
        self.courses.values["madrs_true"][day] = score
        self.why[self.attendance.leaves(day, self.ratings.response) & (self.why == 0)] = _PLACE_OF_WHY["left"]
        here = self.why == 0
        due = here & (self.ahead.day == day)
        coming = due & ~self.attendance.misses(day) if day else due
        if day:
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
        self.ahead.go_on(day, treated, np.flatnonzero(missing), self.ratings)
        self.review.fall_due(day, treated, self.why == 0, self.ahead.histories)
        resting = np.ones(self.count, dtype=bool)
        resting[treated] = False
        self.bodies.quiet_day(np.flatnonzero(resting))

    def sum_up(self) -> None:
        """Outcomes of the courses as wholes."""
        self.courses.outcomes = {
            "response or remission at any rating": int((self.ratings.first_good_on >= 0).sum()),
            "relapse after it": int(self.ratings.relapsed.sum()),
        }

    def _rate(self, day: int, score: NDArray[np.float64], here: Flags, coming: Flags) -> None:
        """At check-ins as they are answered, and before each dose unless it is left out."""
        every = int(behaviour("check_in_every", "d"))
        if day % every == 0:
            self.delay = self.attendance.check_in_delay_d(day // every)
        answered = (self.delay == day % every) & (day >= every)
        rated = np.flatnonzero(here & (answered | (coming & self.attendance.rated_before_dose(day))))
        if not len(rated):
            return
        totals = self.people.rated(day, score)
        self.courses.put("madrs_observed", rated, day, totals[rated])
        waiting = self.ahead.histories.doses[rated] == 0
        self.ratings.before_the_first_dose(rated[waiting], totals[rated[waiting]], day)
        rated = rated[~waiting]
        self.ratings.obtained(rated, totals[rated], day)
        for name, flags in (("response", self.ratings.response), ("remission", self.ratings.remission),
                            ("relapse", self.ratings.relapsed)):  # fmt: skip
            self.courses.put(name, rated, day, flags[rated])
        self.ahead.rated(rated, totals[rated])
        stopped = self.review.stopped(day, rated, self.ratings.response)
        self.why[stopped] = _PLACE_OF_WHY["no response at the review"]

    def _withheld(self, day: int, present: Who) -> Flags:
        """Whose dose the gate stops, of those present; where the rules only caution, nobody's."""
        if not len(present):
            return np.zeros(0, dtype=bool)
        before = self.acute.pressure_before(present, day)
        for name, values in zip(("sbp_before_mmhg", "dbp_before_mmhg"), before, strict=True):
            self.courses.put(name, present, day, values)
        if self.gate is None:
            return np.zeros(len(present), dtype=bool)
        return self.gate.withholds(*before, self.who.age_y[present])

    def _write_standing(self, day: int) -> None:
        courses, out = self.courses, self.why > 0
        courses.values["in_course"][day] = ~out
        courses.values["why_stopped"][day] = self.why
        courses.values["phase"][day] = np.where(out, AFTER_TREATMENT, self.ahead.phase)
        courses.standing["response"][day] = (self.ratings.response & ~out).sum()
        courses.standing["remission"][day] = (self.ratings.remission & ~out).sum()
        kept = np.flatnonzero((self.ahead.interval_d > 0) & ~out)
        courses.put("interval_d", kept, day, self.ahead.interval_d[kept])

    def _treat(self, day: int, who: Who) -> None:
        """The dose, what it does within hours, and the next 24 hours."""
        number = self.ahead.histories.doses[who] + 1
        dose_mg = self.ahead.dose_mg(who, self.ratings, self.who.weight_kg)
        self.courses.put("treatment_session", who, day, number)
        self.courses.put("dose_mg", who, day, dose_mg)
        alike = np.unique(dose_mg) if self.plan.protocol.administration.device_mg else [None]
        for amount in alike:
            at = np.arange(len(who)) if amount is None else np.flatnonzero(dose_mg == amount)
            levels = self.bodies.treatment_day(who[at], dose_mg[at])
            for name, values in self.acute.peaks(who[at], day, number[at], *levels).items():
                self.courses.put(name, who[at], day, values)
        self.people.remember(who, self.courses.values["cadss_peak"][day, who])
        self.ahead.dosed(who, self.courses.values["sbp_max_mmhg"][day, who])
