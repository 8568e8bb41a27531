"""How a check-in, and the check-ins of a course, stand: read from rows, shared by the writer and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.clinic.checkins.models import CheckIn, CheckInEvent, Kind
from holdfast.clinic.courses.models import Course
from holdfast.clinic.messaging.retries import Attempt
from holdfast.clinic.messaging.standing import attempts_of
from holdfast.clinic.programmes.models import Programme
from holdfast.facts import chosen_settings, load

REMINDER_SETTING, REMINDED_ONCE = "check_in_reminder", "once"
# After one of these a check-in asks nothing more.
CLOSED = (Kind.ANSWERED, Kind.MISSED, Kind.REVOKED)


def reminds(programme: Programme) -> bool:
    """Does the programme ask once more for a check-in that is not answered, where that was agreed?"""
    return chosen_settings(programme.choices, load())[REMINDER_SETTING] == REMINDED_ONCE


@dataclass(frozen=True)
class MessageWanted:
    """The message a check-in waits for: its first or the reminder, with the attempts made for it so far."""

    reminder: bool
    attempts: list[Attempt]
    next_attempt: int  # counted over both messages


def message_wanted(events: Sequence[CheckInEvent]) -> MessageWanted | None:
    """What is to be sent by the ledger of one check-in, in its order; None where nothing is."""
    kinds = [event.kind for event in events]
    if {*kinds} & {*CLOSED} or kinds.count(Kind.SENT) > kinds.count(Kind.REMINDER):
        return None
    reminder = Kind.REMINDER in kinds
    since = kinds.index(Kind.REMINDER) if reminder else 0
    return MessageWanted(reminder, attempts_of(events[since:]), kinds.count(Kind.SENDING) + 1)


def unfollowed_misses(course: Course) -> list[CheckIn]:
    """Check-ins that were missed, with nobody having looked after it, and none answered since."""
    answered = course.check_ins.filter(events__kind=Kind.ANSWERED).order_by("-on").values_list("on", flat=True).first()
    rows = course.check_ins.filter(events__kind=Kind.MISSED).exclude(events__kind=Kind.FOLLOWED_UP)
    if answered is not None:
        rows = rows.filter(on__gt=answered)
    return list(rows.select_related("course__patient__programme").order_by("on"))
