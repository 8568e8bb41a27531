"""The review that ends induction: when it falls due, and who does not go on after it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.model.courses.plan import STOP, CoursePlan
from holdfast.model.courses.planned import NEVER, Histories
from holdfast.protocols.parts import Review

Who = NDArray[np.int_]
Flags = NDArray[np.bool_]


def review_of_induction(plan: CoursePlan) -> Review | None:
    """The review at which induction ends: after its last treatment session, or at the end of its last week."""
    phases = [p for p in plan.protocol.phases_for(plan.indication) if p.phase == "induction"]
    ends: set[tuple[int | None, int | None]] = {(p.max_sessions, None) for p in phases if p.max_sessions is not None}
    ends |= {(None, p.last_week) for p in phases if p.last_week is not None}
    return next((r for r in plan.protocol.reviews if (r.after_sessions, r.after_weeks) in ends), None)


class InductionReview:
    """For many patients: held at the first rating once it is due. It never falls due where nobody is stopped by it."""

    def __init__(self, plan: CoursePlan, count: int) -> None:
        self._review = review_of_induction(plan) if plan.without_response == STOP else None
        self._due_on = np.full(count, NEVER, dtype=np.int64)

    def fall_due(self, day: int, treated: Who, here: Flags, histories: Histories) -> None:
        """After the treatment sessions of that day, in those who are still `here`."""
        review = self._review
        if review is not None and review.after_weeks is not None:
            over = day - histories.first == DAYS_PER_WEEK * review.after_weeks - 1
            self._due_on[over & here] = day
        if review is not None and review.after_sessions is not None:
            self._due_on[treated[histories.doses[treated] == review.after_sessions]] = day + 1

    def stopped(self, day: int, rated: Who, response: Flags) -> Who:
        """Who is stopped by the review held today: of those `rated`, the ones without a response, shape of all."""
        held = rated[self._due_on[rated] <= day]
        self._due_on[held] = NEVER
        return held[~response[held]]
