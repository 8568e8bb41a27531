"""How far true effects differ between studies: tau² by three estimators, Q, I², H², and an interval of tau².

The model: estimate = design · coefficients + true deviation (variance tau²) + sampling error (known variances).
`design`, shape (studies, coefficients), is a column of ones where there are no moderators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.study_effects import Floats, StudyEffects

METHODS = ("reml", "dl", "pm", "fixed")
_GRID = 200  # values of tau² at which the restricted likelihood is looked at, for it may have two peaks


@dataclass(frozen=True)
class Heterogeneity:
    """tau² and what goes with it. The interval is None where no tau² from 0 up is compatible with the data."""

    tau2: float
    tau2_interval: tuple[float, float] | None
    q: float
    q_df: int
    q_p: float
    i2_percent: float
    i2_interval: tuple[float, float] | None
    h2: float

    @property
    def tau(self) -> float:
        return math.sqrt(self.tau2)


@dataclass(frozen=True)
class Weighted:
    """Weighted least squares at one tau²."""

    weights: Floats
    coefficients: Floats
    inverse: Floats  # of design' W design: the covariance of the coefficients if tau² were known
    residuals: Floats

    @property
    def q(self) -> float:
        return float(np.sum(self.weights * self.residuals**2))


def weighted_fit(studies: StudyEffects, design: Floats, tau2: float) -> Weighted:
    """Coefficients at this tau². Raises `InputError` where moderators tell the same thing twice."""
    weights = 1 / (studies.variances + tau2)
    information = design.T @ (weights[:, None] * design)
    scale = np.sqrt(np.diag(information))
    if not np.all(scale > 0) or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        raise InputError("the moderators tell the same thing twice, or one of them never varies; leave one out")
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    coefficients = inverse @ (design.T @ (weights * studies.estimates))
    return Weighted(weights, coefficients, inverse, studies.estimates - design @ coefficients)


def between_study_variance(studies: StudyEffects, design: Floats, method: str) -> float:
    """tau², never below zero: `reml`, `dl` (DerSimonian-Laird), `pm` (Paule-Mandel), or 0 for `fixed`."""
    if method not in METHODS:
        raise InputError(f"{method!r} is no method; there are {', '.join(METHODS)}")
    df = len(studies) - design.shape[1]
    if method == "fixed" or df == 0:
        return 0.0
    if method == "dl":
        at_zero = weighted_fit(studies, design, 0.0)
        return max(0.0, (at_zero.q - df) / _trace(at_zero, design))
    if method == "pm":
        return _q_reaches(studies, design, df) or 0.0
    return _restricted_likelihood(studies, design)


def heterogeneity(studies: StudyEffects, design: Floats, tau2: float, method: str, level: float) -> Heterogeneity:
    """Q and its p value, I² and H² at this tau², and the Q-profile interval of tau² (Viechtbauer 2007)."""
    df = len(studies) - design.shape[1]
    at_zero = weighted_fit(studies, design, 0.0)
    q = at_zero.q
    typical = df / _trace(at_zero, design) if df else math.nan  # a sampling variance typical of these studies
    q_p = float(chdtrc(df, q)) if df else 1.0
    if method == "fixed":
        h2 = q / df if df else 1.0
        return Heterogeneity(0.0, None, q, df, q_p, max(0.0, 100 * (q - df) / q) if q > 0 else 0.0, None, h2)
    interval = tau2_interval(studies, design, level) if df else None
    share = None if interval is None else (_i2(interval[0], typical), _i2(interval[1], typical))
    i2, h2 = (_i2(tau2, typical), 1 + tau2 / typical) if df else (0.0, 1.0)
    return Heterogeneity(tau2, interval, q, df, q_p, i2, share, h2)


def tau2_interval(studies: StudyEffects, design: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """Values of tau² at which Q is not surprising. None where even tau² = 0 leaves the studies too much alike."""
    df = len(studies) - design.shape[1]
    tail = (1 - level) / 2
    high = _q_reaches(studies, design, float(chdtri(df, 1 - tail)))
    if high is None:
        return None
    return _q_reaches(studies, design, float(chdtri(df, tail))) or 0.0, high


def _i2(tau2: float, typical: float) -> float:
    return 100 * tau2 / (tau2 + typical)


def _trace(at_zero: Weighted, design: Floats) -> float:
    """Trace of W - W X (X'WX)^-1 X'W."""
    w = at_zero.weights
    return float(np.sum(w) - np.trace(at_zero.inverse @ (design.T @ ((w**2)[:, None] * design))))


def _q_reaches(studies: StudyEffects, design: Floats, value: float) -> float | None:
    """tau² at which Q equals `value`, for Q falls as tau² grows; None where Q is below it at 0 already."""

    def excess(tau2: float) -> float:
        return weighted_fit(studies, design, tau2).q - value

    return _root_of_falling(excess, float(np.mean(studies.variances)))


def _root_of_falling(function: Callable[[float], float], start: float) -> float | None:
    if function(0.0) < 0:
        return None
    high = start
    while function(high) > 0:
        high *= 4
    return float(brentq(function, 0.0, high, xtol=1e-16 * high, rtol=1e-15, maxiter=500))


def _restricted_likelihood(studies: StudyEffects, design: Floats) -> float:
    """tau² of the highest restricted likelihood: the best of a grid, then the root of the slope beside it."""
    residual = weighted_fit(studies, design, float(np.max(studies.variances)) * 1e9).residuals
    spread = float(np.sum(residual**2)) / (len(studies) - design.shape[1])
    high = 4 * spread + float(np.max(studies.variances))
    while _slope(studies, design, high) > 0:
        high *= 4
    grid = np.concatenate([[0.0], np.geomspace(high * 1e-9, high, _GRID)])
    best = int(np.argmax([_log_likelihood(studies, design, tau2) for tau2 in grid]))
    low, up = grid[max(best - 1, 0)], grid[min(best + 1, _GRID)]
    if best <= 1 and _slope(studies, design, 0.0) <= 0:
        return 0.0
    return float(brentq(lambda t: _slope(studies, design, t), low, up, xtol=1e-16 * high, rtol=1e-15, maxiter=500))


def _log_likelihood(studies: StudyEffects, design: Floats, tau2: float) -> float:
    fit = weighted_fit(studies, design, tau2)
    return 0.5 * float(np.sum(np.log(fit.weights)) + np.linalg.slogdet(fit.inverse)[1] - fit.q)


def _slope(studies: StudyEffects, design: Floats, tau2: float) -> float:
    """Derivative of the restricted log likelihood by tau²."""
    fit = weighted_fit(studies, design, tau2)
    return 0.5 * (float(np.sum((fit.weights * fit.residuals) ** 2)) - _trace(fit, design))
