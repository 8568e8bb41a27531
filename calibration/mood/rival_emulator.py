"""The emulator of a rival hypothesis: that of the default, and how far the rival's trials differ from it.

The rival lives the points of the default's last design with the same people and the same random numbers, so that most
of the noise is gone from the difference, and a few points tell it. A rival with a design of its own would be judged by
how few points it had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design
from calibration.mood.emulator import FEWEST, NEVER, Emulator, features, inputs_of, ridge, scaled, used_by, weights
from calibration.mood.runs import Ran
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.model.posteriors.parameters import Parameter

Values = NDArray[np.float64]


def adapted(
    default: Emulator, fitted: Sequence[Parameter], trials: Sequence[Trial], design: Design, of_default: Values,
    rival: Ran,
) -> Emulator:  # fmt: skip
    """From the rival at `design`, whose first parameters are the default's, and the default's means at those points."""
    at, targets = inputs_of(fitted, design), default.targets
    mine, theirs = scaled(targets, rival.mean), scaled(targets, of_default)
    mean, off = _padded(default.mean, len(default.fitted), len(fitted)), default.off.copy()
    low, high = default.low.copy(), default.high.copy()
    for number, trial in enumerate(trials):
        phi = features(np.where(used_by(fitted, trial), at[:, number], 0.0))
        for place in np.flatnonzero(default.trial_of == number):
            known = ~np.isnan(mine[:, place] - theirs[:, place])
            if known.sum() < FEWEST:
                if np.isnan(mine[:, place]).mean() > np.isnan(theirs[:, place]).mean():
                    mean[place], mean[place, 0], low[place], high[place] = 0.0, NEVER, NEVER, NEVER
                continue
            apart = (mine - theirs)[known, place]
            weight = weights(targets[place], mine[known, place])
            more, wrong = ridge(phi[known], apart, weight, np.ones(int(known.sum()), dtype=bool))
            mean[place] += more
            off[place] = np.hypot(off[place], wrong)
            low[place] += min(0.0, float(apart.min()))
            high[place] += max(0.0, float(apart.max()))
    log_sd = np.pad(default.log_sd, ((0, 0), (0, len(fitted) - len(default.fitted))))
    return replace(default, fitted=tuple(fitted), mean=mean, off=off, low=low, high=high, log_sd=log_sd)


def _padded(mean: Values, few: int, many: int) -> Values:
    """Coefficients over `few` inputs as coefficients over `many`, the further ones of no account."""
    made = np.zeros((len(mean), 1 + many + many * (many + 1) // 2))
    made[:, : 1 + few] = mean[:, : 1 + few]
    first, second = np.triu_indices(many)
    made[:, 1 + many + np.flatnonzero((first < few) & (second < few))] = mean[:, 1 + few :]
    return made
