"""Survival statistics by lifelines: `python tests/golden/survival/make_lifelines.py` writes lifelines.json beside it.

Needs lifelines in an environment of its own; nothing of it is needed to run the tests. Reads cases.json. Left out, for
lifelines does not tell them: plain intervals, a stratified log-rank test, the interval of a quantile on R's middle day.
It breaks ties of two kinds of end by chance, so that Aalen-Johansen is asked where no two ends share a day.

Late entry: lifelines counts whoever enters on a day as at risk on it, R and Holdfast from the day after; days are
whole, so that half a day is added to each entry here.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import lifelines
import numpy as np
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

HERE = Path(__file__).parent
SHARES = (0.25, 0.5, 0.75)


def number(value: Any) -> float | None:
    """As JSON has it: neither NaN nor infinity."""
    return float(value) if np.isfinite(value) else None


def curve(case: dict[str, Any]) -> dict[str, Any]:
    """Kaplan-Meier on each day on which somebody left, with log-log intervals (lifelines' only kind)."""
    entry = {"entry": np.array(case["entry"]) + 0.5} if "entry" in case else {}
    fit = KaplanMeierFitter().fit(case["day"], [one > 0 for one in case["status"]], **entry)
    table = fit.event_table[fit.event_table["removed"] > 0]
    days = [float(day) for day in table.index]
    ends = fit.confidence_interval_survival_function_
    return {
        "day": days, "at_risk": [int(one) for one in table["at_risk"]], "events": [int(x) for x in table["observed"]],
        "censored": [int(one) for one in table["censored"]],
        "survival": [number(fit.survival_function_at_times(day).iloc[0]) for day in days],
        "low": [number(ends.iloc[:, 0].loc[day]) for day in days],
        "high": [number(ends.iloc[:, 1].loc[day]) for day in days],
        "quantiles": [number(fit.percentile(1 - share)) for share in SHARES],
    }  # fmt: skip


def log_rank(case: dict[str, Any]) -> dict[str, float]:
    """Of all groups, no strata."""
    found = multivariate_logrank_test(case["day"], case["group"], [one > 0 for one in case["status"]])
    return {"chi2": float(found.test_statistic), "df": found.degrees_of_freedom, "p": float(found.p_value)}


def incidence(case: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Of each kind of end; None where days are shared, for lifelines then moves them by chance."""
    if "entry" in case or len(set(case["day"])) < len(case["day"]) or len({*case["status"]} - {0}) < 2:
        return None
    found = []
    for kind in (1, 2):
        fit = AalenJohansenFitter(calculate_variance=False).fit(case["day"], case["status"], event_of_interest=kind)
        shares = fit.cumulative_density_.iloc[:, 0]
        found.append({"day": sorted(case["day"]), "share": [float(shares.loc[day]) for day in sorted(case["day"])]})
    return found


def of_case(case: dict[str, Any]) -> dict[str, Any]:
    """All of one case."""
    made: dict[str, Any] = {"name": case["name"], "curve": curve(case)}
    if "group" in case:
        made["log_rank"] = log_rank(case)
    if (ends := incidence(case)) is not None:
        made["ends"] = ends
    return made


if __name__ == "__main__":
    made_by = {
        "program": f"Python {platform.python_version()}", "lifelines": lifelines.__version__, "numpy": np.__version__,
        "script": "tests/golden/survival/make_lifelines.py",
    }  # fmt: skip
    given = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))["cases"]
    alone = {"name": "one kind after the other", "day": [1, 2, 3, 5, 8, 13, 21], "status": [1, 2, 0, 1, 1, 2, 0]}
    answer = {"made_by": made_by, "alone": alone, "cases": [of_case(case) for case in [*given, alone]]}
    (HERE / "lifelines.json").write_text(json.dumps(answer) + "\n", encoding="utf-8")
