"""When a message is tried again, as a plain function. Limits of the software, none of them a clinical number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

# Wait before each attempt, counted from the end of the one before it: at once, then after 5, 15 and 60 minutes.
WAITS_MIN = (0, 5, 15, 60)
MOST_ATTEMPTS = len(WAITS_MIN)
# A sender that was killed leaves an attempt without an end. Whether that message went out nobody knows: it is tried
# again, since a second message is the smaller harm than none.
INTERRUPTED_MIN = 10


@dataclass(frozen=True)
class Attempt:
    """One attempt to send. `failed_at` is None while it runs, or where the sender was killed."""

    began_at: dt.datetime
    failed_at: dt.datetime | None
    permanent: bool = False


def may_try(attempts: Sequence[Attempt], now: dt.datetime) -> bool:
    """Is another attempt due? `attempts` are those that did not succeed, in order."""
    if not attempts:
        return True
    last = attempts[-1]
    if given_up(attempts, now):
        return False
    ended_at = last.failed_at or last.began_at + dt.timedelta(minutes=INTERRUPTED_MIN)
    return now >= ended_at + dt.timedelta(minutes=WAITS_MIN[len(attempts)])


def given_up(attempts: Sequence[Attempt], now: dt.datetime) -> bool:
    """Will nobody try again? After a refusal for good, or after the last attempt."""
    if not attempts:
        return False
    last = attempts[-1]
    runs = last.failed_at is None and now < last.began_at + dt.timedelta(minutes=INTERRUPTED_MIN)
    return not runs and (last.permanent or len(attempts) >= MOST_ATTEMPTS)
