"""A trial simulated with all that is unknown: who took part, what the parameters are, and how this study differs.

A model with a posterior is lived in batches: each has its own draw of the parameters, fresh effects of a study, and a
misfit of each number (`misfit`), and gives a few replicates. The spread of all of them is what the trial might report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.lives import Setting
from holdfast.evidence.virtual_trials.misfit import IN_POINTS, moved
from holdfast.evidence.virtual_trials.pools import Pool, pools_of
from holdfast.model.posteriors.parameters import STUDY_EFFECTS
from holdfast.model.posteriors.reading import Posterior

Values = NDArray[np.float64]
BATCHES = 64
LEAST_PEOPLE = 600  # of a batch
HELD = (
    "An interval holds the chance of who took part, at the trial's own n, how unsure the calibrated model is, how "
    "studies differ, and what the model leaves unexplained."
)
Count = Callable[[Mapping[str, Pool], int, int], tuple[Sequence[Any], Any]]


@dataclass(frozen=True)
class Batches:
    """What was counted in each batch, how many replicates each gave, and how many draws could not fill the trial."""

    counted: list[tuple[Sequence[Any], Any]]
    replicates: list[int]
    unfilled: int


def in_batches(
    trial: Trial, drawn: Posterior, replicates: int, setting: Setting, count: Count,
    progress: Callable[[int, int], None] | None = None,
) -> Batches:  # fmt: skip
    """`count(pools, replicates, seed)` asked of each batch. Raises `InputError` where no draw can fill the trial."""
    random = np.random.Generator(np.random.Philox(key=np.array([setting.seed, 77], dtype=np.uint64)))
    batches = min(BATCHES, replicates)
    order = random.permutation(len(drawn))[np.arange(batches) % len(drawn)]
    each = np.diff(np.linspace(0, replicates, batches + 1).astype(int))
    found: list[tuple[Sequence[Any], Any]] = []
    sizes: list[int] = []
    fault: InputError | None = None
    for number, (draw, size) in enumerate(zip(order.tolist(), each.tolist(), strict=True)):
        if progress is not None:
            progress(number, batches)
        model = drawn.model(draw, random.normal(size=len(STUDY_EFFECTS)).tolist())
        shifts = drawn.misfit(draw) * random.normal(size=_MOST_NUMBERS)
        own = replace(setting, model=model, seed=setting.seed + number)
        try:
            reported, flow = count(pools_of(trial, own, least=LEAST_PEOPLE), size, setting.seed + number)
        except InputError as one:
            fault = one
            continue
        found.append(([_Shifted(one, float(shift)) for one, shift in zip(reported, shifts, strict=False)], flow))
        sizes.append(size)
    if not found:
        raise fault or InputError(f"{trial.id}: no draw of the posterior can be lived")
    if progress is not None:
        progress(batches, batches)
    return Batches(found, sizes, batches - len(found))


_MOST_NUMBERS = 1_000  # that a trial may report


@dataclass(frozen=True)
class _Shifted:
    """One reported number of one batch, and its misfit in logits."""

    reported: Any
    shift: float


def joined_values(trial: Trial, parts: Sequence[_Shifted]) -> Values:
    """The values of one number over all batches, each moved by its misfit."""
    first = parts[0].reported
    people = people_behind(trial, first.group, first.against)
    inside = [np.nanvar(one.reported.values) for one in parts if np.sum(~np.isnan(one.reported.values)) > 1]
    sd = float(np.sqrt(np.mean(inside) * people)) if inside and first.asked.kind in IN_POINTS else 1.0
    return np.concatenate([moved(first.asked.kind, one.reported.values, people, one.shift, sd) for one in parts])


def people_behind(trial: Trial, group: str, against: str | None) -> float:
    """People in a group; of a contrast 1 / (1/n + 1/n of the comparator). In a crossover everybody is in each group."""
    groups = [one for one in (group, against) if one is not None]
    return 1.0 / sum(1.0 / sum(track.n for track in trial.tracks
                               if any(trial.arms[period.arm].group == one for period in track.periods))
                     for one in groups)  # fmt: skip
