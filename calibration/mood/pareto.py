"""Pareto-smoothed importance sampling (Vehtari and others 2024): a study left out by weights instead of a new fit.

The largest weights are replaced by the quantiles of a generalised Pareto law fitted to them (Zhang and Stephens 2009).
Its shape k says whether the weights can be trusted: below 0.7 they can; above, the posterior is sampled anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
TRUSTED = 0.7
_TAIL = 0.2
_PRIOR_K, _PRIOR_WEIGHT = 0.5, 10  # towards which the shape of few weights is drawn


def smoothed(log_ratios: Values) -> tuple[Values, float]:
    """Log weights that sum to 1, and the shape k of their tail, from log ratios (draws,)."""
    logs = log_ratios - log_ratios.max()
    size = len(logs)
    tail = int(np.ceil(min(_TAIL * size, 3 * np.sqrt(size))))
    order = np.argsort(logs)
    biggest = order[-tail:]
    cut = logs[order[-tail - 1]]
    excess = np.exp(logs[biggest]) - np.exp(cut)
    k, scale = _pareto(excess)
    if np.isfinite(k):
        at = (np.arange(tail) + 0.5) / tail
        quantiles = scale * np.expm1(-k * np.log1p(-at)) / k + np.exp(cut)
        logs = logs.copy()
        logs[biggest] = np.minimum(np.log(quantiles), 0.0)
    return logs - np.logaddexp.reduce(logs), float(k)


def _pareto(excess: Values) -> tuple[float, float]:
    """Shape and scale by the profile of Zhang and Stephens; `excess` rises."""
    size = len(excess)
    if size < 5 or excess[-1] <= 0:
        return np.inf, np.nan
    count = 30 + int(np.sqrt(size))
    quarter = max(excess[int(size / 4 + 0.5) - 1], 1e-300)
    place = np.arange(1, count + 1)
    theta = (1 - np.sqrt(count / (place - 0.5))) / (3 * quarter) + 1 / excess[-1]
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    length = size * (np.log(-theta / shape) - shape - 1)
    weight = 1 / np.exp(length[None, :] - length[:, None]).sum(axis=1)
    best = float((theta * weight).sum() / weight.sum())
    k = float(np.log1p(-best * excess).mean())
    scale = -k / best
    return (k * size + _PRIOR_K * _PRIOR_WEIGHT) / (size + _PRIOR_WEIGHT), scale
