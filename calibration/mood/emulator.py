"""A smooth stand-in for the forward model: for each published number a quadratic in the standardised inputs.

Shares are fitted on the logit; changes in points on the logit of how far they lie between a rise of 2 and a fall of
46, since a quadratic of the points themselves bends back where nothing changes; times and ratios on the logarithm,
other numbers as they are. A ridge keeps terms that the design cannot tell apart from growing; how strong it is, each
number chooses on points left out. Points are weighted by how sure their simulated value is. The log of the chance
error is linear in the inputs. How far the stand-in is off is measured on points it has not seen, in units of the
chance error of the trial itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.mood.design import Design, inputs
from calibration.mood.runs import Ran
from calibration.mood.targets import Target
from holdfast.evidence.virtual_trials.design import Trial
from holdfast.evidence.virtual_trials.misfit import PERCENT, YES
from holdfast.model.posteriors.parameters import Parameter

Values = NDArray[np.float64]
_LEAST = 0.002  # of a share: about what a pool of people can tell from nobody
_RIDGES = (1.0, 4.0, 16.0, 64.0)
CHANGE, RISES, FALLS = "change", 2.0, 46.0  # points between which the mean change of any trial lies
FEWEST, NEVER = 16, -6.0  # points; what is reported at fewer counts as a logit of almost never
_EVERY = 4  # point is left out to choose the ridge
_SD_RIDGE = 10.0
BEYOND = 0.7  # logits or so that a prediction may lie beyond what was simulated
_USES = {  # a parameter that is of no account where the trial does not ask for it
    "antidepressant": lambda header: bool(header["new_antidepressant"]),
    "antidepressant_half_life": lambda header: bool(header["new_antidepressant"]),
    "hospital": lambda header: bool(header.get("hospital_care", False)),
    "expectancy_blinded": lambda header: header["blinding"] == "double-blind",
    "self_rating_share": lambda header: header["rated_by"] == "self",
    "rating_clinician.sigma": lambda header: header["rated_by"] == "clinician",
}  # fmt: skip


@dataclass(frozen=True)
class Emulator:
    """Coefficients for each target: of its mean (targets, features), and of the log of its chance error."""

    fitted: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    trial_of: NDArray[np.int_]
    mean: Values
    log_sd: Values
    low: Values
    high: Values
    least_log_sd: Values
    most_log_sd: Values
    off: Values  # root mean square error on points left out of the last design, on the emulated scale

    def predicted(self, at: Values) -> tuple[Values, Values]:
        """Mean on the fitted scale and log of the chance error, (points, targets), at inputs (points, trials, d)."""
        mean, log_sd = (np.empty((len(at), len(self.targets))) for _ in range(2))
        for trial in np.unique(self.trial_of):
            places = np.flatnonzero(self.trial_of == trial)
            phi = features(at[:, trial])
            mean[:, places] = phi @ self.mean[places].T
            log_sd[:, places] = phi[:, : 1 + at.shape[-1]] @ self.log_sd[places].T
        return np.clip(mean, self.low, self.high), np.clip(log_sd, self.least_log_sd, self.most_log_sd)


def features(at: Values) -> Values:
    """1, each input, and each product of two: (..., features) from (..., inputs)."""
    first, second = np.triu_indices(at.shape[-1])
    return np.concatenate([np.ones((*at.shape[:-1], 1)), at, at[..., first] * at[..., second]], axis=-1)


def scaled(targets: Sequence[Target], values: Values) -> Values:
    """Values (..., targets) as printed, on the scale they are fitted on; logs are logs already."""
    shares, whole = _shares(targets)
    share = np.clip(values / whole, _LEAST, 1 - _LEAST)
    fall = np.clip((RISES - values) / (RISES + FALLS), _LEAST, 1 - _LEAST)
    falls = np.array([one.kind == CHANGE for one in targets])
    return np.where(shares, np.log(share / (1 - share)), np.where(falls, np.log(fall / (1 - fall)), values))


def log_errors(targets: Sequence[Target], mean: Values, sd: Values) -> Values:
    """Log of the chance error; of a share, of that error over the square root of p (1 - p)."""
    shares, whole = _shares(targets)
    share = np.clip(mean / whole, _LEAST, 1 - _LEAST)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(shares, sd / whole / np.sqrt(share * (1 - share)), sd)
        return np.where(relative > 0, np.log(relative), np.nan)


def _shares(targets: Sequence[Target]) -> tuple[NDArray[np.bool_], Values]:
    """Which targets are shares, or the probability of a yes, (targets,); and the number that is all of it."""
    yes = np.array([one.scale == YES for one in targets])
    return yes | np.array([one.scale == "share" for one in targets]), np.where(yes, 1.0, PERCENT)


def fit(fitted: Sequence[Parameter], trials: Sequence[Trial], runs: Sequence[tuple[Design, Ran]]) -> Emulator:
    """The emulator from all runs together."""
    targets = runs[0][1].targets
    ids = [trial.id for trial in trials]
    trial_of = np.array([ids.index(one.trial) for one in targets])
    at = np.concatenate([inputs_of(fitted, design) for design, _ in runs])
    mean, sd = (np.concatenate([getattr(ran, name) for _, ran in runs]) for name in ("mean", "sd"))
    y, log_sd = scaled(targets, mean), log_errors(targets, mean, sd)
    size = 1 + at.shape[-1]
    found, off = np.zeros((len(targets), features(at[:1, 0]).shape[-1])), np.zeros(len(targets))
    last = np.arange(len(at)) >= len(at) - len(runs[-1][0])
    errors = np.zeros((len(targets), size))
    low, high = _range(y)
    for number, trial in enumerate(trials):
        used = used_by(fitted, trial)
        phi = features(np.where(used, at[:, number], 0.0))
        for place in np.flatnonzero(trial_of == number):
            known = ~np.isnan(y[:, place])
            if known.sum() < FEWEST:
                found[place, 0], low[place], high[place] = NEVER, NEVER, NEVER
                continue
            weight = weights(targets[place], y[known, place])
            found[place], off[place] = ridge(phi[known], y[known, place], weight, last[known])
            told = known & ~np.isnan(log_sd[:, place])
            errors[place] = _solve(phi[told][:, :size], log_sd[told, place], np.ones(int(told.sum())), _SD_RIDGE)
    ends = _quiet(np.nanpercentile, log_sd, (1, 99))
    return Emulator(tuple(fitted), tuple(targets), trial_of, found, errors, low, high, *ends, off)


def _range(y: Values) -> tuple[Values, Values]:
    """Between which a prediction may lie."""
    return _quiet(np.nanmin, y) - BEYOND, _quiet(np.nanmax, y) + BEYOND


def _quiet(statistic: Callable[..., Values], values: Values, *more: object) -> Values:
    """Over points; 0 where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nan_to_num(np.asarray(statistic(values, *more, axis=0), dtype=float))


def inputs_of(fitted: Sequence[Parameter], design: Design) -> Values:
    """Inputs (points, trials, parameters) of a design."""
    z = np.repeat(design.z[:, None, :], design.shifts.shape[1], axis=1)
    return inputs(fitted, z, design.shifts)


def used_by(fitted: Sequence[Parameter], trial: Trial) -> NDArray[np.bool_]:
    """Which parameters the trial asks for at all, (parameters,)."""
    return np.array([_USES.get(one.name, lambda header: True)(trial.header) for one in fitted])


def weights(target: Target, y: Values) -> Values:
    """How sure each simulated value is, (points,), of mean 1: a logit is least sure where a share is near 0 or 1."""
    if target.scale not in ("share", YES):
        return np.ones(len(y))
    share = 1.0 / (1.0 + np.exp(-y))
    weight = share * (1 - share) + 0.01
    return np.asarray(weight / weight.mean(), dtype=float)


def ridge(phi: Values, y: Values, weight: Values, last: NDArray[np.bool_]) -> tuple[Values, float]:
    """The ridge that predicts points left out best, then fitted to all; and how far off it was on those of `last`."""
    out = (np.arange(len(y)) % _EVERY == 0) & last
    out = out if out.sum() >= FEWEST else np.arange(len(y)) % _EVERY == 0
    found = solved(phi[~out], y[~out], weight[~out], _RIDGES)
    lost = (weight[out] * (y[out] - found @ phi[out].T) ** 2).sum(axis=1)
    best = int(np.argmin(lost))
    return _solve(phi, y, weight, _RIDGES[best]), float(np.sqrt(lost[best] / weight[out].sum()))


def _solve(phi: Values, y: Values, weight: Values, ridge: float) -> Values:
    return np.asarray(solved(phi, y, weight, (ridge,))[0], dtype=float)


def solved(phi: Values, y: Values, weight: Values, ridges: Sequence[float]) -> Values:
    """Weighted least squares with each ridge, which spares the constant and bears twice on products of inputs."""
    used = np.flatnonzero(np.abs(phi).max(axis=0) > 0)
    part = phi[:, used]
    inputs = int((np.sqrt(8 * phi.shape[1] + 1) - 3) / 2)
    bears = np.where(used == 0, 1e-6, np.where((used > inputs) & (phi.shape[1] > inputs + 1), 2.0, 1.0))
    weighed = part * weight[:, None]
    gram, right = part.T @ weighed, weighed.T @ y
    found = np.zeros((len(ridges), phi.shape[1]))
    for place, ridge in enumerate(ridges):
        found[place, used] = np.linalg.solve(gram + np.diag(ridge * bears), right)
    return found
