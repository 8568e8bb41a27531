"""The product's own trials at draws of the posterior: how far the emulator is off, and what weights follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design
from calibration.mood.emulator import inputs_of, scaled
from calibration.mood.likelihood import by_study, densities, errors
from calibration.mood.pareto import smoothed
from calibration.mood.runs import Setup, ran
from calibration.mood.stages import EXACT_LIVES, Calibrated, Sizes

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Checked:
    """Of each fitted number: root mean square and mean of (emulator - exact) over its SD, by chance and by both."""

    rms: Values
    bias: Values
    rms_of_both: Values
    pareto_k: float
    effective: float  # draws, of `draws`
    draws: int


def checked(found: Calibrated, sizes: Sizes) -> Checked:
    """At `sizes.exact` draws, each with its own effects of studies."""
    draws, these = found.draws, found.published
    chosen = np.linspace(0, len(draws.z) - 1, sizes.exact).astype(int)
    points = Design(draws.z[chosen], draws.b[chosen][:, found.studies.of_trial])
    setup = Setup(found.setup.base, found.setup.hypothesis, 2 * sizes.people, EXACT_LIVES)
    exact = ran(setup, points, workers=sizes.workers, said="the product's own trials at draws of the posterior")
    mean, log_sd = found.emulator.predicted(inputs_of(found.setup.fitted, points))
    mean, log_sd = mean[:, these.places], log_sd[:, these.places]
    true = scaled(found.emulator.targets, exact.mean)[:, these.places]
    true = np.where(np.isnan(true), mean, true)
    tau = draws.tau[chosen, -1][:, None]
    alone = replace(these, off=np.zeros_like(these.off))
    expected, sd = errors(alone, mean, log_sd, tau)
    chance = errors(alone, mean, log_sd, np.zeros_like(tau))[1]
    exactly, sd_there = errors(alone, true, log_sd, tau)
    off = np.where(these.yes, np.nan, expected - exactly)
    fitted = densities(these, *errors(these, mean, log_sd, tau))
    ratio = by_study(these, densities(these, exactly, sd_there) - fitted).sum(axis=1)
    log_weights, k = smoothed(ratio)
    return Checked(
        _rms(off / chance), np.nanmean(off / chance, axis=0), _rms(off / sd), k,
        float(np.exp(-np.logaddexp.reduce(2 * log_weights))), len(chosen),
    )  # fmt: skip


def _rms(values: Values) -> Values:
    return np.asarray(np.sqrt(np.nanmean(values**2, axis=0)), dtype=float)
