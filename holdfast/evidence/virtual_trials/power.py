"""Power of a planned design: how often each contrast's 95 % interval would exclude 0, at each number of people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.design import CROSSOVER, Trial
from holdfast.evidence.virtual_trials.faults import MOST_PEOPLE
from holdfast.evidence.virtual_trials.replicates import Simulated, simulate_trial


@dataclass(frozen=True)
class Power:
    """Share of replicates in which the interval of a contrast excludes 0, with the chance error of that share."""

    n: int
    contrast: str
    group: str
    against: str
    share: float
    error: float  # standard error by the number of replicates, or of draws of the posterior
    median: float | None


def power(
    trial: Trial, sizes: Sequence[int], *, replicates: int, seed: int, model: str, hypothesis: str = "nmda-driven",
    threads: int = 1, uncertain: bool = True, progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[Power, ...], Simulated]:  # fmt: skip
    """Power at each of `sizes`, people in each arm (in a crossover: in each sequence), and the last simulation.

    Raises `InputError` for a trial without a contrast, and for a size that cannot be.
    """
    if not any(asked.against for asked in trial.asked):
        raise InputError(f"{trial.id} reports no contrast, so it has no power; give an outcome with `against`")
    for n in sizes:
        if n < 2 or n * len(trial.tracks) > MOST_PEOPLE:
            raise InputError(f"{n} people in each group: give at least 2, and at most {MOST_PEOPLE:,} in all")
    found: list[Power] = []
    for done, n in enumerate(sizes):
        if progress is not None:
            progress(done, len(sizes))
        one = simulate_trial(sized(trial, n), replicates=replicates, seed=seed, model=model, hypothesis=hypothesis,
                             threads=threads, uncertain=uncertain)  # fmt: skip
        for reported in one.reported:
            if reported.excludes_0 is not None and reported.against is not None:
                share = float(reported.excludes_0.mean())
                error = share_error(reported.excludes_0, reported.draw)
                found.append(Power(n, reported.asked.key, reported.group, reported.against, share, error,
                                   reported.percentiles["p50"]))  # fmt: skip
    if progress is not None:
        progress(len(sizes), len(sizes))
    return tuple(found), one


def share_error(flags: NDArray[np.float64], draw: NDArray[np.int_] | None) -> float:
    """Standard error of the mean of `flags` (replicates,). Draws of a posterior count, not replicates of one."""
    share = float(flags.mean())
    if draw is None or draw[-1] == 0:
        return float(np.sqrt(share * (1 - share) / len(flags)))
    apart = np.bincount(draw, weights=flags - share)
    return float(np.sqrt(len(apart) / (len(apart) - 1) * (apart**2).sum()) / len(flags))


def sized(trial: Trial, n: int) -> Trial:
    """The same trial with `n` people in each arm, or in each sequence of a crossover."""
    tracks = tuple(replace(track, n=n) for track in trial.tracks)
    arms = trial.arms if trial.design == CROSSOVER else {k: replace(arm, n=n) for k, arm in trial.arms.items()}
    return replace(trial, tracks=tracks, arms=arms)
