"""A trial simulated with all that is unknown: who took part, what the parameters are, and how this study differs.

A model with a posterior is lived in batches: each has its own draw of the parameters, fresh effects of a study, and a
misfit of each number (`misfit`), and gives a few replicates. The spread of all of them is what the trial might report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.lives import Setting
from holdfast.evidence.virtual_trials.misfit import IN_POINTS, moved
from holdfast.evidence.virtual_trials.pools import Pool, pools_of
from holdfast.evidence.virtual_trials.reported import Counted, Reported
from holdfast.model.posteriors.parameters import STUDY_EFFECTS
from holdfast.model.posteriors.reading import Posterior, posterior, posterior_names

Values = NDArray[np.float64]
BATCHES = 64
LEAST_PEOPLE = 600  # of a batch
_MOST_NUMBERS = 1_000  # that a trial may report
_STREAM = 77  # of random numbers, apart from that of replicates
HELD = (
    "A calibrated hypothesis about groups of people in trials, no prediction for a patient. An interval holds the "
    "chance of who took part, at the trial's own n, how unsure the calibrated model is, how studies differ, and what "
    "the model leaves unexplained."
)
Count = Callable[[Mapping[str, Pool], int, int], Counted]


def calibrated(setting: Setting) -> Posterior | None:
    """The posterior of the setting's model, where it has one under that hypothesis."""
    if setting.model.id not in posterior_names():
        return None
    found = posterior(setting.model.id)
    return found if found.hypothesis == setting.hypothesis else None


def in_batches(
    trial: Trial, drawn: Posterior, replicates: int, setting: Setting, count: Count,
    progress: Callable[[int, int], None] | None = None,
) -> Counted:  # fmt: skip
    """`count(pools, replicates, seed)` asked of each batch. Raises `InputError` where no draw can fill the trial."""
    random = np.random.Generator(np.random.Philox(key=np.array([setting.seed, _STREAM], dtype=np.uint64)))
    batches = min(BATCHES, replicates)
    order = random.permutation(len(drawn))[np.arange(batches) % len(drawn)]
    sizes = np.diff(np.linspace(0, replicates, batches + 1).astype(int))
    found: list[Counted] = []
    shifts: list[Values] = []
    fault: InputError | None = None
    for number, (draw, size) in enumerate(zip(order.tolist(), sizes.tolist(), strict=True)):
        if progress is not None:
            progress(number, batches)
        model = drawn.model(draw, random.normal(size=len(STUDY_EFFECTS)).tolist(), racemate_against_esketamine(trial))
        own, misfit = (
            replace(setting, model=model, seed=_seed_of(setting.seed, number)),
            random.normal(size=_MOST_NUMBERS),
        )
        try:
            found.append(count(pools_of(trial, own, least=LEAST_PEOPLE), size, own.seed))
        except InputError as one:
            fault = one
            continue
        shifts.append(drawn.misfit(draw) * misfit)
    if progress is not None:
        progress(batches, batches)
    if not found:
        raise fault or InputError(f"{trial.id}: no draw of the posterior can be lived")
    return _joined(trial, found, shifts, batches - len(found))


def _seed_of(seed: int, batch: int) -> int:
    """Of one batch: sums would give neighbouring seeds most of their batches in common."""
    return int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])


def _joined(trial: Trial, found: Sequence[Counted], shifts: Sequence[Values], unfilled: int) -> Counted:
    """All batches as one, each number of each batch moved by its misfit."""
    reported = []
    for place, parts in enumerate(zip(*(one.reported for one in found), strict=True)):
        first = parts[0]
        values = _moved(trial, parts, [float(one[place]) for one in shifts])
        excludes = None if first.excludes_0 is None else np.concatenate([one.excludes_0 for one in parts])
        draw = np.repeat(np.arange(len(parts)), [len(one.values) for one in parts])
        reported.append(Reported(first.asked, first.group, first.against, values, excludes, draw))
    left = {key: np.concatenate([one.left[key] for one in found]) for key in found[0].left}
    selected = {key: float(np.mean([one.selected[key] for one in found])) for key in found[0].selected}
    return Counted(tuple(reported), left, selected, sum(one.people for one in found), unfilled)


def _moved(trial: Trial, parts: Sequence[Reported], shifts: Sequence[float]) -> Values:
    """One number over all batches. The SD over people is that of replicates of a batch, times the root of people."""
    first = parts[0]
    people = people_behind(trial, first.group, first.against)
    inside = [float(np.nanvar(one.values)) for one in parts if (~np.isnan(one.values)).sum() > 1]
    sd = float(np.sqrt(np.mean(inside) * people)) if inside and first.asked.kind in IN_POINTS else 1.0
    return np.concatenate([moved(first.asked.kind, one.values, people, shift, sd)
                           for one, shift in zip(parts, shifts, strict=True)])  # fmt: skip


def racemate_against_esketamine(trial: Trial) -> float:
    """0.5 where people get racemate, -0.5 where they get esketamine, 0 where both or neither."""
    drugs = {arm.drug for arm in trial.arms.values()}
    return 0.5 * (("ketamine" in drugs) - ("esketamine" in drugs))


def people_behind(trial: Trial, group: str, against: str | None) -> float:
    """People in a group; of a contrast 1 / (1/n + 1/n of the comparator). In a crossover everybody is in each group."""
    groups = [one for one in (group, against) if one is not None]
    return 1.0 / sum(1.0 / sum(track.n for track in trial.tracks
                               if any(one in (period.arm, trial.arms[period.arm].group) for period in track.periods))
                     for one in groups)  # fmt: skip
