"""When an entry was made, as told by the clock of a device that may be wrong.

A device that kept an entry says two times by its own clock: when the entry was made, and when it was sent. Only the
time between them is believed where that clock differs from ours; so an entry is neither refused nor misplaced because
a tablet is an hour off. A time that a person typed was read off the wall, and is taken as it is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.treatment_sessions.clock import aware, minutes_between

CLOCKS_DIFFER_BY = datetime.timedelta(minutes=2)  # a device may run ahead of the server so far; more is a wrong clock
TYPED_BACK = datetime.timedelta(days=7)  # a date typed wrongly; what is older is recorded as a whole treatment session
KEPT = datetime.timedelta(days=31)  # a device left in a drawer; more is a clock that jumped meanwhile


@dataclass(frozen=True)
class MadeAt:
    """When it was made by our clock, and by how many minutes the device's clock was ahead of it where that is wrong."""

    at: datetime.datetime
    device_ahead_min: int = 0


def made_at_by_our_clock(
    made_at: datetime.datetime, now: datetime.datetime, *, sent_at: datetime.datetime | None = None, told: bool = False
) -> MadeAt:
    """The time it was made, never after it arrives. `sent_at` None: a typed time; long ago only if `told` why.

    Raises `InputError` where the time cannot be known.
    """
    aware(made_at, "made_at")
    if sent_at is not None:
        return _kept(made_at, aware(sent_at, "sent_at"), now)
    if made_at > now + CLOCKS_DIFFER_BY:
        raise InputError("made_at: lies in the future; check the time")
    if made_at < now - TYPED_BACK and not told:
        raise InputError(f"made_at: lies more than {TYPED_BACK.days} days back; check the date")
    return MadeAt(min(made_at, now))


def _kept(made_at: datetime.datetime, sent_at: datetime.datetime, now: datetime.datetime) -> MadeAt:
    waited = max(sent_at - made_at, datetime.timedelta(0))
    if made_at - sent_at > CLOCKS_DIFFER_BY or waited > KEPT:
        raise InputError("made_at: the clock of the device was changed since; say when it was")
    if abs(sent_at - now) <= CLOCKS_DIFFER_BY:
        return MadeAt(min(made_at, now))
    return MadeAt(now - waited, round(minutes_between(now, sent_at)))
