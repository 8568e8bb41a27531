"""The only writer of reviews."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, person
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.plain_text import plain_text
from holdfast.clinic.possible import require_day_so_far
from holdfast.clinic.reviews.models import CourseReview
from holdfast.errors import InputError, UnknownNameError
from holdfast.protocols.answers import Continuation, Response
from holdfast.protocols.protocol import protocol as protocol_named

# Of a review that comes again; beyond this a number in an address is no round.
MOST_ROUNDS = 999


@transaction.atomic
def record_review(
    *,
    actor: Actor,
    course: Course,
    key: str,
    decision: str,
    held_on: dt.date,
    now: dt.datetime,
    response: str = "",
    round_: int = 1,
    note: str = "",
) -> CourseReview:
    """A review that was held. `response` empty = could not be judged, which the next dose is told.

    A second entry of the same review corrects the first, and says why in its note. Nothing stops by itself: a
    decision to stop is carried out by changing the phase. Raises `InputError`, `UnknownNameError`.
    """
    require(actor, "review.record", course)
    _known_review(course, key, round_)
    _known_answers(response, decision)
    _held_when(course, held_on, now)
    note = plain_text("note", note)
    if not note and course.reviews.filter(key=key, round=round_).exists():
        raise InputError("note: this review was recorded before; a correction needs its reason")
    review = CourseReview(
        course=course,
        key=key,
        round=round_,
        held_on=held_on,
        response=response,
        decision=decision,
        note=note,
        by=person(actor),
        entered_at=now,
        facts_digest=facts.load().digest,
    )
    review.save()
    details = {"review": key, "count": round_, "decision": str(decision)}
    audit.record(actor, "review.record", review, at=now, details=details)
    return review


def _known_review(course: Course, key: str, round_: int) -> None:
    known = [review.key for review in protocol_named(course.protocol).reviews]
    if key not in known:
        raise UnknownNameError("review", key, known)
    if not 1 <= round_ <= MOST_ROUNDS:
        raise InputError(f"round: {round_} is not a round; the first is 1, the last {MOST_ROUNDS}")


def _known_answers(response: str, decision: str) -> None:
    if response not in ("", *Response):
        raise InputError(f"response {response!r} is not known; write one of {', '.join(Response)}, or leave it empty")
    if decision not in tuple(Continuation):
        raise InputError(f"decision {decision!r} is not known; write one of {', '.join(Continuation)}")


def _held_when(course: Course, held_on: dt.date, now: dt.datetime) -> None:
    if course.time_basis == TimeBasis.STUDY_DAY:
        raise InputError("held_on: this course counts study days of a finished trial; nothing is reviewed in it")
    require_day_so_far("held_on", held_on, course.programme, now)
    if course.started_on is None or held_on < course.started_on:
        raise InputError("held_on: lies before the first treatment session; there is nothing to review yet")
