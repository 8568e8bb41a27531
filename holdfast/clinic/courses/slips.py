"""Who is slipping: the rule out.slipping asked of the scale a course is judged on, as something to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from holdfast.clinic.assessments.queries import Rated
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.standing import headline_scale
from holdfast.decision import Weight
from holdfast.facts import RuleSet
from holdfast.outcomes import Rating
from holdfast.outcomes.slipping import slipping
from holdfast.scales import scale

KIND = "slipping"


def slipping_due(
    ratings: Sequence[Rated], baselines: Mapping[str, float], *, started_on: date | None, rules: RuleSet,
    day_of: Callable[[datetime], date],
) -> tuple[Due, ...]:  # fmt: skip
    """At most one: the newest rating of the headline scale lies well above the lowest one."""
    scale_id = headline_scale(ratings, baselines)
    if scale_id is None or scale_id not in baselines:
        return ()
    last_of_day = {
        day_of(r.at): r.total for r in ratings if r.scale == scale_id and r.at is not None and r.total is not None
    }
    rows = [Rating(scale_id, on, total) for on, total in sorted(last_of_day.items())]
    found = slipping(rows, baseline=baselines[scale_id], first_dose_on=started_on, rules=rules)
    if found is None:
        return ()
    name = scale(scale_id).name
    told = f"{name} {found.reason.text}"
    unsigned = found.reason.weight is Weight.INACTIVE
    return (Due(KIND, f"Slipping, {name}", found.since, why=told, rule=found.reason.rule, unsigned=unsigned),)
