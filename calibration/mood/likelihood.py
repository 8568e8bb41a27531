"""What is compared: published numbers, chance errors, and how far numbers of one trial go together.

The numbers of one trial share people. Their correlation is that of replicates at one point of the parameters; it is
moved a little towards none, since it is itself simulated. Numbers of two trials are independent given the parameters
and the effects of their studies.

What the model leaves unexplained of a number is its misfit, tau times a unit: of a share p (1 - p), which is a shift of
its logit by tau; of a mean the SD over people, of an effect size 1, of a logarithm 1, each times sqrt(3) / pi, the
SDs of a normal law that are one logit. It goes together over the numbers of a trial as chance does, so that many
numbers of one group count as one group. The error of the emulator, on points that it has not seen, is added to both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.mood.emulator import CHANGE, FALLS, RISES, Emulator
from calibration.mood.targets import Target
from holdfast.evidence.virtual_trials.misfit import IN_POINTS, LOGISTIC, PERCENT, YES

Values = NDArray[np.float64]
SHRINK = 0.05  # of every correlation
_HALF_A_PERSON = 0.5
_LEAST_CHANCE = 0.005  # of a yes or no: the emulator cannot tell less from never


@dataclass(frozen=True)
class Published:
    """Fitted targets only. `places` are theirs among all; `whitens` undoes the correlation of standardised errors."""

    targets: tuple[Target, ...]
    places: NDArray[np.int_]
    studies: tuple[str, ...]
    study_of: NDArray[np.int_]
    value: Values
    share: NDArray[np.bool_]
    yes: NDArray[np.bool_]
    falls: NDArray[np.bool_]  # changes in points, emulated on a logit
    root_people: Values  # of means in points, square root of the people behind them; else NaN
    off: Values  # root mean square error of the emulator
    whitens: Values
    log_root: Values  # log of the diagonal of the Cholesky factor of the correlation


def published(
    targets: Sequence[Target], correlation: Values, studies: Sequence[str], off: Values | None = None
) -> Published:
    """From all targets, the correlation of their replicates, and how far off the emulator is (if left out: not)."""
    places = np.array([place for place, one in enumerate(targets) if one.fitted])
    kept = tuple(targets[place] for place in places)
    whole = np.eye(len(kept))
    for first, one in enumerate(kept):
        for second, other in enumerate(kept):
            if first != second and one.trial == other.trial and YES not in (one.scale, other.scale):
                whole[first, second] = (1 - SHRINK) * correlation[places[first], places[second]]
    root = np.linalg.cholesky(_sound(whole))
    value = np.array([_compared(one) for one in kept])
    return Published(
        kept, places, tuple(studies), np.array([list(studies).index(one.study) for one in kept]), value,
        np.array([one.scale == "share" for one in kept]), np.array([one.scale == YES for one in kept]),
        np.array([one.kind == CHANGE for one in kept]),
        np.array([one.people**0.5 if one.kind in IN_POINTS else np.nan for one in kept]),
        np.zeros(len(kept)) if off is None else off[places], np.linalg.inv(root), np.log(np.diag(root)),
    )  # fmt: skip


def _compared(target: Target) -> float:
    if target.scale == "share":
        return target.value / PERCENT
    return float(np.log(target.value)) if target.scale == "log" else target.value


def _sound(matrix: Values) -> Values:
    """The nearest matrix whose eigenvalues are at least a little above 0, with ones on the diagonal."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    made = vectors @ np.diag(np.maximum(values, 0.02)) @ vectors.T
    scale = 1 / np.sqrt(np.diag(made))
    return np.asarray(made * scale[:, None] * scale[None, :], dtype=float)


def moved_share(share: Values, relative_log: Values, *, xp: Any = np) -> tuple[Values, Values]:
    """A share p moved by half a person to one half, and the number of people behind it.

    Without the move a predicted share of almost nobody would have no chance error at all. `relative_log` is the log of
    the error over sqrt(p (1 - p)).
    """
    n = xp.exp(-2.0 * relative_log)
    return (n * share + _HALF_A_PERSON) / (n + 2 * _HALF_A_PERSON), n


def errors(these: Published, mean: Values, log_sd: Values, tau: Values, *, xp: Any = np) -> tuple[Values, Values]:
    """Expected number on the scale of comparison, and its SD by chance and misfit together.

    `mean` and `log_sd` (..., fitted) as the emulator gives them; `tau` (..., 1) is the misfit in logits.
    """
    share = 1.0 / (1.0 + xp.exp(-mean))
    moved, n = moved_share(share, log_sd, xp=xp)
    of_share = xp.sqrt(moved * (1 - moved) / n + (tau**2 + these.off**2) * (moved * (1 - moved)) ** 2)
    chance = xp.exp(log_sd)
    unit = LOGISTIC * xp.where(np.isnan(these.root_people), 1.0, chance * np.nan_to_num(these.root_people))
    off = these.off * xp.where(these.falls, (RISES + FALLS) * share * (1 - share), 1.0)
    is_share = these.share | these.yes
    expected = xp.where(is_share, share, xp.where(these.falls, RISES - (RISES + FALLS) * share, mean))
    return expected, xp.where(is_share, of_share, xp.sqrt(chance**2 + (tau * unit) ** 2 + off**2))


def densities(these: Published, expected: Values, sd: Values, *, xp: Any = np) -> Values:
    """Log density of each number given those of its trial before it, (..., fitted)."""
    white = xp.where(these.yes, 0.0, (these.value - expected) / sd) @ these.whitens.T
    each = -0.5 * white**2 - 0.5 * np.log(2 * np.pi) - xp.log(sd) - these.log_root
    chance = xp.clip(expected, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    of_yes = xp.where(these.value == 1.0, xp.log(chance), xp.log1p(-chance))
    return xp.where(these.yes, of_yes, each)


def by_study(these: Published, each: Values, *, xp: Any = np) -> Values:
    """Summed over the numbers of each study, (..., studies)."""
    return each @ xp.asarray(np.eye(len(these.studies))[these.study_of])


def log_likelihood(emulator: Emulator, these: Published, at: Values, tau: Values) -> Values:
    """Log density of each study's numbers, (points, studies), at inputs (points, trials, d) and `tau` (points,)."""
    mean, log_sd = emulator.predicted(at)
    expected, sd = errors(these, mean[:, these.places], log_sd[:, these.places], tau[:, None])
    return by_study(these, densities(these, expected, sd))
