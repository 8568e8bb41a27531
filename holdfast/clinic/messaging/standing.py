"""How a message stands by its ledger, and whether a course takes messages: shared by writers and pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.messaging.models import Step
from holdfast.clinic.messaging.retries import Attempt
from holdfast.errors import InputError


class Event(Protocol):
    """One entry of the ledger of a message."""

    kind: Any
    attempt: Any
    at: Any
    permanent: Any


def attempts_of(events: Iterable[Event]) -> list[Attempt]:
    """Attempts to send, in order, from the ledger of one message."""
    began = {event.attempt: event.at for event in events if event.kind == Step.SENDING}
    failed = {event.attempt: event for event in events if event.kind == Step.FAILED}
    return [
        Attempt(at, failed[n].at if n in failed else None, permanent=n in failed and failed[n].permanent)
        for n, at in sorted(began.items())
    ]


def require_takes_messages(course: Course, *, what: str) -> None:
    """Raise `InputError` unless the course has a calendar and goes on. `what` would be sent, in the plural."""
    if course.time_basis != TimeBasis.CALENDAR:
        raise InputError(f"this course counts study days; {what} need a calendar")
    if Phase(course.phase) in ENDED:
        raise InputError(f"this course has ended; {what} belong to a course that goes on")
