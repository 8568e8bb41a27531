"""A comparison as plain values and as text: frontier first, the rest, what it hangs on. No policy is advised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.dosing import regimen
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range
from holdfast.model.posteriors.reading import posterior
from holdfast.model.provenance import provenance, provenance_line
from holdfast.policies.compare import EVERY, LEAST_IN_A_WORLD, Compared
from holdfast.policies.frontier import checks_in, frontier, near_weeks, not_rerun, shifts
from holdfast.policies.outcomes import LEAST_WORLDS, measured, outcomes

VERSION = 2  # of this calculation; a change of it that moves numbers is a new version
SAID = (
    "What the calibrated model holds of virtual patients, not of people: nobody has compared these policies in "
    "patients. It informs whoever decides on a programme and directs nothing; no policy is advised."
)
HEADER = ("policy", "weeks well", "against unchanged", "sessions", "dose mg", "mg/kg", "hours", "relapse", "left",
          "on", "near")  # fmt: skip
_SHIFTS = ("rerun", "rank correlation", "enter", "leave", "still near", "spread")
_BINS = ("forecast", "forecasts", "mean forecast", "came")


def answer(of: Compared) -> dict[str, Any]:
    """Everything, as plain values for JSON. What cannot be told, such as relapse where nobody is at risk, is None."""
    found = measured(of.lived, of.programme)
    told, edge, moved = outcomes(of, found), frontier(found), shifts(of)
    asked = checks_in(of)
    rows = [
        {**one.as_dict(), "check_ins_answered": float(asked[place]), "on_frontier": bool(edge.on[place]),
         "share_of_worlds_on_frontier": float(edge.share_on[place]),
         "share_of_worlds_near_frontier": float(edge.share_near[place])}
        for place, one in enumerate(told)
    ]  # fmt: skip
    worlds = np.unique(of.lived.world)
    return _without_nan({
        **_about(of), "patients": len(of.lived.world), "worlds": len(worlds), "least_worlds": LEAST_WORLDS,
        "share_who_begin_maintenance": float(np.mean(list(of.lived.begun.values()))),
        "induction": {"days": list(of.treatment.days), "treatment_sessions": len(of.treatment.days),
                      "maintenance_begins_day": of.treatment.begins},
        "near_frontier_weeks": near_weeks(), "few_worlds": _few(len(worlds)), "notes": _notes(of),
        "policies": sorted(rows, key=lambda row: (not row["on_frontier"], row["treatment_sessions"]["mean"])),
        "sensitivity": {"patients": int(of.lived.in_variants.sum()),
                        "worlds": int((worlds % EVERY == 0).sum()), "one_world_in": EVERY,
                        "reruns": [one.as_dict() for one in moved], "not_rerun": not_rerun(of)},
        "forecast": [one.as_dict() for one in of.reliabilities],
    })  # fmt: skip


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _few(worlds: int) -> str | None:
    """What is said where worlds are too few to tell how far the evidence leaves the comparison open."""
    if worlds >= LEAST_WORLDS:
        return None
    return (
        f"Too few worlds ({worlds}) to tell how sure any of this is: means alone are told, and their order may be "
        f"chance. Errors, intervals and shares of worlds need {LEAST_WORLDS} worlds, so that one lies beyond each end "
        f"of 80 %: give {LEAST_WORLDS * LEAST_IN_A_WORLD} patients or more, and {LEAST_WORLDS} worlds in the file."
    )


def _notes(of: Compared) -> list[str]:
    """Doses beyond what the model was fitted to, for the lightest of the patients."""
    model, lightest = named_model(of.programme.header["posterior"]), float(of.lived.weight_kg.min())
    return beyond_fitted_range(model, regimen(of.treatment.kinds), lightest)


def _about(of: Compared) -> dict[str, Any]:
    header, programme = of.programme.header, of.programme
    about = provenance(named_model(header["posterior"]), said=SAID, seed=of.seed, policies_version=VERSION,
                       posterior=dict(posterior(header["posterior"]).named))  # fmt: skip
    return about | {
        "programme": programme.id, "title": header["title"], "protocol": programme.protocol.id,
        "population": header["population"], "weeks": programme.weeks, "attendance": header["attendance"],
        "without_response": header["without_response"], "well": header["well"],
        "definitions": {name: one.as_dict() for name, one in programme.definitions.items()},
    }  # fmt: skip


def lines(of: dict[str, Any], table: Any) -> list[str]:
    """The same as text; `table` makes one of rows and a header."""
    rows = of["policies"]
    edge = [row for row in rows if row["on_frontier"]]
    definitions = ", ".join(f"{name} {one['name']} ({one['status']})" for name, one in of["definitions"].items())
    return [
        f"{of['title']} ({of['programme']}): {len(rows)} policies, {of['patients']:,} virtual patients in "
        f"{of['worlds']} worlds, {of['weeks']} weeks of maintenance",
        f"Everybody has {of['induction']['treatment_sessions']} treatment sessions first; "
        f"{_share(of['share_who_begin_maintenance'])} of those treated begin maintenance, on day "
        f"{of['induction']['maintenance_begins_day']}. What follows is of one who does.",
        f"well: {of['well']}; {definitions}; attendance {of['attendance']}",
        *([of["few_worlds"]] if of["few_worlds"] else []),
        "", f"Frontier: {len(edge)} policies to which no other is as good in weeks well, sessions and dose at once",
        table(map(_cells, edge), HEADER), *_others(rows[len(edge) :], table), "",
        *_key(of),
        *_sensitivity(of["sensitivity"], table), *_forecasts(of["forecast"], table), "",
        *of["notes"],
        of["said"], provenance_line(of),
    ]  # fmt: skip


def _key(of: dict[str, Any]) -> list[str]:
    """What the columns mean, where they hold it."""
    if of["few_worlds"]:
        return ["means alone: too few worlds for errors, intervals and shares of worlds"]
    return [
        "mean ± Monte Carlo error; (80 % of worlds). on, near: share of worlds in which a policy is on the frontier, "
        f"and in which none that costs no more has {of['near_frontier_weeks']:g} more weeks well"
    ]


def _others(rows: Sequence[dict[str, Any]], table: Any) -> list[str]:
    return ["", f"The other {len(rows)}", table(map(_cells, rows), HEADER)] if rows else []


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    against = row["weeks_well_against_unchanged"]
    return (
        row["policy"], f"{row['weeks_well']['mean']:.1f}{_error(row['weeks_well'])}",
        f"{against['mean']:+.1f}{_error(against)}{_interval(against)}",
        f"{row['treatment_sessions']['mean']:.1f}", f"{row['dose_mg']['mean']:,.0f}",
        f"{row['dose_mg_per_kg']['mean']:.1f}",
        f"{row['hours_in_clinic']['mean']:.0f}", _share(row["relapse"]["mean"]), _share(row["left"]["mean"]),
        _share(row["share_of_worlds_on_frontier"]), _share(row["share_of_worlds_near_frontier"]),
    )  # fmt: skip


def _error(of: dict[str, Any]) -> str:
    return "" if of["error"] is None else f" ± {of['error']:.1f}"


def _interval(of: dict[str, Any]) -> str:
    return "" if of["low"] is None else f" ({of['low']:+.1f} to {of['high']:+.1f})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def _sensitivity(of: dict[str, Any], table: Any) -> list[str]:
    if not of["reruns"]:
        return ["", "No parameter was varied."]
    rows = [
        (one["words"], "" if one["rank_correlation"] is None else f"{one['rank_correlation']:.3f}",
         str(len(one["entered_frontier"])), str(len(one["left_frontier"])),
         _share(one["share_of_frontier_still_near"]), f"{one['spread_weeks_well']:.1f}")
        for one in of["reruns"]
    ]  # fmt: skip
    none = [f"Not rerun, for it says nothing here: {', '.join(of['not_rerun'])}"] if of["not_rerun"] else []
    return [
        "", f"Parameters the data hardly tell, and rival hypotheses, on {of['patients']:,} of the same patients "
        f"({_count(of['worlds'], 'world')}): how alike the order by weeks well stays, how many policies enter and "
        "leave the frontier, what share of it stays near it, weeks well between most and fewest",
        table(rows, _SHIFTS), *none,
    ]  # fmt: skip


def _forecasts(of: Sequence[dict[str, Any]], table: Any) -> list[str]:
    said: list[str] = []
    for one in of:
        rows = [
            (_tenth(of_bin["mean_forecast"]), f"{of_bin['forecasts']:,}", _share(of_bin["mean_forecast"]),
             _share(of_bin["came"]))
            for of_bin in one["bins"]
        ]  # fmt: skip
        said += [
            "", f"Forecasts that policies act on, {_count(one['weeks_ahead'], 'week')} ahead, beside what came, on "
            f"patients held apart under {one['policy']}: Brier score {one['brier']:.3f} (of the mean alone "
            f"{one['brier_of_the_mean']:.3f}), pairs ranked rightly {_share(one['ranked_rightly'])}",
            table(rows, _BINS),
        ]  # fmt: skip
    return said


def _tenth(chance: float) -> str:
    """The tenth that a chance lies in: bins nobody fell into are not told."""
    low = min(int(10 * chance), 9)
    return f"{10 * low} to {10 * low + 10} %"
