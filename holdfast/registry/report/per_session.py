"""Benefit per treatment session: what a scale did from before each one to before the next, and after so many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from holdfast.registry.judged_by import SCALES
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet, OnScale
from holdfast.registry.report.scales import main_scale, scale_name, started
from holdfast.registry.report.sections import Column, Section, Share, Table, Value
from holdfast.statistics.estimate import Estimate, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY = "per-session"
MOST = 24  # treatment sessions that are told one by one
FEWEST_FOR_A_MEAN = 2


def count(judged: JudgedSet) -> Counts:
    """Sums of points and of squared points from before a session to before the next, by its number."""
    import numpy as np

    given = judged.table("treatment_sessions")
    had = np.bincount(given["course"], minlength=judged.n)
    numbers: dict[Key, int] = {}
    for scale in SCALES:
        if (on := judged.on_scale(scale)) is None:
            continue
        last = on.last_by_session(given["course"], given["day"], MOST)
        for number in range(1, MOST + 1):
            own = np.flatnonzero(had >= number)
            _count(numbers, on, (last[number - 1][own], last[number][own]), number)
    return counts(numbers)


def _count(numbers: dict[Key, int], on: OnScale, around: tuple[NDArray[Any], NDArray[Any]], number: int) -> None:
    """`around` has the last rating before and after the session of each course that had it, -1 without one."""
    import numpy as np

    earlier, later = around
    if not len(later):
        return
    both, rated = (earlier >= 0) & (later >= 0), later >= 0
    fell = (on.total[earlier[both]] - on.total[later[both]]).astype(np.int64)
    answer = on.judged.answers[later[rated], 0]
    at = (KEY, on.scale, number)
    numbers |= {
        (*at, "given"): len(later), (*at, "pairs"): int(both.sum()), (*at, "points"): int(fell.sum()),
        (*at, "squares"): int((fell * fell).sum()), (*at, "fell"): int((fell > 0).sum()),
        (*at, "responded"): int((answer == 1).sum()), (*at, "judged"): int((answer >= 0).sum()),
    }  # fmt: skip


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """One table, a row a session."""
    scale = main_scale(found, choices)
    if not started(found) or scale is None:
        return ()
    title = "Benefit per treatment session"
    basis = (
        f"Courses that had the session. Rated before: the last {scale_name(scale)} since the session before it, up to "
        "its day; after: the last one from the next day to the day of the next session. A rating on the day of a "
        "session is taken as made before the dose."
    )
    shown = [n for n in range(1, MOST + 1) if found.number(KEY, scale, n, "judged")]
    if not shown:
        return (Section(KEY, title, f"{basis} No session has ratings around it."),)
    notes = (
        "Whoever had a tenth session is not whoever had a first: courses that did not help ended before. The fall "
        "around a session also holds what time and hope did; there is no control.",
        f"Sessions after number {MOST} are not told one by one.",
    )
    return (Section(KEY, title, basis, (_table(found, scale, shown),), notes=notes),)


def _table(found: Counts, scale: str, shown: list[int]) -> Table:
    columns = (
        Column("number", "Session"), Column("given", "Courses that had it", "count"),
        Column("pairs", "Rated before and after", "count"),
        Column("fall", "Mean fall", "estimate", unit="points", digits=1),
        Column("fell", "Fell at all", "share", of="courses rated before and after that session"),
        Column("responded", "Responded after it, against baseline", "share",
               of="courses rated after that session, with a baseline"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for number in shown:
        at = {name: found.number(KEY, scale, number, name)
              for name in ("given", "pairs", "points", "squares", "fell", "responded", "judged")}  # fmt: skip
        mean = mean_of(at["pairs"], at["points"], at["squares"])
        rows.append((str(number), at["given"], at["pairs"], mean, Share(at["fell"], at["pairs"]),
                     Share(at["responded"], at["judged"])))  # fmt: skip
    return Table(KEY, "Falls around each treatment session", columns, tuple(rows))


def mean_of(people: int, total: int, squares: int) -> Estimate:
    """A mean with its normal 95 % interval, from whole sums; no interval of one, no mean of nobody."""
    if not people:
        return Estimate(None, None, None)
    mean = total / people
    if people < FEWEST_FOR_A_MEAN:
        return Estimate(mean, None, None)
    variance = (squares * people - total * total) / (people * people * (people - 1))
    half = normal_quantile(0.95) * math.sqrt(max(variance, 0.0))
    return Estimate(mean, mean - half, mean + half)
