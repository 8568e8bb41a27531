"""Response, remission, relapse and recurrence of many courses at once, as `outcomes.course_outcomes` judges one.

Ratings come as flat arrays in the order of courses and days; a total that was due and not obtained is NaN. Days count
from the first treatment session, day 0. Nothing here decides what a total means: tables of answers are filled in by
the rules (`outcomes.answers`), and the compiled loop (`judged_code`) looks them up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.outcomes.answers import meeting, responses, totals_of
from holdfast.outcomes.course import by_outcome
from holdfast.outcomes.definitions import OutcomeDefinition
from holdfast.registry.follow_up import FollowUp, follow_up
from holdfast.registry.whole_numbers import refuse, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

OUTCOMES = ("response", "remission", "relapse", "recurrence")
STATES = ("undefined", "inactive", "not-at-risk", "censored", "reached")  # words of outcomes.TimeTo
_AT_RISK = STATES.index("censored")  # and reached


@dataclass(frozen=True)
class Ratings:
    """Ratings of one scale, by course and then by day. `course` counts from 0; `total` is NaN where not obtained."""

    course: ArrayLike
    day: ArrayLike
    total: ArrayLike


@dataclass(frozen=True)
class Events:
    """Days of events that count as a relapse (`outcomes.RELAPSE_EVENTS`), by course and then by day."""

    course: ArrayLike = ()
    day: ArrayLike = ()


@dataclass(frozen=True)
class Judged:
    """Arrays of one row a course: `state` and `days` of each outcome, and the day `on` which; -1 where there is none.

    Days are those of outcomes.TimeTo: of response and remission from day 0, of relapse and recurrence from the first
    response or remission. `answers` has a row for each rating: response and remission 1 yes, 0 no, -1 undefined, and
    so on and before day 0.
    """

    state: NDArray[np.int8]
    days: NDArray[np.int32]
    on: NDArray[np.int32]
    answers: NDArray[np.int8]

    def reached(self, outcome: str) -> NDArray[np.bool_]:
        """Which courses reached it."""
        return self.state[:, OUTCOMES.index(outcome)] == STATES.index("reached")

    def at_risk(self, outcome: str) -> NDArray[np.bool_]:
        """Which courses were watched for it: reached or censored."""
        return self.state[:, OUTCOMES.index(outcome)] >= _AT_RISK

    def follow_up(
        self, outcome: str, who: NDArray[np.bool_] | None = None, entered: NDArray[np.int_] | None = None
    ) -> FollowUp:
        """Time to the outcome as counts, of the courses `who` that were watched for it.

        `entered` is the last day, on the clock of the outcome, before each course was at risk, -1 from the start;
        courses not followed beyond it were never at risk and are left out.
        """
        import numpy as np

        counted = self.at_risk(outcome) if who is None else self.at_risk(outcome) & who
        days = self.days[:, OUTCOMES.index(outcome)]
        if entered is not None:
            counted = counted & (entered < days)
        since = None if entered is None else np.asarray(entered)[counted]
        return follow_up(days[counted], self.reached(outcome)[counted], entered=since)


def judged(
    ratings: Ratings,
    *,
    courses: int,
    scale: str,
    definitions: Iterable[OutcomeDefinition],
    baseline: ArrayLike | None = None,
    events: Events = Events(),
    signed: Iterable[str] = (),
) -> Judged:
    """Judge every course on one scale by named definitions, at most one per outcome.

    `baseline` (courses,) is what was fixed when each course started; NaN, or no array, has it found as
    `outcomes.baseline` does: the last total on day 0 or before. Raises `InputError` naming the first row at fault: a
    course that is none, days that do not rise, a total the scale cannot have; and for definitions as
    `course_outcomes` does.
    """
    import numpy as np

    from holdfast.registry import judged_code as code

    document = scale_document(scale)
    chosen = by_outcome(definitions, document.id)
    starts, day = _laid_out(ratings.course, ratings.day, courses, "rating", rising=True)
    event_starts, event_day = _laid_out(events.course, events.day, courses, "event", rising=False)
    total = _totals(ratings.total, document.id, "rating")
    if len(total) != len(day):
        raise InputError(f"{len(day)} days and {len(total)} totals; give one of each a rating")
    base = _baselines(baseline, starts, day, total, document.id)
    signatures = frozenset(signed)
    plan = np.array([_plan(chosen.get(one), signatures) for one in OUTCOMES], dtype=np.int64)
    width = len(totals_of(document.id))
    response = chosen.get("response")
    responds = np.array([[-1 if a is None else int(a) for a in row] for row in responses(response, document.id)]
                        if response else np.zeros((1, 1)), dtype=np.int8)  # fmt: skip
    remits, relapsing, recurring = (
        np.array(meeting(chosen[one], document.id) if one in chosen else [False] * width) for one in OUTCOMES[1:]
    )
    asked = np.array([_asked(chosen.get(one)) for one in ("relapse", "recurrence")])
    found = code.judge(
        starts, day, total, base, event_starts, event_day, responds, remits, relapsing, recurring, asked, plan
    )
    return Judged(*found)


def _plan(definition: OutcomeDefinition | None, signed: frozenset[str]) -> int:
    if definition is None:
        return STATES.index("undefined")
    if definition.outcome in ("relapse", "recurrence") and definition.needs_signature and definition.rule not in signed:
        return STATES.index("inactive")
    if definition.outcome == "recurrence" and definition.after_remission_d is None:
        raise InputError(f"{definition.name} states no time in remission and so defines no recurrence")
    return _AT_RISK


def _asked(definition: OutcomeDefinition | None) -> tuple[float, float, float, float]:
    """What a definition of relapse asks besides the total, in the columns of `judged_code`."""
    if definition is None:
        return 1.0, 0.0, -1.0, 0.0
    most = -1.0 if definition.repeat_max_d is None else definition.repeat_max_d
    return float(definition.repeat), definition.repeat_min_d or 0.0, most, definition.after_remission_d or 0.0


def _laid_out(course: ArrayLike, day: ArrayLike, courses: int, what: str, *, rising: bool) -> tuple[Any, Any]:
    """Where each course begins among the rows, (courses + 1,), and their days."""
    import numpy as np

    of, on = np.asarray(course), np.asarray(day)
    if len(of) != len(on):
        raise InputError(f"{len(of)} courses and {len(on)} days of {what}s; give one of each a {what}")
    of, on = whole(of, what, "course"), whole(on, what, "day")
    refuse((of < 0) | (of >= courses), what, f"course {{}} is none of 0 to {courses - 1}", of)
    step = np.diff(of)
    refuse(np.append(False, step < 0), what, "course {} comes after a later one; give them in order", of)
    late = np.diff(on) <= 0 if rising else np.diff(on) < 0
    refuse(np.append(False, (step == 0) & late), what,
            "day {} does not come after the one before it in its course", on)  # fmt: skip
    return np.searchsorted(of, np.arange(courses + 1)), on


def _totals(total: ArrayLike, scale: str, what: str) -> Any:
    """As whole numbers, -1 where there is none."""
    import numpy as np

    given = np.asarray(total, dtype=float)
    missing, most = np.isnan(given), totals_of(scale)[-1]
    refuse(~missing & ((given < 0) | (given > most) | (given != np.floor(given))), what,
            f"{scale} total {{:g}} is no whole number of 0 to {most}", given)  # fmt: skip
    return np.where(missing, -1, np.where(missing, 0, given)).astype(np.int16)


def _baselines(given: ArrayLike | None, starts: Any, day: Any, total: Any, scale: str) -> Any:
    """The fixed one, or the last total on day 0 or before, -1 without any."""
    import numpy as np

    courses = len(starts) - 1
    rows = np.flatnonzero((day <= 0) & (total >= 0))
    found = np.full(courses, -1, dtype=np.int16)
    found[np.searchsorted(starts, rows, side="right") - 1] = total[rows]  # the last of a course stays
    if given is None:
        return found
    fixed = _totals(given, scale, "baseline")
    if len(fixed) != courses:
        raise InputError(f"{len(fixed)} baselines for {courses} courses; give one a course, NaN where there is none")
    return np.where(fixed < 0, found, fixed)
