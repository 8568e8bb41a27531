"""Comparators that are no ketamine: their effect on mood is set to what was published of them, and not predicted.

No model of ours describes quetiapine or electroconvulsive therapy. Such an arm removes a share of the score,

    D(t) = removes (1 - 2^(-T/onset)) 2^(-(t - T)/fade),    T = min(t, end of treatment)

of which each person gains as much as of ketamine. `removes` is found by halving, afresh for each model and population,
so that the published row comes out among the virtual patients; that row is therefore never compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.tables import outcome
from holdfast.evidence.virtual_trials.counting import PERCENT, Seen, of_arm
from holdfast.evidence.virtual_trials.design import Arm, Asked, Comparator, Trial, asked_of
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
PEOPLE = 2_000  # in whom it is set
MOST = 4.0  # of the score, in a typical person: whoever gains anything is well then
_HALVINGS = 9
NEAR = 5.0  # percentage points: farther off, the row was not reached


def removed_by(one: Comparator, removes: float, times_h: Values, last_h: Values) -> Values:
    """D at `times_h`, (people, times). `last_h` (people,) is each one's last treatment session so far."""
    ends = last_h[:, None] if one.lasts_d is None else np.full((len(last_h), 1), one.lasts_d * H_PER_D)
    treated = np.clip(times_h[None, :], 0.0, np.maximum(ends, 0.0))
    since = times_h[None, :] - treated
    grown = -np.expm1(-np.log(2) * treated / (one.onset_half_life_d * H_PER_D))
    return np.asarray(removes * grown * np.exp2(-since / (one.fade_half_life_d * H_PER_D)), dtype=float)


def set_effects(trial: Trial, totals: Callable[[str, Mapping[str, float]], Values]) -> dict[str, float]:
    """What each comparator removes, by arm. `totals` gives totals (people, 1 + ratings) of a track for such effects."""
    return {key: _set(trial, arm, totals) for key, arm in trial.arms.items() if arm.comparator is not None}


def _set(trial: Trial, arm: Arm, totals: Callable[[str, Mapping[str, float]], Values]) -> float:
    assert arm.comparator is not None
    row, asked = outcome(arm.comparator.set_to), asked_of(trial, arm.comparator)
    assert row.value is not None
    aim = row.value / _staying(trial, asked)
    low, high = 0.0, MOST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = _rate(trial, asked, totals(arm.key, {arm.key: middle}))
        low, high = (middle, high) if found < aim else (low, middle)
    return (low + high) / 2


def _rate(trial: Trial, asked: Asked, found: Values) -> float:
    places = [list(trial.ratings).index(key) for key in asked.ratings]
    seen = Seen(
        found[None].astype(float),
        np.array([*trial.ratings.values()]),
        trial.header["scale"],
        failure=False,
        last_dose_h=0.0,
    )
    return float(of_arm(asked.kind, seen, places, asked.definition)[0])


def _staying(trial: Trial, asked: Asked) -> float:
    """Share that has not left by then, where who leaves counts as a failure."""
    if trial.header["missing"] != "failure":
        return 1.0
    share = trial.ratings[asked.ratings[-1]] / max(trial.ratings.values())
    return 1.0 - share * (trial.header.get("leave_percent") or 0.0) / PERCENT


def unreached(trial: Trial, found: Callable[[Asked, str], Values]) -> list[str]:
    """A sentence for each comparator whose published row nothing can reach. `found` gives replicates of a number."""
    said = []
    for arm in trial.arms.values():
        if arm.comparator is None:
            continue
        aim, asked = outcome(arm.comparator.set_to).value, asked_of(trial, arm.comparator)
        got = float(np.nanmean(found(asked, arm.group)))
        if aim is not None and abs(got - aim) > NEAR:
            said.append(
                f"{arm.label} cannot be set to {arm.comparator.set_to}: {aim:g} percent published, {got:.3g} found"
            )
    return said
