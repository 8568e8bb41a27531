"""What the product's own virtual trials report at one point of the parameters: mean, chance error, correlation.

Everybody lives the trial once (`lives.lived`); replicates of the trial's own n are drawn from them with replacement,
so that their spread is that of a trial and not that of a small pool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.mood.targets import Target, targets_of
from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.lives import Setting, lived
from holdfast.evidence.virtual_trials.pools import Pool, apart
from holdfast.evidence.virtual_trials.replicates import Simulated, cut
from holdfast.model.named_models import NamedModel

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What replicates report of each target: (targets, replicates), on the scale the trial prints."""

    targets: tuple[Target, ...]
    values: Values


def told(
    trial: Trial, model: NamedModel, hypothesis: str, *, seed: int, people: int, replicates: int,
    unverified: bool = False,
) -> Told:  # fmt: skip
    """Replicates of the trial under the model. NaN everywhere where too few people are selected to fill it."""
    simulated = replicated(trial, model, hypothesis, seed=seed, people=people, replicates=replicates)
    targets = targets_of(trial, simulated, unverified=unverified)
    by = {(one.asked.key, one.group): one.values for one in simulated.reported}
    values = [by[one.key, one.group] for one in targets]
    return Told(targets, np.stack(values) if values else np.zeros((0, replicates)))


def replicated(
    trial: Trial, model: NamedModel, hypothesis: str, *, seed: int, people: int, replicates: int
) -> Simulated:
    """The numbers of replicates, drawn with replacement from `people` lives."""
    random = np.random.Generator(np.random.Philox(key=np.array([seed, people], dtype=np.uint64)))
    lives = lived(trial, Setting(model, hypothesis, seed, 1), people)
    pools = {key: Pool(trial, one) for key, one in lives.items()}
    _again(trial, pools, random)
    reported, _ = cut(trial, pools, replicates, random)
    return Simulated(trial, reported, (), {})


def _again(trial: Trial, pools: Mapping[str, Pool], random: np.random.Generator) -> None:
    """Each pool becomes draws from itself: many more than a replicate takes, the same for groups treated alike."""
    drawn: NDArray[np.int_] | None = None
    for track in trial.tracks:
        pool = pools[track.key]
        if len(pool.chosen) < 2:
            raise InputError(f"{trial.id}: hardly anybody is selected for {track.key}")
        if apart(trial) or drawn is None:
            drawn = pool.chosen[random.integers(len(pool.chosen), size=max(4 * trial.n, len(pool.chosen)))]
        pool.chosen = drawn
