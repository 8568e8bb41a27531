"""Does one study carry the result? Pool again without each in turn, and measure what it pulled.

Case deletion for random effects: Viechtbauer and Cheung 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.errors import InputError
from holdfast.evidence.meta_analysis.pooling import Pooled, pool
from holdfast.evidence.meta_analysis.regression import Model
from holdfast.evidence.meta_analysis.study_effects import StudyEffects


@dataclass(frozen=True)
class Influence:
    """What one study does to the pooled result."""

    name: str
    without: Pooled
    weight_percent: float
    # NaN or infinite where the others agree exactly:
    studentized_residual: float  # of the study around the mean of the others
    dffits: float  # how far the mean moves, in its SDs at the tau² of the others
    cook_distance: float  # how far it moves, in its standard errors, squared
    covariance_ratio: float  # below 1: the study makes the mean less precise


def leave_one_out(studies: StudyEffects, model: Model | None = None) -> tuple[Pooled, ...]:
    """The result without each study in turn. Raises `InputError` below three studies."""
    if len(studies) < 3:
        raise InputError(f"{len(studies)} studies: leaving one out needs three or more")
    return tuple(pool(studies.without(i), model) for i in range(len(studies)))


def influences(studies: StudyEffects, model: Model | None = None) -> tuple[Influence, ...]:
    """Every study's influence, in order."""
    whole = pool(studies, model)
    with np.errstate(divide="ignore", invalid="ignore"):  # studies that agree exactly leave nothing to measure by
        return tuple(_influence(whole, i, rest) for i, rest in enumerate(leave_one_out(studies, model)))


def _influence(whole: Pooled, i: int, rest: Pooled) -> Influence:
    y, v = whole.studies.estimates[i], whole.studies.variances[i]
    spread = rest.scale * (v + rest.heterogeneity.tau2)  # of this study, as the others lead one to expect
    moved = whole.mean - rest.mean
    share = whole.weights_percent[i] / 100
    return Influence(
        whole.studies.names[i], rest, float(whole.weights_percent[i]),
        studentized_residual=float(np.float64(y - rest.mean) / np.sqrt(spread + rest.se**2)),
        dffits=float(moved / np.sqrt(share * spread)),
        cook_distance=float((np.float64(moved) / whole.se) ** 2),
        covariance_ratio=float((np.float64(rest.se) / whole.se) ** 2),
    )  # fmt: skip
