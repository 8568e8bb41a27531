"""Work in the background that gives way: entries must not wait for boards.

Threads of one process share one interpreter. Where a thread computes for a tenth of a second, as a board of a hundred
chairs takes, a request that goes to the database and back thirty times waits thirty times for its turn. So whoever
draws stops after each piece of it, and rests for longer than the piece took: requests find the interpreter free.
"""

from __future__ import annotations

import time
from collections.abc import Callable

WORK_S = 0.001  # worked at most before a rest, as far as one piece goes
SHARE = 0.2  # of the time that is worked
LONGEST_REST_S = 0.01  # where requests made a piece take long, resting as many times as long would help nobody

Rest = Callable[[], None]


def no_rest() -> None:
    """For whoever waits for the answer."""


class Rests:
    """Called between two pieces of work: rests where it is time to."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self) -> None:
        """Go on, or rest and then go on."""
        worked = time.monotonic() - self._since
        if worked >= WORK_S:
            time.sleep(min(worked * (1 / SHARE - 1), LONGEST_REST_S))
            self._since = time.monotonic()
