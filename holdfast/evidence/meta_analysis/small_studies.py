"""Do small studies tell another story? Egger's and Peters' regressions, and the points of a funnel plot.

A tilt has many causes; publication bias is one, and true differences between small and large trials another. Below ten
studies these tests are near blind, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr, stdtrit

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.study_effects import Floats, StudyEffects

ENOUGH = 10  # studies below which the Handbook advises against such tests


@dataclass(frozen=True)
class Tilt:
    """Slope of the effect over what stands for smallness; `limit` is the effect at no smallness at all."""

    test: str
    slope: float
    slope_se: float
    statistic: float
    df: int
    p_value: float
    limit: float
    limit_interval: tuple[float, float]

    @property
    def caution(self) -> str:
        """Empty where there are studies enough."""
        k = self.df + 2
        return "" if k >= ENOUGH else f"of {k} studies, fewer than {ENOUGH}, it means little"


def egger(studies: StudyEffects, level: float = 0.95) -> Tilt:
    """Regression of the effect on its standard error, weighted by the reciprocal variances (Egger 1997)."""
    return _tilt("egger", studies.estimates, studies.standard_errors, 1 / studies.variances, level)


def peters(studies: StudyEffects, events: ArrayLike, n: ArrayLike, level: float = 0.95) -> Tilt:
    """For log odds ratios, whose SE hangs on the effect itself: regression on 1 / n (Peters 2006).

    `events` and `n`, shape (studies,), are of both arms together; weights are 1 / (1 / events + 1 / non-events).
    """
    hits, total = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    if hits.shape != total.shape or hits.shape != (len(studies),):
        raise InputError("Peters' test needs events and patients of each study")
    if np.any(hits <= 0) or np.any(hits >= total):
        raise InputError("Peters' test needs patients with and without the event in each study")
    return _tilt("peters", studies.estimates, 1 / total, hits * (total - hits) / total, level)


def funnel(studies: StudyEffects, mean: float, level: float = 0.95) -> dict[str, Floats]:
    """Points (`estimate`, `se`) and, from the top to the largest SE, the lines between which chance alone would lie."""
    se = np.array([0.0, float(studies.standard_errors.max())])
    reach = float(ndtri((1 + level) / 2)) * se
    return {
        "estimate": studies.estimates, "se": studies.standard_errors,
        "line_se": se, "line_low": mean - reach, "line_high": mean + reach,
    }  # fmt: skip


def _tilt(test: str, y: Floats, x: Floats, weights: Floats, level: float) -> Tilt:
    if len(y) < 3:
        raise InputError(f"{len(y)} studies: a tilt needs three or more")
    if np.ptp(x) <= 1e-12 * np.max(x):
        raise InputError("the studies are all of one size, so nothing can be said of small ones")
    df = len(y) - 2
    design = np.stack([np.ones(len(y)), x], axis=1)
    inverse = np.linalg.inv(design.T @ (weights[:, None] * design))
    limit, slope = inverse @ (design.T @ (weights * y))
    dispersion = float(np.sum(weights * (y - limit - slope * x) ** 2)) / df
    if dispersion <= 1e-24 * float(np.sum(weights * y**2)):
        raise InputError("the studies lie on one line, so nothing can be said of chance")
    limit_se, slope_se = np.sqrt(dispersion * np.diag(inverse))
    t = float(slope / slope_se)
    half = float(stdtrit(df, (1 + level) / 2)) * limit_se
    p = float(2 * stdtr(df, -abs(t)))
    return Tilt(test, float(slope), float(slope_se), t, df, p, float(limit), (float(limit - half), float(limit + half)))
