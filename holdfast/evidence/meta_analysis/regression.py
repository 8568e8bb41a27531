"""Effects on one or few moderators: coefficients, tests, predictions. Without moderators this is the pooled mean.

Intervals of random effects follow Hartung and Knapp by default: the covariance is scaled by the weighted residual
variance q and read with Student's t. `hk-adhoc` never lets q fall below 1, so that an interval is never narrower than
Wald's; `wald` takes the covariance as it is, with the normal distribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.heterogeneity import (
    Heterogeneity,
    Weighted,
    between_study_variance,
    heterogeneity,
    weighted_fit,
)
from holdfast.evidence.meta_analysis.study_effects import Floats, StudyEffects

INTERVALS = ("hk", "hk-adhoc", "wald")
INTERCEPT = "intercept"
MOST_LEVEL = 0.9999  # beyond it rounding decides where an interval ends


@dataclass(frozen=True)
class Model:
    """How to pool: estimator of tau², kind of interval, its level."""

    method: str = "reml"
    interval: str = "hk"
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS:
            raise InputError(f"{self.interval!r} is no kind of interval; there are {', '.join(INTERVALS)}")
        if not 0 < self.level <= MOST_LEVEL:
            raise InputError(f"a level of {self.level}: it lies above 0 and at most at {MOST_LEVEL}, as 0.95")

    def quantile(self, df: int) -> float:
        """Half width of an interval in standard errors."""
        upper = (1 + self.level) / 2
        return float(ndtri(upper) if self.interval == "wald" else stdtrit(df, upper))

    def p_value(self, statistic: Floats, df: int) -> Floats:
        """Two-sided."""
        size = -np.abs(statistic)
        return 2 * (ndtr(size) if self.interval == "wald" else stdtr(df, size))


@dataclass(frozen=True)
class Regression:
    """Fitted. Arrays by coefficient, in the order of `terms`; `covariance`, shape (terms, terms), is the scaled one."""

    studies: StudyEffects
    design: Floats
    terms: tuple[str, ...]
    model: Model
    heterogeneity: Heterogeneity
    weighted: Weighted
    covariance: Floats
    scale: float  # by which Hartung and Knapp multiply the covariance; 1 for Wald
    df: int

    @property
    def coefficients(self) -> Floats:
        return self.weighted.coefficients

    @property
    def standard_errors(self) -> Floats:
        return np.sqrt(np.diag(self.covariance))

    @property
    def intervals(self) -> Floats:
        """Shape (terms, 2)."""
        half = self.model.quantile(self.df) * self.standard_errors
        return np.stack([self.coefficients - half, self.coefficients + half], axis=1)

    @property
    def p_values(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):  # studies that agree exactly leave no error at all
            return self.model.p_value(self.coefficients / self.standard_errors, self.df)

    @property
    def weights_percent(self) -> Floats:
        """Share of each study, of 100."""
        return 100 * self.weighted.weights / self.weighted.weights.sum()

    def moderators_test(self) -> tuple[float, int, float]:
        """Do the moderators together tell anything? Statistic, its degrees of freedom, p.

        F with (moderators, df) degrees of freedom under Hartung-Knapp, else chi-square.
        """
        b, v = self.coefficients[1:], self.covariance[1:, 1:]
        if not b.size:
            raise InputError("there are no moderators to test")
        square = float(b @ np.linalg.solve(v, b))
        if self.model.interval == "wald":
            return square, b.size, float(chdtrc(b.size, square))
        return square / b.size, b.size, float(fdtrc(b.size, self.df, square / b.size))

    def predicted(self, moderators: ArrayLike = ()) -> tuple[float, float, float, float, float]:
        """At these moderators: mean, its interval, and the interval in which the true effect of a new study lies."""
        at = np.concatenate([[1.0], np.atleast_1d(np.asarray(moderators, dtype=float))])
        if at.size != len(self.terms):
            raise InputError(f"{at.size - 1} values for {len(self.terms) - 1} moderators; give one for each")
        mean, variance = float(at @ self.coefficients), float(at @ self.covariance @ at)
        quantile = self.model.quantile(self.df)
        near, far = quantile * np.sqrt(variance), quantile * np.sqrt(variance + self.heterogeneity.tau2)
        return mean, mean - near, mean + near, mean - far, mean + far


def meta_regression(
    studies: StudyEffects, moderators: Mapping[str, ArrayLike] | None = None, model: Model | None = None
) -> Regression:
    """Regress effects on moderators, each of shape (studies,). Raises `InputError` where there are too few studies."""
    model = model or Model()
    terms, design = _design(studies, moderators or {})
    df = len(studies) - design.shape[1]
    if df < (0 if model.interval == "wald" else 1):
        raise InputError(
            f"{len(studies)} studies are too few for {design.shape[1]} coefficients"
            + ("" if model.interval == "wald" else " with Hartung-Knapp intervals")
        )
    tau2 = between_study_variance(studies, design, model.method)
    fit = weighted_fit(studies, design, tau2)
    spread = heterogeneity(studies, design, tau2, model.method, model.level)
    scale = _scale(fit, model, df)
    return Regression(studies, design, terms, model, spread, fit, fit.inverse * scale, scale, df)


def _scale(fit: Weighted, model: Model, df: int) -> float:
    if model.interval == "wald":
        return 1.0
    q = fit.q / df
    return max(1.0, q) if model.interval == "hk-adhoc" else q


def _design(studies: StudyEffects, moderators: Mapping[str, ArrayLike]) -> tuple[tuple[str, ...], Floats]:
    columns = [np.ones(len(studies))]
    for name, values in moderators.items():
        column = np.atleast_1d(np.asarray(values, dtype=float))
        if column.shape != (len(studies),) or not np.all(np.isfinite(column)):
            raise InputError(f"the moderator {name} needs one number for each of the {len(studies)} studies")
        columns.append(column)
    return (INTERCEPT, *moderators), np.stack(columns, axis=1)
