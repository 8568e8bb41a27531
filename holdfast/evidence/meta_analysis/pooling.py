"""One mean effect of several studies, and of groups of them compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, stdtrit

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.heterogeneity import Heterogeneity
from holdfast.evidence.meta_analysis.regression import Model, Regression, meta_regression
from holdfast.evidence.meta_analysis.study_effects import Floats, StudyEffects


@dataclass(frozen=True)
class Pooled:
    """The mean effect on the scale on which it was pooled. `prediction` is None where only a fixed effect was asked."""

    studies: StudyEffects
    model: Model
    mean: float
    se: float
    interval: tuple[float, float]
    p_value: float
    prediction: tuple[float, float] | None
    heterogeneity: Heterogeneity
    weights_percent: Floats
    scale: float  # of Hartung and Knapp

    @property
    def prediction_higgins(self) -> tuple[float, float] | None:
        """The older prediction interval: Student's t with k - 2 degrees of freedom (Higgins 2009); None below k = 3."""
        k = len(self.studies)
        if self.prediction is None or k < 3:
            return None
        reach = float(stdtrit(k - 2, (1 + self.model.level) / 2)) * float(np.hypot(self.se, self.heterogeneity.tau))
        return self.mean - reach, self.mean + reach


@dataclass(frozen=True)
class Subgroups:
    """Each group pooled with its own tau², and the test that their means are one."""

    pooled: dict[str, Pooled]
    q_between: float
    df: int
    p_value: float


def pool(studies: StudyEffects, model: Model | None = None) -> Pooled:
    """Pool two studies or more (one, with `wald`). Raises `InputError` where there are too few."""
    if len(studies) == 0:
        raise InputError("there is no study to pool")
    if len(studies) == 1 and (model or Model()).interval != "wald":
        raise InputError(f"{studies.names[0]} stands alone: one study is shown, not pooled")
    return _pooled(meta_regression(studies, model=model))


def _pooled(fit: Regression) -> Pooled:
    mean, low, high, new_low, new_high = fit.predicted()
    random = fit.model.method != "fixed"
    return Pooled(
        fit.studies, fit.model, mean, float(fit.standard_errors[0]), (low, high), float(fit.p_values[0]),
        (new_low, new_high) if random else None, fit.heterogeneity, fit.weights_percent, fit.scale,
    )  # fmt: skip


def subgroups(studies: StudyEffects, groups: Sequence[str], model: Model | None = None) -> Subgroups:
    """Pool each group apart, then compare the means by Wald's chi-square (groups of one study are left out).

    Few studies a group make this test blind: no difference found is not no difference.
    """
    if len(groups) != len(studies):
        raise InputError(f"{len(groups)} group names for {len(studies)} studies; give one for each")
    labels = np.asarray(groups)
    names = [name for name in dict.fromkeys(groups) if np.sum(labels == name) > 1]
    if len(names) < 2:
        raise InputError("a comparison needs two groups of two studies or more")
    pooled = {name: pool(studies.where(labels == name), model) for name in names}
    means = np.array([one.mean for one in pooled.values()])
    weights = np.array([1 / one.se**2 for one in pooled.values()])
    centre = float(np.sum(weights * means) / np.sum(weights))
    between = float(np.sum(weights * (means - centre) ** 2))
    return Subgroups(pooled, between, len(names) - 1, float(chdtrc(len(names) - 1, between)))
