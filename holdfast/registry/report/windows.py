"""Weeks since the first session, and where each course stands in each: rated, not rated, ended, not there yet.

A week is a window of days; the last rating obtained in it counts. Windows follow each other without a gap and widen as
ratings become rare. A window counts for a course once it is over: the course was followed to its last day, or ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.registry.report.judged_set import JudgedSet, OnScale
from holdfast.registry.window_ends import ENDS_OF_WEEKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

YES, NO, STOPPED, UNDEFINED, MISSED, ENDED, NOT_YET, NOT_WATCHED = PLACES = (
    "yes", "no", "ended for no response", "no baseline", "not rated", "ended", "not yet", "not watched",
)  # fmt: skip
WEEK = 4  # when benefit of induction is judged
DUE = (YES, NO, STOPPED, UNDEFINED, MISSED, ENDED)  # of whom the window is over


@dataclass(frozen=True)
class Window:
    """From day `low` to day `high`, both in it."""

    week: int
    low: int
    high: int

    @property
    def words(self) -> str:
        """Such as `4 (days 22 to 28)`."""
        return f"{self.week} (days {self.low} to {self.high})"


def _windows() -> tuple[Window, ...]:
    lows = (1, *(7 * week + 1 for week in ENDS_OF_WEEKS[:-1]))
    return tuple(Window(week, low, 7 * week) for week, low in zip(ENDS_OF_WEEKS, lows, strict=True))


WINDOWS = _windows()
_HIGHS = tuple(one.high for one in WINDOWS)


def window(week: int) -> Window:
    """The window that ends with that week."""
    return WINDOWS[ENDS_OF_WEEKS.index(week)]


def last_in(on: OnScale, at: Window) -> NDArray[Any]:
    """The row of each course's last rating in a window, -1 without one."""
    return on.last_by_window(_HIGHS)[WINDOWS.index(at)]


def last_before(on: OnScale, at: Window) -> NDArray[Any]:
    """The row of each course's last rating after day 0 and before a window, -1 without one."""
    import numpy as np

    before = on.last_by_window(_HIGHS)[: WINDOWS.index(at)]
    return before.max(axis=0) if len(before) else np.full(len(on.baseline), -1, dtype=np.int32)


def standing(judged: JudgedSet, on: OnScale, at: Window, outcome: int) -> NDArray[Any]:
    """The place in `PLACES` of each course in a window, by one outcome (0 response, 1 remission).

    The order of the reasons: not watched when the window began, ended in it or before, not over yet; who was rated in
    a window that is over is yes or no, also where the course ended in it. Who was stopped for no response and not
    rated is known to be without the outcome, and stands in a place of their own.
    """
    import numpy as np

    row = last_in(on, at)
    ended = judged.ended_day <= at.high
    over = ended | (judged.courses["followed_to_day"] >= at.high)
    place = np.full(judged.n, PLACES.index(NOT_YET), dtype=np.int8)
    place[over] = PLACES.index(MISSED)
    place[ended] = PLACES.index(ENDED)
    place[ended & judged.without_response] = PLACES.index(STOPPED)
    rated = np.flatnonzero(over & (row >= 0))
    answers = np.array([PLACES.index(one) for one in (NO, YES, UNDEFINED)], dtype=np.int8)
    place[rated] = answers[on.judged.answers[row[rated], outcome]]
    never = judged.entered >= judged.courses["followed_to_day"]
    place[never | (judged.entered + 1 > at.low)] = PLACES.index(NOT_WATCHED)
    return place
