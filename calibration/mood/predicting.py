"""What the trials of a study would report, by draws of the posterior and the product's own virtual trials.

Each draw has fresh effects of the study, lives the trial once, and is cut into a few replicates of the trial's own n;
the misfit of each number moves its replicates together. No emulator stands between: it is only needed to fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import natural
from calibration.mood.forward import told
from calibration.mood.runs import Setup, people_of, targets, usable_trials
from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.misfit import moved
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, changed

Values = NDArray[np.float64]
REPLICATES = 4  # of each draw
_LEAST_PEOPLE, _TIMES_N, _MOST_PEOPLE = 300, 2, 1_500


@dataclass(frozen=True)
class Point:
    """One draw: z (parameters,), effects of the study (effects,), misfit in logits."""

    z: Values
    shifts: Values
    tau: float


def predicted(
    setup: Setup, study: str, points: Sequence[Point], spread: Mapping[str, float], *, seed: int,
    pool: ProcessPoolExecutor | None = None,
) -> dict[str, Values]:  # fmt: skip
    """What is reported of each row of the study, (draws x replicates,), NaN where a replicate could not report it.

    `spread` is the SD over people behind each row, in points, by which the misfit of a mean is measured.
    """
    jobs = [(setup, study, point, spread, seed + number) for number, point in enumerate(points)]
    found = list(pool.map(_one, jobs, chunksize=4)) if pool is not None else [_one(job) for job in jobs]
    rows = [one.row for one in targets(setup) if one.study == study]
    return {row: np.concatenate([one[row] for one in found]) for row in rows}


def _one(job: tuple[Setup, str, Point, Mapping[str, float], int]) -> dict[str, Values]:
    setup, study, point, spread, seed = job
    base = named_model(setup.base)
    shifts = dict(zip(STUDY_EFFECTS, point.shifts.tolist(), strict=True))
    model = changed(base, setup.fitted, natural(setup.fitted, point.z), shifts)
    random = np.random.default_rng([seed, 5])
    found: dict[str, Values] = {}
    for trial in usable_trials(setup.base):
        if trial.study != study:
            continue
        known = [one for one in targets(setup) if one.trial == trial.id]
        people = int(np.clip(_TIMES_N * trial.n, _LEAST_PEOPLE, _MOST_PEOPLE))
        try:
            report = told(
                trial, model, setup.hypothesis, seed=seed, people=people_of(trial, people), replicates=REPLICATES
            )
        except InputError:
            found |= {one.row: np.full(REPLICATES, np.nan) for one in known}
            continue
        for one, values in zip(report.targets, report.values, strict=True):
            found[one.row] = moved(one.kind, values, one.people, point.tau * random.normal(), spread[one.row])
    return found
