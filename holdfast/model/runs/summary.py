"""What a simulation showed, in plain values: for JSON, and for the text a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.days import DAYS_PER_WEEK
from holdfast.model.courses.columns import WHY_STOPPED
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.runs.limits import limits
from holdfast.model.runs.tally import PEAKS, PERCENTILES, Tally

_WEEKS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 26, 39, 52, 78, 104)


def summary(plan: CoursePlan, counted: Tally) -> dict[str, Any]:
    """Everything that is told of a simulation. Shares of response and remission name what they are shares of."""
    sessions = counted.treatment_sessions
    given = int((sessions * range(len(sessions))).sum())
    weeks = [week for week in _WEEKS if week * DAYS_PER_WEEK < plan.days]
    reached = counted.totals["response or remission at any rating"]
    return {
        **plan.about(),
        "weeks": [_week(counted, week) for week in weeks],
        "treatment_sessions": {
            "given": given, "per_patient": given / counted.patients, "missed": int(counted.by_day["missed"].sum()),
            "withheld": int(counted.by_day["withheld"].sum()), "patients_without_any": int(sessions[0]),
            "most_in_one_patient": int(sessions.nonzero()[0].max()),
        },
        "stopped": {why: counted.totals[why] for why in WHY_STOPPED},
        "reached_response_or_remission": reached,
        "relapse_after_it": counted.totals["relapse after it"],
        "peaks": {name: _spread(counted, name) for name in PEAKS if counted.peaks[name].any()},
        "shares_of_treatment_sessions": {
            limit.name: counted.tails[limit.name] / judged
            for limit in limits() if (judged := counted.tails[f"{limit.name}: judged"])
        },
    }  # fmt: skip


def _week(counted: Tally, week: int) -> dict[str, Any]:
    day = week * DAYS_PER_WEEK
    shares: dict[str, float | None] = {}
    for name in ("response", "remission"):
        shares[f"{name}_of_those_in_course"] = counted.share_in_course(name, day)
        shares[f"{name}_of_all"] = counted.share_of_all(name, day)
    return {
        "week": week, "day": day, "in_course": int(counted.by_day["in_course"][day]),
        "rated": int(counted.by_day["rated"][day]), **shares, "madrs": _named(counted.percentiles(day)),
    }  # fmt: skip


def _spread(counted: Tally, name: str) -> Mapping[str, float]:
    return _named(counted.peak_percentiles(name))


def _named(values: list[float]) -> Mapping[str, float]:
    return {f"p{percent}": round(value, 4) for percent, value in zip(PERCENTILES, values, strict=True)}
