"""Each study predicted without itself: weights of the posterior draws, and the density of its published numbers.

p(y_s | theta, tau) is the density of a study's numbers with its own effects integrated out, by the same normal draws
for every posterior draw. One over it weighs the draws as if the study had not been fitted (`pareto`). Where the weights
cannot be trusted, the posterior is sampled anew without the study. A study of an overlap group is predicted with what
the others of its group say of the effects that they share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from calibration.mood.again import Again
from calibration.mood.design import inputs
from calibration.mood.emulator import Emulator
from calibration.mood.likelihood import Published, log_likelihood
from calibration.mood.pareto import TRUSTED, smoothed
from calibration.mood.sampling import SHARED, Draws, Studies
from holdfast.model.posteriors.parameters import STUDY_EFFECTS

Values = NDArray[np.float64]
_FRESH = 128  # effects of a study integrated over
_AT_ONCE = 20_000


@dataclass(frozen=True)
class LeftOut:
    """One study: `draws` and weights of the posterior without it, and its log density with the Monte Carlo error."""

    study: str
    draws: Draws
    log_weights: Values
    log_density: float
    error: float
    pareto_k: float
    sampled_anew: bool


def left_out(
    emulator: Emulator, these: Published, studies: Studies, draws: Draws, study: str, again: Again | None, seed: int
) -> LeftOut:
    """The posterior without the study: by weights, or sampled anew where these fail and `again` is given."""
    density = integrated(emulator, these, studies, draws, study)
    log_weights, k = smoothed(-density)
    anew = k > TRUSTED and again is not None
    if anew:
        assert again is not None
        draws = again.sample(seed, without=(study,))
        density = integrated(emulator, these, studies, draws, study)
        log_weights = np.full(len(density), -np.log(len(density)))
    found = float(np.logaddexp.reduce(log_weights + density))
    relative = np.exp(density - found)
    weights = np.exp(log_weights)
    error = float(np.sqrt((weights**2 * (relative - 1.0) ** 2).sum()))
    return LeftOut(study, draws, log_weights, found, error, k, anew)


def integrated(emulator: Emulator, these: Published, studies: Studies, draws: Draws, study: str) -> Values:
    """Log density of the study's numbers, its own effects integrated out, (draws,)."""
    place = studies.names.index(study)
    trials = np.flatnonzero(studies.of_trial == place)
    part, of_study = _only(emulator, these, study, trials)
    normal = norm.ppf(qmc.Sobol(len(STUDY_EFFECTS), seed=7).random(_FRESH) * (1 - 1e-9) + 5e-10)
    found = np.empty((len(draws.z), _FRESH))
    at_once = max(1, _AT_ONCE // (_FRESH * len(trials)))
    for first in range(0, len(draws.z), at_once):
        who = slice(first, first + at_once)
        b = effects(draws, studies, place, normal)[who]
        z = np.broadcast_to(draws.z[who, None, None, :], (*b.shape[:2], len(trials), draws.z.shape[1]))
        at = inputs(emulator.fitted, z, np.broadcast_to(b[:, :, None, :], (*b.shape[:2], len(trials), b.shape[2])))
        tau = np.repeat(draws.tau[who, -1], _FRESH)
        flat = at.reshape(-1, len(trials), at.shape[-1])
        found[who] = log_likelihood(part, of_study, flat, tau)[:, 0].reshape(-1, _FRESH)
    return np.asarray(np.logaddexp.reduce(found, axis=1) - np.log(_FRESH), dtype=float)


def effects(draws: Draws, studies: Studies, place: int, normal: Values) -> Values:
    """Effects of a study not fitted, (draws, normals, effects), from standard `normal` (normals, effects)."""
    tau = draws.tau[:, None, : len(STUDY_EFFECTS)]
    group = int(studies.group_of[place])
    middle = np.stack([draws.racemate * studies.racemate[place], np.zeros(len(draws.z))], axis=1)[:, None]
    if group < 0:
        return np.asarray(middle + tau * normal[None], dtype=float)
    shared = draws.of_group[:, None, group]
    return np.asarray(middle + tau * (np.sqrt(1 - SHARED) * normal[None] + np.sqrt(SHARED) * shared), dtype=float)


def _only(emulator: Emulator, these: Published, study: str, trials: NDArray[np.int_]) -> tuple[Emulator, Published]:
    """Emulator and published numbers of one study alone; trials are numbered as in `trials`."""
    mine = np.array([place for place, one in enumerate(these.targets) if one.study == study], dtype=int)
    places = these.places[mine]
    cut = {name: getattr(emulator, name)[places]
           for name in ("mean", "log_sd", "low", "high", "least_log_sd", "most_log_sd", "off")}  # fmt: skip
    numbered = np.searchsorted(trials, emulator.trial_of[places])
    part = replace(emulator, targets=tuple(emulator.targets[p] for p in places), trial_of=numbered, **cut)
    kept = {
        name: getattr(these, name)[mine]
        for name in ("value", "share", "yes", "falls", "root_people", "off", "log_root")
    }
    return part, replace(
        these, targets=tuple(these.targets[m] for m in mine), places=np.arange(len(mine)), studies=(study,),
        study_of=np.zeros(len(mine), dtype=int), whitens=these.whitens[np.ix_(mine, mine)], **kept,
    )  # fmt: skip
