"""Review points: when benefit must be judged before the course goes on. A review, never an automatic stop.

Rules series.stop (third infusion; end of induction), dose.es.eval (benefit at the end of induction, then from time to
time) and series.maint (a taper tried at each review).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from holdfast.days import DAYS_PER_WEEK
from holdfast.decision import Decision, Reason, caution, decide
from holdfast.facts import RuleSet
from holdfast.facts.plausible import plausible_day
from holdfast.protocols.answers import Continuation, Response, ReviewAnswer, SessionAnswer, given_days
from holdfast.protocols.parts import Review
from holdfast.protocols.protocol import Protocol


@dataclass(frozen=True)
class ReviewPoint:
    """A review that is or will be due. `due_on` is None while the treatment session it follows was not given."""

    key: str
    round: int
    due_on: date | None
    purpose: str
    rule: str | None
    held: ReviewAnswer | None

    def due(self, now: date) -> bool:
        """Is it due by `now` and not held?"""
        return self.held is None and self.due_on is not None and self.due_on <= now

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "key": self.key,
            "round": self.round,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "purpose": self.purpose,
            "rule": self.rule,
            "held_on": self.held.on.isoformat() if self.held else None,
        }


def review_points(
    protocol: Protocol, *, given: Iterable[SessionAnswer], held: Iterable[ReviewAnswer] = (), until: date
) -> tuple[ReviewPoint, ...]:
    """Every review of the protocol whose time comes by `until`, and those that wait for a count of doses.

    A review after a number of doses is due on the day of that dose; one at the end of a week on its last day (weeks
    count from the first dose). Repeated reviews carry their round, from 1.
    """
    plausible_day(until, "until")
    days = given_days(given)
    answers = {(answer.key, answer.round): answer for answer in held}
    points = []
    for review in protocol.reviews:
        for number, due_on in _due_days(review, days, until):
            answer = answers.get((review.key, number))
            points.append(ReviewPoint(review.key, number, due_on, review.purpose, review.rule, answer))
    return tuple(sorted(points, key=lambda point: (point.due_on or date.max, point.key)))


def may_continue(points: Iterable[ReviewPoint], *, now: date, rules: RuleSet) -> Decision:
    """May the next dose be given, as far as reviews go? A review that is due stands against it until it is held.

    A held review that found no response lets the course go on if that was decided, with a caution: of those without
    response by then few respond later, and few is not none.
    """
    found: list[Reason] = []
    for point in points:
        if point.due(now):
            text = f"Review {point.key} was due on {point.due_on} and is not recorded. {point.purpose}"
            found += _weighed(point, "review-due", text, rules, missing=True)
        elif point.held is not None:
            found += _after_review(point, point.held, rules)
    return decide(found)


def _after_review(point: ReviewPoint, held: ReviewAnswer, rules: RuleSet) -> tuple[Reason, ...]:
    if held.decision is Continuation.STOP:
        text = f"The review of {held.on} decided to stop; a new dose needs a new decision"
        return _weighed(point, "stop-decided", text, rules)
    if held.response is None:
        text = f"The review of {held.on} records no judgement of response"
        return _weighed(point, "response-not-judged", text, rules, missing=True)
    if held.response is Response.NONE:
        text = f"No response at the review of {held.on}; few respond later. The decision was: {held.decision.value}"
        return (caution("no-response-so-far", text, point.rule or point.key),)
    return ()


def _weighed(point: ReviewPoint, code: str, text: str, rules: RuleSet, *, missing: bool = False) -> tuple[Reason, ...]:
    if point.rule is None:
        return (caution(code, text, point.key, missing=missing),)
    return rules.reason(point.rule, code, text, missing=missing)


def _due_days(review: Review, days: tuple[date, ...], until: date) -> list[tuple[int, date | None]]:
    if review.after_sessions is not None:
        reached = len(days) >= review.after_sessions
        return [(1, days[review.after_sessions - 1] if reached else None)]
    if review.after_weeks is None or not days:
        return []
    due: list[tuple[int, date | None]] = []
    week = review.after_weeks
    while (last_day := days[0] + timedelta(days=DAYS_PER_WEEK * week - 1)) <= until:
        due.append((len(due) + 1, last_day))
        if review.repeat_weeks is None:
            break
        week += review.repeat_weeks
    return due
