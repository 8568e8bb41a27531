"""Reviews held and reviews due, as values for pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.clinic.courses.due import Due
from holdfast.clinic.reviews.models import CourseReview
from holdfast.protocols.answers import Continuation, Response, ReviewAnswer, SessionAnswer
from holdfast.protocols.protocol import Protocol
from holdfast.protocols.reviews import ReviewPoint, review_points

KIND = "review"


@dataclass(frozen=True)
class ReviewHeld:
    """One review as entered."""

    answer: ReviewAnswer
    note: str
    by: str


def reviews_by_course(course_ids: Iterable[int]) -> dict[int, list[ReviewHeld]]:
    """Reviews of each course in the order of entry: the newest entry of a review is the one that counts."""
    found: dict[int, list[ReviewHeld]] = defaultdict(list)
    rows = CourseReview.objects.filter(course__in=list(course_ids)).select_related("by").order_by("pk")
    for row in rows:
        response = Response(row.response) if row.response else None
        answer = ReviewAnswer(row.key, row.held_on, response, Continuation(row.decision), row.round)
        found[row.course_id].append(ReviewHeld(answer, row.note, str(row.by or "")))
    return dict(found)


def points_of(
    protocol: Protocol, *, dosed_on: Iterable[dt.date], held: Iterable[ReviewHeld], today: dt.date
) -> tuple[ReviewPoint, ...]:
    """The reviews of a course whose time has come, held or not. Two doses of one day count as one."""
    given = [SessionAnswer(day) for day in sorted(set(dosed_on))]
    return review_points(protocol, given=given, held=[review.answer for review in held], until=today)


def reviews_due(points: Iterable[ReviewPoint], today: dt.date) -> tuple[Due, ...]:
    """Those to be held now."""
    return tuple(
        Due(f"{KIND}:{point.key}-{point.round}", title(point.key), point.due_on, overdue=point.due_on < today)
        for point in points
        if point.due(today) and point.due_on is not None
    )


def title(key: str) -> str:
    """What a review is called on a page: `end-of-induction` becomes `Review, end of induction`."""
    return f"Review, {key.replace('-', ' ')}"
