"""A simulated trial beside the published one: row by row, and every row that cannot be compared with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from holdfast.evidence.intervals import holds, wilson_percent
from holdfast.evidence.rows import Outcome
from holdfast.evidence.tables import outcome, outcomes
from holdfast.evidence.virtual_trials.design import Asked, Trial
from holdfast.evidence.virtual_trials.replicates import Reported, Simulated
from holdfast.units import H_PER_D

_HELD = "ci95"
_AT_ANY_TIME = "response_any_time"
# Kinds of outcome of ours, and the names under which the tables hold the same thing. A response within some weeks, at
# whatever rating, stands there plainly as a response and its note says so: the file of the trial chooses.
_NAMES = {
    "change": ("change", "change_lsmean"), "response": ("response",), "remission": ("remission",),
    "ever_response": (_AT_ANY_TIME, "response"), "ever_remission": ("remission",), "held_response": ("response",),
    "sensitivity": ("predictor_sensitivity",), "specificity": ("predictor_specificity",),
    "response_kept": ("km_sustained_response",), "relapse": ("relapse",),
    "loss_of_response_median": ("time_to_relapse_median", "response_duration_median"),
    "loss_of_response_shortest": (), "loss_of_response_longest": (), "onset_before": (),
    "relapse_median": ("time_to_relapse_median", "time_in_remission_median"),
    "remission_kept": ("remission_wk8_and_no_relapse_to_wk32",),
    "sessions_to_median": ("sessions_to_remission_median", "infusions_to_response_median"),
    "effect_size_from_baseline": ("effect_size_d",),
    "correlation_with_cadss": ("correlation_CADSS40min_vs_HDRS_percent_change",),
    "hazard_ratio_relapse": ("hazard_ratio_relapse",), "hazard_ratio_remission": ("hazard_ratio_remission",),
    "mean_difference": ("mean_difference",), "effect_size_d": ("effect_size_d",), "risk_difference": (),
    "superior": ("superior_to_midazolam",),
}  # fmt: skip
# Anchors of the first dose, or where treatment begins anew from a baseline of its own, of the first one from then on.
_FROM_FIRST_DOSE = ("first_dose", "first_open_label_dose", "randomisation", "reinduction_start")
_NO_TIME = (
    "loss_of_response_median", "ever_response", "ever_remission", "relapse", "relapse_median", "sessions_to_median",
    "hazard_ratio_relapse", "hazard_ratio_remission",
)  # fmt: skip
_SET = "the effect of the comparator is set to it, so that it is no prediction"
_JUDGED = (
    "response", "remission", "ever_response", "ever_remission", "relapse", "relapse_median", "remission_kept",
    "hazard_ratio_relapse", "hazard_ratio_remission", "sessions_to_median",
)  # fmt: skip
_PREDICTORS = ("sensitivity", "specificity")
_SAME_TIME = 0.05  # relative: 40 min is printed as 0.667 h, three weeks as 21 days
_NORMAL = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Compared:
    """One published number beside what the replicates reported. `inside` says whether an interval holds it."""

    row: Outcome
    reported: Reported
    caveat: str | None

    @property
    def inside_80(self) -> bool:
        """Is the published value in the 80 % interval? For a yes or no: is its probability 10 % or more?"""
        return self._inside("p10", "p90", 0.10)

    @property
    def inside_95(self) -> bool:
        """The same for 95 %."""
        return self._inside("p2.5", "p97.5", 0.025)

    def _inside(self, low: str, high: str, least: float) -> bool:
        value = self.row.value
        assert value is not None
        if self.reported.asked.kind == "superior":
            return float((self.reported.values == value).mean()) >= least
        ends = self.reported.percentiles
        below, above = ends[low], ends[high]
        return below is not None and above is not None and holds(below, above, value, self.row.unit)

    @property
    def published_interval(self) -> tuple[float, float] | None:
        """The published 95 % interval: as printed, by its standard error, or of a share by its count (Wilson)."""
        row = self.row
        if row.interval_kind == _HELD and row.ci_low is not None and row.ci_high is not None:
            return row.ci_low, row.ci_high
        if row.se is not None and row.value is not None:
            return row.value - _NORMAL * row.se, row.value + _NORMAL * row.se
        if row.sd is not None and row.value is not None and row.n_analysed:
            return (
                row.value - _NORMAL * row.sd / row.n_analysed**0.5,
                row.value + _NORMAL * row.sd / row.n_analysed**0.5,
            )
        if row.events is not None and row.n_analysed:
            return wilson_percent(row.events, row.n_analysed)
        return None


@dataclass(frozen=True)
class NotCompared:
    """A published row that the trial does not predict, and why."""

    row: Outcome
    why: str


def compare(simulated: Simulated) -> tuple[tuple[Compared, ...], tuple[NotCompared, ...]]:
    """Published rows of the trial's study: those compared, the others with the reason. Both empty without a study."""
    trial = simulated.trial
    if trial.study is None:
        return (), ()
    found: list[Compared] = []
    left: list[NotCompared] = [NotCompared(outcome(name), why) for name, why in trial.not_compared.items()]
    for asked in trial.asked:
        for name in asked.published:
            row = outcome(name)
            why = _cannot(trial, asked, row)
            mine = [one for one in simulated.reported if one.asked is asked and one.group == row.arm.id]
            if why is None and not mine:
                why = f"{asked.key} is not reported of that arm"
            if why is None:
                found.append(Compared(row, mine[0], "; ".join(_caveats(trial, asked, row)) or None))
            else:
                left.append(NotCompared(row, why))
    told = {one.row.id for one in found} | {one.row.id for one in left}
    left += [NotCompared(row, "no outcome of the trial's file reports it")
             for row in outcomes(study=trial.study) if row.id not in told]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.row.id)), tuple(sorted(left, key=lambda one: one.row.id))


def _cannot(trial: Trial, asked: Asked, row: Outcome) -> str | None:
    return next(_reasons(trial, asked, row), None)


def _reasons(trial: Trial, asked: Asked, row: Outcome) -> Iterator[str]:
    if any(arm.comparator is not None and arm.comparator.set_to == row.id for arm in trial.arms.values()):
        yield _SET
    if row.outcome not in _NAMES[asked.kind]:
        yield f"the row is {row.outcome}, and the trial reports {asked.kind}"
    if (row.estimand == "contrast") != (asked.against is not None):
        yield "an arm and a contrast are never compared"
    if row.value is None:
        yield "the row holds no number"
    if row.subgroup is not None:
        yield f"the row is of a subgroup ({row.subgroup})"
    yield from _other_time(trial, asked, row)


def _other_time(trial: Trial, asked: Asked, row: Outcome) -> Iterator[str]:
    """A predictor is published at the time of the early rating, a median time at none."""
    at_h = trial.ratings[asked.ratings[0 if asked.kind in _PREDICTORS else -1]]
    if row.time_h is None or asked.kind in _NO_TIME:
        return
    if row.time_anchor == "last_dose":
        last = max(arm.dose_days[-1] for arm in trial.arms.values() if arm.study_arm == row.arm.id)
        at_h -= last * H_PER_D
    elif row.time_anchor in _FROM_FIRST_DOSE:
        at_h -= trial.baseline_h
    else:
        return
    if not np.isclose(at_h, row.time_h, _SAME_TIME):
        yield f"published at {row.time_h:g} h, rated here at {at_h:g} h"


def _caveats(trial: Trial, asked: Asked, row: Outcome) -> Iterator[str]:
    scale, stands_for = trial.header["scale"], trial.header.get("stands_for")
    if row.scale is not None and row.scale.lower() != scale:
        yield f"{row.scale} simulated as {scale}" if row.scale == stands_for else f"{row.scale}, simulated on {scale}"
    if asked.kind.startswith("ever_") and row.outcome != _AT_ANY_TIME:
        yield f"{row.outcome} at any rating up to then"
    if row.definition is None and asked.kind in _JUDGED:
        yield f"rule not published; judged here by {asked.definition}"
