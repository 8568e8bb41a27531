"""Check-ins between treatment sessions: how many that were due were answered, over time and course by course."""

from __future__ import annotations

import math
from collections.abc import Mapping

from holdfast.registry.common_model import CHECK_IN_STATES
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.scales import started
from holdfast.registry.report.sections import Column, Section, Share, Table, Value
from holdfast.statistics.estimate import Estimate, normal_quantile

KEY = "check-ins"
MONTH_D = 28  # told by four weeks
MOST_MONTHS = 13
FROM_PERCENT = (50, 80, 100)
BANDS = ("none", "some, below 50 %", "50 to below 80 %", "80 to below 100 %", "every one")
_DUE = ("answered", "partly", "missed")


def count(judged: JudgedSet) -> Counts:
    """Check-ins by four weeks and state, and courses by the share they answered."""
    import numpy as np

    rows = judged.table("check_ins")
    own = judged.started[rows["course"]]
    month = np.clip(rows["day"] // MONTH_D, -1, MOST_MONTHS)
    numbers: dict[Key, int] = {}
    for place, state in enumerate(CHECK_IN_STATES):
        here = own & (rows["state"] == place)
        of_month = np.bincount(month[here].astype(np.int64) + 1, minlength=MOST_MONTHS + 2)
        numbers |= {(KEY, "month", i - 1, state): int(n) for i, n in enumerate(of_month)}
    due = own & (rows["state"] < len(_DUE))
    asked = np.bincount(rows["course"][due], minlength=judged.n).astype(np.int64)
    full = np.bincount(rows["course"][due & (rows["state"] == 0)], minlength=judged.n).astype(np.int64)
    asked_of = asked > 0
    band = np.where(full > 0, 1 + sum((full * 100 >= low * asked).astype(np.int64) for low in FROM_PERCENT), 0)
    of_band = np.bincount(band[asked_of], minlength=len(BANDS))
    numbers |= {(KEY, "course", name): int(n) for name, n in zip(BANDS, of_band, strict=True)}
    numbers |= {
        (KEY, "courses"): int(asked_of.sum()), (KEY, "xx"): int((full * full).sum()),
        (KEY, "xy"): int((full * asked).sum()), (KEY, "yy"): int((asked * asked).sum()),
    }  # fmt: skip
    return counts(numbers)


assert CHECK_IN_STATES[: len(_DUE)] == _DUE


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """Over time, and course by course."""
    if not started(found):
        return ()
    title, courses = "Check-ins between treatment sessions", found.number(KEY, "courses")
    if not courses:
        return (Section(KEY, title, "No check-in was due in any started course."),)
    at = {state: sum(found.number(KEY, "month", month, state) for month in range(-1, MOST_MONTHS + 1))
          for state in CHECK_IN_STATES}  # fmt: skip
    due = sum(at[state] for state in _DUE)
    basis = (
        f"Check-ins that were due in started courses: {due} in {courses} courses. Open ones ({at['open']}) can still "
        "be answered and are not counted."
    )
    notes = (
        "Check-ins of one patient are alike, so the interval of all check-ins is that of a ratio of sums over courses, "
        "and wider than if each were by itself.",
        "Who answers may be better, or worse, than who does not: see what missing ratings do.",
    )
    return (Section(KEY, title, basis, (_overall(found, at, due), _by_month(found), _courses(found, courses)),
                    notes=notes),)  # fmt: skip


def _overall(found: Counts, at: Mapping[str, int], due: int) -> Table:
    columns = (Column("state", "Check-ins"), Column("n", "Number", "count"),
               Column("share", "Share of those due", "estimate", unit="%"))  # fmt: skip
    rows: tuple[tuple[Value, ...], ...] = (
        ("answered in full", at["answered"], ratio(found, at["answered"], due).times(100)),
        ("answered in part", at["partly"], Estimate(100 * at["partly"] / due, None, None)),
        ("missed", at["missed"], Estimate(100 * at["missed"] / due, None, None)),
    )
    return Table("check-ins", "Check-ins that were due", columns, rows)


def ratio(found: Counts, answered: int, due: int) -> Estimate:
    """Answered over due with the interval of a ratio of sums over courses (linearised), within 0 and 1."""
    courses, share = found.number(KEY, "courses"), answered / due
    if courses < 2:
        return Estimate(share, None, None)
    spread = found.number(KEY, "xx") - 2 * share * found.number(KEY, "xy") + share**2 * found.number(KEY, "yy")
    half = normal_quantile(0.95) * math.sqrt(max(spread, 0.0) * courses / (courses - 1)) / due
    return Estimate(share, max(0.0, share - half), min(1.0, share + half))


def _by_month(found: Counts) -> Table:
    columns = (
        Column("month", "Days since the first session"), Column("due", "Due", "count"),
        Column("answered", "Answered in full", "number", unit="%"), Column("partly", "In part", "number", unit="%"),
        Column("missed", "Missed", "number", unit="%"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for month in range(-1, MOST_MONTHS + 1):
        at = [found.number(KEY, "month", month, state) for state in _DUE]
        if due := sum(at):
            rows.append((_words(month), due, *(100 * n / due for n in at)))
    return Table("check-ins-by-month", "Check-ins over time", columns, tuple(rows))


def _words(month: int) -> str:
    if month < 0:
        return "before"
    if month == MOST_MONTHS:
        return f"{month * MONTH_D} or later"
    return f"{month * MONTH_D} to {(month + 1) * MONTH_D - 1}"


def _courses(found: Counts, courses: int) -> Table:
    columns = (Column("answered", "Check-ins answered in full"),
               Column("share", "Courses", "share", of="started courses with a check-in that was due"))  # fmt: skip
    rows = tuple((name, Share(found.number(KEY, "course", name), courses)) for name in BANDS)
    return Table("check-ins-by-course", "Courses by the share they answered", columns, rows)
