"""The emulator of a rival hypothesis: that of the default at equal potency, and how far the rival's trials differ.

What is half-maximal for one drive stands where that of the other stood, so that a rival begins as the default does and
few points tell the rest. How far the stand-in is off is measured on the rival's own points, each predicted without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design
from calibration.mood.emulator import (
    BEYOND,
    FEWEST,
    Emulator,
    features,
    inputs_of,
    scaled,
    solved,
    used_by,
    weights,
)
from calibration.mood.runs import Ran
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.model.posteriors.parameters import Parameter

Values = NDArray[np.float64]
OCCUPANCY, STEEPNESS, HYDROXYNORKETAMINE, SHARE = "O50", "gamma_occupancy", "HNK50", "HNK_share"
_RIDGES = (4.0, 16.0, 64.0, 256.0, 1024.0)
_FOLDS = 5
_UNSEEN = (
    1.5  # how far a rival may be off the default at equal potency where too few points tell; logits or so: a guess
)


def adapted(
    default: Emulator, fitted: Sequence[Parameter], trials: Sequence[Trial], runs: Sequence[tuple[Design, Ran]]
) -> Emulator:
    """From the rival's runs, of which the last lies around its own posterior."""
    at = np.concatenate([inputs_of(fitted, design) for design, _ in runs])
    y = scaled(default.targets, np.concatenate([ran.mean for _, ran in runs]))
    last = np.arange(len(at)) >= len(at) - len(runs[-1][0])
    stands = potency(default.fitted, fitted)
    mean, log_sd = _composed(default.mean, stands), default.log_sd.copy()[:, :1]
    log_sd = np.hstack([log_sd, default.log_sd[:, 1:] @ stands])
    off, low, high = default.off.copy(), default.low.copy(), default.high.copy()
    for number, trial in enumerate(trials):
        phi = features(np.where(used_by(fitted, trial), at[:, number], 0.0))
        for place in np.flatnonzero(default.trial_of == number):
            known = ~np.isnan(y[:, place])
            if known.sum() < FEWEST:  # too few to learn a difference from, and no number is known to be never reported
                off[place] = np.hypot(off[place], _UNSEEN)
                continue
            mine = y[known, place]
            more, off[place] = _crossed(phi[known], mine - phi[known] @ mean[place],
                                        weights(default.targets[place], mine), last[known])  # fmt: skip
            mean[place] += more
            low[place] = min(low[place], float(mine.min()) - BEYOND)
            high[place] = max(high[place], float(mine.max()) + BEYOND)
    return replace(default, fitted=tuple(fitted), mean=mean, off=off, low=low, high=high, log_sd=log_sd)


def potency(default: Sequence[Parameter], rival: Sequence[Parameter]) -> Values:
    """Inputs of the default (few, many) that stand for those of the rival: the half-maximal drive for the other."""
    few, many = [one.name for one in default], [one.name for one in rival]
    made = np.eye(len(few), len(many))
    if HYDROXYNORKETAMINE in many:
        place, other = few.index(OCCUPANCY), many.index(HYDROXYNORKETAMINE)
        kept = 0.5 if SHARE in many else 0.0  # half and half is the centre of the prior of a mixture
        made[place, place], made[place, other] = kept, 1 - kept
        made[few.index(STEEPNESS)] *= kept
    return made


def _crossed(phi: Values, y: Values, weight: Values, last: NDArray[np.bool_]) -> tuple[Values, float]:
    """The ridge that predicts points left out best, fitted to all; its root mean square error on those of `last`."""
    apart = np.empty((len(_RIDGES), len(y)))
    fold = np.arange(len(y)) % _FOLDS
    for number in range(_FOLDS):
        out = fold == number
        apart[:, out] = y[out] - solved(phi[~out], y[~out], weight[~out], _RIDGES) @ phi[out].T
    judged = last if last.sum() >= FEWEST else np.ones(len(y), dtype=bool)
    lost = (weight[judged] * apart[:, judged] ** 2).sum(axis=1)
    best = int(np.argmin(lost))
    found = solved(phi, y, weight, _RIDGES[best : best + 1])[0]
    return np.asarray(found, dtype=float), float(np.sqrt(lost[best] / weight[judged].sum()))


def _composed(mean: Values, stands: Values) -> Values:
    """Coefficients (targets, features) of a quadratic in inputs that `stands` (few, many) makes of others."""
    few, many = stands.shape
    squares = np.zeros((len(mean), few, few))
    squares[:, *np.triu_indices(few)] = mean[:, 1 + few :]
    both = np.einsum("ia,tij,jb->tab", stands, squares, stands)
    both = both + np.swapaxes(both, 1, 2) * (1 - np.eye(many))  # a b and b a are one product
    return np.hstack([mean[:, :1], mean[:, 1 : 1 + few] @ stands, both[:, *np.triu_indices(many)]])
