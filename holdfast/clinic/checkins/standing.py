"""How a check-in, and the check-ins of a course, stand: read from rows, shared by the writer and the pages."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.clinic.checkins.models import Agreement, CheckIn, CheckInEvent, Kind
from holdfast.clinic.checkins.retries import Attempt
from holdfast.clinic.courses.models import Course

# After one of these a check-in asks nothing more.
CLOSED = (Kind.ANSWERED, Kind.MISSED, Kind.REVOKED)


def newest_agreement(course: Course) -> Agreement | None:
    """What holds now; None where nothing was ever agreed."""
    return Agreement.objects.filter(course=course).order_by("-version").first()


def attempts_of(events: Iterable[CheckInEvent]) -> list[Attempt]:
    """Attempts to send, in order, from the ledger of one check-in."""
    began = {event.attempt: event.at for event in events if event.kind == Kind.SENDING}
    failed = {event.attempt: event for event in events if event.kind == Kind.FAILED}
    return [
        Attempt(at, failed[n].at if n in failed else None, permanent=n in failed and failed[n].permanent)
        for n, at in sorted(began.items())
    ]


def unfollowed_misses(course: Course) -> list[CheckIn]:
    """Check-ins that were missed, with nobody having looked after it, and none answered since."""
    answered = course.check_ins.filter(events__kind=Kind.ANSWERED).order_by("-on").values_list("on", flat=True).first()
    rows = course.check_ins.filter(events__kind=Kind.MISSED).exclude(events__kind=Kind.FOLLOWED_UP)
    if answered is not None:
        rows = rows.filter(on__gt=answered)
    return list(rows.select_related("course__patient__programme").order_by("on"))
