"""Who was followed how long: to response, remission and relapse, to the end of a course, and from maintenance on.

Clocks: response, remission and the end run from the first treatment session; relapse from the first response or
remission; everything of maintenance from the day maintenance began, so that nobody is credited with the days it took
to get there. A course that came under watch late is at risk from then on only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import ENDS
from holdfast.registry.follow_up import FROM_THE_START, FollowUp, follow_up
from holdfast.registry.judged import OUTCOMES, STATES
from holdfast.registry.judged_by import SCALES
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.groups import GROUPINGS, strata
from holdfast.registry.report.judged_set import JudgedSet, OnScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY = "times"
RESPONSE, REMISSION, RELAPSE, RECURRENCE = (OUTCOMES.index(one) for one in OUTCOMES)
FIRST_ENDS = ("response", "completed", "left", "died")  # of the way to a response
RELAPSE_ENDS = ("relapse", "completed", "left", "died")
WHY_LEFT: dict[str, tuple[str, ...]] = {  # ends of a course, put together for curves
    "no response": ("non_response",), "relapse": ("relapse",),
    "harm or safety": ("adverse_event", "safety_finding", "misuse", "contraindication"),
    "patient left": ("patient_choice", "consent_withdrawn", "lost_contact", "access"),
    "completed or other": ("declined", "completed", "other_treatment", "other"), "died": ("died",),
}  # fmt: skip
LEFT_KINDS = tuple(WHY_LEFT)
assert sorted(one for ends in WHY_LEFT.values() for one in ends) == sorted(ENDS)


def count(judged: JudgedSet) -> Counts:
    """Follow-ups by site, so that every comparison can be made within sites, and by group."""
    follow_ups: dict[Key, FollowUp] = {}
    numbers: dict[Key, int] = {}
    for site, who in strata(judged, judged.started):
        follow_ups[KEY, "staying", site] = _staying(judged, who)
    for scale in SCALES:
        if (on := judged.on_scale(scale)) is not None:
            _count_scale(follow_ups, numbers, judged, on)
    return counts(numbers, follow_ups)


def _count_scale(follow_ups: dict[Key, FollowUp], numbers: dict[Key, int], judged: JudgedSet, on: OnScale) -> None:
    since = first_well(on)
    late = _late_relapse(judged, since)
    for grouping in GROUPINGS:
        for group, members in grouping.groups(judged).each():
            for site, who in strata(judged, judged.started & members):
                at = (KEY, on.scale, grouping.key, group, site)
                for outcome in ("response", "remission"):
                    follow_ups[*at, outcome] = on.judged.follow_up(outcome, who, judged.entered)
                follow_ups[*at, "relapse"] = on.judged.follow_up("relapse", who, late)
    for site, who in strata(judged, judged.started):
        follow_ups[KEY, on.scale, "response ends", site] = _first_ends(judged, on, who)
        follow_ups[KEY, on.scale, "relapse ends", site] = _relapse_ends(judged, on, who, since, since)
        kept = who & ~_nan(judged.courses["maintenance_day"])
        follow_ups[KEY, on.scale, "maintenance ends", site] = _relapse_ends(
            judged, on, kept, since, judged.courses["maintenance_day"]
        )
    numbers |= _left_out(judged, on, since)


def _left_out(judged: JudgedSet, on: OnScale, since: NDArray[Any]) -> dict[Key, int]:
    """Started courses that no curve can follow, by why."""
    state, started = on.judged.state, judged.started
    kept = started & ~_nan(judged.courses["maintenance_day"])
    watched = state[:, RELAPSE] >= STATES.index("censored")
    back = (state[:, RELAPSE] == STATES.index("reached")) & (
        on.judged.on[:, RELAPSE] < judged.courses["maintenance_day"]
    )
    at = (KEY, on.scale)
    return {
        (*at, "no baseline"): int((started & ~(on.baseline > 0)).sum()),
        (*at, "never rated"): int((started & (on.baseline > 0) & (state[:, RESPONSE] == 0)).sum()),
        (*at, "well"): int((started & (since >= 0)).sum()),
        (*at, "relapse not judged"): int((started & (state[:, RELAPSE] == STATES.index("inactive"))).sum()),
        (*at, "recurrence"): int((started & (state[:, RECURRENCE] == STATES.index("reached"))).sum()),
        (*at, "maintenance"): int(kept.sum()),
        (*at, "maintenance never well"): int((kept & ~watched).sum()),
        (*at, "maintenance relapsed before"): int((kept & watched & back).sum()),
    }


def first_well(on: OnScale) -> NDArray[Any]:
    """The day of the first response or remission, -1 where neither was seen."""
    import numpy as np

    days = np.where(on.judged.state[:, :2] == STATES.index("reached"), on.judged.on[:, :2], np.iinfo(np.int32).max)
    first = days.min(axis=1)
    return np.where(first == np.iinfo(np.int32).max, -1, first).astype(np.int64)


def _late_relapse(judged: JudgedSet, since: NDArray[Any]) -> NDArray[Any]:
    """Entry on the clock of relapse of courses that were watched late."""
    import numpy as np

    return np.where(judged.entered == FROM_THE_START, FROM_THE_START, np.maximum(judged.entered - since, -1))


def _staying(judged: JudgedSet, who: NDArray[Any]) -> FollowUp:
    """From the first session to the end of the course, by why it ended."""
    import numpy as np

    kind = np.zeros(len(ENDS) + 1, dtype=np.int64)
    for place, ends in enumerate(WHY_LEFT.values(), start=1):
        for end in ends:
            kind[ENDS.index(end)] = place
    ended = ~_nan(judged.ended_day)
    status = np.where(ended, kind[judged.courses["end_reason"]], 0)
    day = np.where(ended, judged.ended_day, judged.courses["followed_to_day"]).astype(np.int64)
    return _followed(day, status, judged.entered, who, LEFT_KINDS)


def _first_ends(judged: JudgedSet, on: OnScale, who: NDArray[Any]) -> FollowUp:
    """To the first response, or to the end of the course without one; everybody with a baseline counts."""
    import numpy as np

    reached = on.judged.state[:, RESPONSE] == STATES.index("reached")
    day, status = _first_of(judged, reached, on.judged.on[:, RESPONSE], np.zeros(judged.n))
    return _followed(day, status, judged.entered, who & (on.baseline > 0), FIRST_ENDS)


def _relapse_ends(
    judged: JudgedSet, on: OnScale, who: NDArray[Any], since: NDArray[Any], zero: NDArray[Any]
) -> FollowUp:
    """To relapse or the end of the course, of those who had been well; days from `zero`, at risk once well."""
    import numpy as np

    watched = on.judged.state[:, RELAPSE] >= STATES.index("censored")
    reached = on.judged.state[:, RELAPSE] == STATES.index("reached")
    start = np.nan_to_num(zero, nan=0.0).astype(np.int64)
    day, status = _first_of(judged, reached, on.judged.on[:, RELAPSE], start)
    late = np.maximum(since - start - 1, judged.entered - start)
    entered = np.where((since <= start) & (judged.entered < start), FROM_THE_START, np.maximum(late, FROM_THE_START))
    return _followed(day, status, entered, who & watched, RELAPSE_ENDS)


def _first_of(
    judged: JudgedSet, reached: NDArray[Any], on_day: NDArray[Any], zero: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Days from `zero` and how each left: 1 the outcome, 2 completed, 3 left, 4 died, 0 still followed.

    Without the outcome a course is at risk to its end, or to the last day it was followed, rated or not: to stop at
    the last rating would shrink the risk set of those who stay and not of those who leave. `on_day` is the day of
    the rating that shows the outcome; a rating after the end of the course comes second.
    """
    import numpy as np

    completed = judged.courses["end_reason"] == ENDS.index("completed")
    ended = ~_nan(judged.ended_day)
    first = reached & ~(judged.ended_day < on_day)
    how = np.where(judged.died, 4, np.where(completed, 2, 3))
    without = np.where(ended, judged.ended_day, judged.courses["followed_to_day"])
    day = np.where(first, on_day, without).astype(np.int64) - zero.astype(np.int64)
    return day, np.where(first, 1, np.where(ended, how, 0))


def _followed(
    day: NDArray[Any], status: NDArray[Any], entered: NDArray[Any], who: NDArray[Any], kinds: tuple[str, ...]
) -> FollowUp:
    counted = who & (day >= 0) & (entered < day)
    return follow_up(day[counted], status[counted], entered=entered[counted], kinds=kinds)


def _nan(values: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.isnan(values)
