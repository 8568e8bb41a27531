"""Weeks since the first session, and where each course stands in each: rated, not rated, ended, not there yet.

A week is a window of days; the last rating obtained in it counts. Windows follow each other without a gap and widen as
ratings become rare. A window counts for a course once it is over: the course was followed to its last day, or ended.

A set does not say how far a course that ended could have been followed. So in late windows those that ended would stay
while those that go on are left out, and shares would be of those who left: such a window is not told (`told`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.registry.chosen import chosen
from holdfast.registry.report.judged_set import JudgedSet, OnScale
from holdfast.registry.window_ends import ENDS_OF_WEEKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

YES, NO, STOPPED, UNDEFINED, MISSED, ENDED, NOT_YET, NOT_WATCHED = PLACES = (
    "yes", "no", "ended for no response", "no baseline", "not rated", "ended", "not yet", "not watched",
)  # fmt: skip
DUE = (YES, NO, STOPPED, UNDEFINED, MISSED, ENDED)  # of whom the window is over
THROUGH = "followed through"  # of DUE those that had not ended when it was over
COUNTED = (*PLACES, THROUGH)


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


def due(at: Mapping[str, int]) -> int:
    """Courses of whom the window is over, by their number in each of `COUNTED`."""
    return sum(at[place] for place in DUE)


def told(at: Mapping[str, int]) -> bool:
    """Whether shares of a window are of all alike: few that ended stay in it while those that go on are not there yet.

    Those that go on say what share could not have been followed to its end; as large a share of those that ended is
    taken to stay in it wrongly. A window is told while they are at most so many per cent of it as was chosen, or fewer
    than half a course.
    """
    through, waiting = at[THROUGH], at[NOT_YET]
    ended = due(at) - through
    if not ended or not waiting:
        return True
    wrongly = ended * waiting  # over `going_on`, so that numbers stay whole
    going_on = through + waiting
    return 2 * wrongly < going_on or 100 * wrongly <= chosen("wrongly_kept_max", "percent") * going_on * (
        ended + through
    )


def went_through(judged: JudgedSet, at: Window) -> NDArray[Any]:
    """Which courses were watched when a window began, and followed to its end without having ended."""
    return (judged.courses["followed_to_day"] >= at.high) & ~(judged.ended_day <= at.high) & _watched(judged, at)


def _watched(judged: JudgedSet, at: Window) -> NDArray[Any]:
    never = judged.entered >= judged.courses["followed_to_day"]
    return ~(never | (judged.entered + 1 > at.low))


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
    rated is known to be without the outcome, and stands in a place of their own. Worked out once.
    """
    key = on.scale, at.week, outcome
    if key not in judged.standings:
        judged.standings[key] = _standing(judged, on, at, outcome)
    return judged.standings[key]


def _standing(judged: JudgedSet, on: OnScale, at: Window, outcome: int) -> NDArray[Any]:
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
    place[~_watched(judged, at)] = PLACES.index(NOT_WATCHED)
    return place
