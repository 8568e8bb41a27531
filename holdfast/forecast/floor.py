"""Ratings near 0, where a score stops and what lies below cannot be seen: a likelihood that knows of the floor.

A virtual patient whose score and fluctuation together would be below 0 is at 0, and so is a total that its error would
take below (model/mood/score.py). With v the rating that would be shown without error and without a floor,

    total y above 0     N(y; max(v, 0), error variance)        below 0 v makes no difference
    total 0             P(max(v, 0) + error < half a point)

A rating of 0 so says "at most 0", and several of them neither that somebody goes up and down little nor that there was
no down. The Gaussian likelihood took them as exact. The filter of `likelihood` is run here over fluctuation, baseline
and biases together; at a rating near 0 the distribution of v is multiplied by the above, and the normal distribution
of the same mean and variance goes on (assumed density filtering: Maybeck 1982; Minka 2001). Far from 0 it is that
likelihood itself. The other end of the scale is left as normal: nobody under treatment stays there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from holdfast.forecast.eights import blocks, handed_over, padded
from holdfast.forecast.floor_code import (
    ARGUMENTS,
    AT_0,
    FAR,
    LEAST,
    LEAST_LEFT,
    LOW,
    NORMAL,
    log_likelihoods,
    workspace,
)
from holdfast.forecast.likelihood import Fit, Noise, Prior
from holdfast.forecast.observed import Observed
from holdfast.model.integration.compiled.lanes import LANES

Values = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_ROOT = np.sqrt(2.0 * np.pi)
Moments = tuple[Values, Values, Values]


def fit_at_floor(observed: Observed, of: Noise, prior: Prior, relative: Values) -> Fit:
    """As `Likelihood.fit`: of patients with noise `of`, and `relative` scores, (ratings, patients)."""
    shown, error = of.shown(observed), of.error_variance(observed)
    count, size = relative.shape[1], 1 + len(prior.mean)
    mean, spread = np.zeros((size, count)), np.zeros((size, size, count))  # fluctuation, baseline, biases
    mean[1:], spread[0, 0] = prior.mean[:, None], of.fluctuation**2
    spread[range(1, size), range(1, size)] = (prior.sd**2)[:, None]
    log_likelihood = np.zeros(count)
    at_0 = _of_totals_of_0(observed, error)
    gaps_h = np.diff(observed.at_h, prepend=observed.at_h[:1])
    for k, h in enumerate(shown):
        kept = np.exp(-of.rate_per_h * gaps_h[k])
        mean[0] *= kept
        spread[0, 0] = of.fluctuation**2 + (spread[0, 0] - of.fluctuation**2) * kept**2
        spread[0, 1:] *= kept
        spread[1:, 0] = spread[0, 1:]
        row = np.zeros((size, count))
        row[0], row[1] = h, 1.0 - h + h * relative[k]
        row[2:] = (observed.bias[k] == np.arange(size - 2))[:, None]
        with_v = np.einsum("ijn,jn->in", spread, row)
        expected, variance = (row * mean).sum(axis=0), (row * with_v).sum(axis=0)
        if observed.near_0[k]:
            log_z, shift, left = _near(expected, variance, float(observed.points[k]), error[k], at_0[k])
        else:
            log_z, shift, left = _normal(expected, variance, observed.points[k], error[k])
        log_likelihood += log_z
        gain = with_v / variance
        mean += gain * shift
        spread += gain[:, None] * gain[None] * (left - variance)
    return _fit(log_likelihood, mean, spread)


def log_likelihood_at_floor(observed: Observed, of: Noise, prior: Prior, relative: Values) -> Values:
    """The log likelihood alone, (patients,), by machine code: the numbers of `fit_at_floor`."""
    count, biases = relative.shape[1], len(prior.mean) - 1
    error = of.error_variance(observed)
    at_0 = _of_totals_of_0(observed, error)
    tables = list(dict.fromkeys(one for one in at_0 if one is not None))
    is_at_0 = np.array([one is not None for one in at_0], dtype=bool)
    out = np.empty(blocks(count) * LANES)
    handed_over(log_likelihoods(biases), ARGUMENTS, {
        "blocks": blocks(count), "ratings": len(observed), "nodes": len(_NODES),
        "kinds": np.where(is_at_0, AT_0, np.where(observed.near_0, LOW, NORMAL)).astype(np.int64),
        "tables": np.array([0 if one is None else tables.index(one) for one in at_0], dtype=np.int64),
        "gaps": np.diff(observed.at_h, prepend=observed.at_h[:1]),
        "points": np.where(is_at_0, observed.half_a_point, observed.points),
        "bias": (observed.bias[:, None] == np.arange(biases)).astype(float),
        "prior": np.concatenate([prior.mean, prior.sd**2]), "places": (1.0 + _NODES) / 2.0,
        "relative": padded(relative), "shown": padded(of.shown(observed)),
        "error": padded(error), "fluctuation": padded(of.fluctuation), "rate": padded(of.rate_per_h),
        "chances": padded(np.stack([one.chances for one in tables])) if tables else None,
        "out": out, "workspace": np.empty(workspace(biases)),
    })  # fmt: skip
    return out[:count]


def _normal(expected: Values, variance: Values, y: float, error: Values) -> Moments:
    """Log density of the rating; how far the mean of v moves, and its variance after."""
    whole = variance + error
    off = y - expected
    return -0.5 * (off**2 / whole + np.log(2.0 * np.pi * whole)), variance / whole * off, variance * error / whole


def _near(expected: Values, variance: Values, y: float, error: Values, at_0: _At0 | None) -> Moments:
    """The same near 0: two pieces, v below 0 and above. `at_0` where the total is 0."""
    sd = np.sqrt(variance)
    below, edge = ndtr(-expected / sd), _normal_density(expected / sd)
    zeroth, first, second = below, expected * below - sd * edge, (expected**2 + variance) * below - expected * sd * edge
    if at_0 is None:
        shown = _normal_density(y / np.sqrt(error)) / np.sqrt(error)
        above = _above(expected, variance, y, error)
    else:
        shown, above = at_0.below, at_0.above(expected, sd)
    z = np.maximum(shown * zeroth + above[0], LEAST)
    mean = (shown * first + above[1]) / z
    left = (shown * second + above[2]) / z - mean**2
    return np.log(z), mean - expected, np.maximum(left, LEAST_LEFT * variance)


def _above(expected: Values, variance: Values, y: float, error: Values) -> Moments:
    """Moments of v above 0, unnormed, where the total is above 0: a normal distribution, cut off."""
    log_z, shift, left = _normal(expected, variance, y, error)
    mean, sd, z = expected + shift, np.sqrt(left), np.exp(log_z)
    above, edge = ndtr(mean / sd), sd * _normal_density(mean / sd)
    return z * above, z * (mean * above + edge), z * ((mean**2 + left) * above + mean * edge)


class _At0:
    """A total of 0: its chance by v, at nodes above 0 and below, for so many points of half a total and SD of error."""

    def __init__(self, half_a_point: float, error_sd: Values) -> None:
        width = half_a_point + FAR * error_sd
        self.below = ndtr(half_a_point / error_sd)
        self._v = width * ((1.0 + _NODES[:, None]) / 2.0)
        seen = ndtr((half_a_point - self._v) / error_sd)
        self._chances = seen * _WEIGHTS[:, None] * (width / 2.0)

    @property
    def chances(self) -> Values:
        """With the weights of the nodes, (nodes, patients)."""
        return self._chances

    def above(self, expected: Values, sd: Values) -> Moments:
        """Moments of v above 0, unnormed, summed over nodes."""
        part = self._chances * _normal_density((self._v - expected) / sd) / sd
        by_v = part * self._v
        return part.sum(axis=0), by_v.sum(axis=0), np.einsum("ij,ij->j", by_v, self._v)


def _of_totals_of_0(observed: Observed, error: Values) -> list[_At0 | None]:
    """Of each rating, the same of like ratings made once; None where the total is above 0."""
    made: dict[tuple[float, bool, float], _At0] = {}
    found: list[_At0 | None] = []
    for k, half_a_point in enumerate(observed.half_a_point.tolist()):
        like = (half_a_point, bool(observed.by_patient[k]), float(observed.rounding[k]))
        if half_a_point > 0 and like not in made:
            made[like] = _At0(half_a_point, np.sqrt(error[k]))
        found.append(made.get(like))
    return found


def _normal_density(x: Values) -> Values:
    return np.asarray(np.exp(-0.5 * x**2) / _ROOT, dtype=float)


def _fit(log_likelihood: Values, mean: Values, spread: Values) -> Fit:
    """Of the joint distribution: baseline and biases, and the fluctuation given them."""
    of_them, with_x = np.moveaxis(spread[1:, 1:], 2, 0), spread[0, 1:].T
    precision = np.asarray(np.linalg.inv(of_them), dtype=float)
    slopes = np.einsum("nij,nj->ni", precision, with_x)
    return Fit(
        log_likelihood, mean[1:].T, precision, mean[0] - (slopes * mean[1:].T).sum(axis=1), -slopes,
        np.maximum(spread[0, 0] - (slopes * with_x).sum(axis=1), 0.0),
    )  # fmt: skip
