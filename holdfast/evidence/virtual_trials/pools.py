"""Pools of virtual people that replicates are cut from: who is selected, and who takes part in which group."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.judged import met
from holdfast.evidence.virtual_trials.lives import Lived, Setting, lived
from holdfast.model.mood.relapse import relapse_day
from holdfast.outcomes.definitions import definition
from holdfast.units import H_PER_D

LEAST_PEOPLE = 4_000  # of a pool, where the trial does not need more
_MOST_PEOPLE = 40_000  # of a pool from which few are selected
_MORE_THAN_N = 4


def pools_of(
    trial: Trial, setting: Setting, progress: Callable[[int, int], None] | None = None, *, least: int = LEAST_PEOPLE
) -> Mapping[str, Pool]:
    """The people of each track: several times as many as are randomised, so that replicates differ."""
    people = max(least, _MORE_THAN_N * trial.n)
    pools = _lived(trial, setting, people, progress)
    found = {key: max(len(pool.chosen), 1) for key, pool in pools.items()}
    wanted = max(people * _MORE_THAN_N * _randomised(trial, track.n) / found[track.key] for track in trial.tracks)
    if trial.selection is None or wanted <= people:
        return pools
    return _lived(trial, setting, min(_MOST_PEOPLE, int(wanted) + least), progress)


def _lived(
    trial: Trial, setting: Setting, people: int, progress: Callable[[int, int], None] | None
) -> Mapping[str, Pool]:
    return {key: Pool(trial, one) for key, one in lived(trial, setting, people, progress).items()}


def _randomised(trial: Trial, n: int) -> int:
    return n if apart(trial) else trial.n


class Pool:
    """One track's people: who goes on to be randomised, and their totals."""

    def __init__(self, trial: Trial, one: Lived) -> None:
        self.totals, self.cadss, self.people = one.totals, one.cadss, len(one.totals)
        self.chosen = np.arange(len(one.totals)) if trial.selection is None else _chosen(trial, one.totals[:, 0])
        self.selected = len(self.chosen) / self.people
        anew = trial.header.get("baseline_rating")
        if anew is not None:
            self.totals = one.totals.copy()
            self.totals[..., 0] = one.totals[..., 1 + list(trial.ratings).index(anew)]


def _chosen(trial: Trial, totals: NDArray[np.int64]) -> NDArray[np.int_]:
    """Who meets the definition at enough ratings, and relapses after them where that is asked for."""
    asked, scale, keys = trial.selection, trial.header["scale"], list(trial.ratings)
    assert asked is not None
    at = totals[:, [1 + keys.index(key) for key in asked.ratings]]
    good = met(asked.definition, scale, totals[:, :1], at).sum(axis=1) >= asked.least
    if asked.relapse is not None:
        days = np.rint([trial.ratings[key] / H_PER_D for key in asked.relapse_ratings]).astype(np.int64)
        after = totals[:, [1 + keys.index(key) for key in asked.relapse_ratings]].astype(float)
        good &= ~np.isnan(relapse_day(days, after, definition(asked.relapse), np.full(len(totals), -1.0)))
    return np.flatnonzero(good)


def apart(trial: Trial) -> bool:
    """Are the people of each track selected by what that track did to them?"""
    return trial.selection is not None and trial.selection.relapse is not None


def drawn_from(trial: Trial, pools: Mapping[str, Pool], count: int, random: np.random.Generator) -> NDArray[np.int_]:
    """Who takes part: (replicates, people), track by track. Until they are selected, all are treated alike."""
    if not apart(trial):
        chosen = pools[trial.tracks[0].key].chosen
        return np.stack([random.permutation(chosen)[: trial.n] for _ in range(count)])
    each = [(pools[track.key].chosen, track.n) for track in trial.tracks]
    return np.concatenate([np.stack([random.permutation(chosen)[:n] for _ in range(count)]) for chosen, n in each], 1)
