"""Points at which the forward model is run: values of every parameter, and for each trial its own effects of a study.

Inputs of a trial are standardised: (transformed value - prior centre) / prior SD, the study's shift already in it. So
the effects of a study cost the emulator no dimension of their own, and a fresh study is nothing new to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from holdfast.facts import load
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, Parameter

Values = NDArray[np.float64]
FARTHEST = 3.0  # SDs of the prior


@dataclass(frozen=True)
class Design:
    """`z` (points, parameters) standardised; `shifts` (points, trials, effects) of each trial's study, in logits."""

    z: Values
    shifts: Values

    def __len__(self) -> int:
        return len(self.z)


def from_prior(fitted: Sequence[Parameter], trials: int, count: int, *, seed: int, shift_sd: Sequence[float]) -> Design:
    """A Sobol sequence of the prior; shifts of the trials are normal, each trial by itself."""
    z = np.clip(_normal(len(fitted), count, seed), -FARTHEST, FARTHEST)
    random = np.random.default_rng([seed, 1])
    return Design(z, random.normal(size=(count, trials, len(STUDY_EFFECTS))) * np.asarray(shift_sd))


def around(draws: Values, shifts: Values, count: int, *, seed: int, wider: float, fresh_sd: Sequence[float]) -> Design:
    """A Sobol sequence of the normal law of posterior `draws` (draws, parameters), `wider` times as wide.

    `shifts` (draws, trials, effects) are those of the posterior. Half of the points take a trial's own, widened too;
    the other half fresh ones, since a study that is left out has any.
    """
    mean, covariance = draws.mean(axis=0), np.cov(draws.T)
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(mean)))
    z = np.clip(mean + wider * _normal(draws.shape[1], count, seed) @ root.T, -FARTHEST - 1, FARTHEST + 1)
    random = np.random.default_rng([seed, 2])
    fresh_one = random.random((shifts.shape[1], 1)) < 0.5  # every second point the other way round
    noise = random.normal(size=(count, *shifts.shape[1:]))
    own = shifts.mean(axis=0) + wider * shifts.std(axis=0) * noise
    fresh = np.asarray(fresh_sd) * wider * noise
    return Design(z, np.where((np.arange(count)[:, None, None] // 2 % 2 == 0) ^ fresh_one, own, fresh))


def _normal(dimensions: int, count: int, seed: int) -> Values:
    """The first `count` points of a scrambled Sobol sequence, as standard normal numbers."""
    sobol = qmc.Sobol(dimensions, seed=np.random.default_rng(seed))
    return np.asarray(norm.ppf(np.clip(sobol.random_base2(max(count - 1, 1).bit_length())[:count], 1e-6, 1 - 1e-6)))


def inputs(fitted: Sequence[Parameter], z: Values, shifts: Values) -> Values:
    """Standardised inputs (..., parameters) of a trial, from `z` (..., parameters) and its `shifts` (..., effects)."""
    moved = z.copy()
    for place, one in enumerate(fitted):
        if one.study_effect is not None:
            moved[..., place] += shifts[..., STUDY_EFFECTS.index(one.study_effect)] / one.sd
    return moved


def natural(fitted: Sequence[Parameter], z: Values) -> dict[str, float]:
    """Values by name, from one point (parameters,). A share on a log scale stops at 1, as its prior does."""
    made = {one.name: one.natural(one.centre + one.sd * float(at)) for one, at in zip(fitted, z, strict=True)}
    return {name: min(value, 1.0) if name in _shares() else value for name, value in made.items()}


@cache
def _shares() -> frozenset[str]:
    """Parameters that are shares in the table, whatever scale they are fitted on."""
    return frozenset(row["symbol"] for row in load().rows("mood_parameters") if row["unit"] == "fraction")
