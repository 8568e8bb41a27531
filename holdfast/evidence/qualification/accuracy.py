"""How far predictions are off, and whether the model is nearer than the better rival by as much as was asked.

Errors are those of medians, in percentage points for shares. Model and rivals are compared on the same rows only. By
row, a study of many rows counts for many; by study, each counts once. The interval of the ratio draws whole studies
anew, for rows of one study miss together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.evidence.meta_analysis.study_effects import Floats

MODEL = "model"
_DRAWS = 4000
_SEED = 20261121


@dataclass(frozen=True)
class Missed:
    """How far each way of predicting was off at one row, by its name."""

    study: str
    errors: Mapping[str, float]


@dataclass(frozen=True)
class Accuracy:
    """Mean absolute errors by name, of rows or of studies; the better rival, and the model's error over its."""

    by: str
    errors: Mapping[str, float]
    rows: int
    studies: int
    better_rival: str
    ratio: float
    ratio_interval: tuple[float, float] | None

    @property
    def gain(self) -> float:
        """Share by which the model's error is smaller; below 0 where the model loses."""
        return 1 - self.ratio


def accuracies(rows: Sequence[Missed], rivals: Sequence[str]) -> tuple[Accuracy, ...]:
    """By row and by study, over rows for which everybody said something. Empty where there is none."""
    told = [one for one in rows if set(one.errors) >= {MODEL, *rivals}]
    return tuple(_accuracy(told, rivals, by) for by in ("row", "study")) if told and rivals else ()


def _accuracy(rows: Sequence[Missed], rivals: Sequence[str], by: str) -> Accuracy:
    names = (MODEL, *rivals)
    studies = list(dict.fromkeys(one.study for one in rows))
    sums = np.array([np.sum([[o.errors[n] for n in names] for o in rows if o.study == s], axis=0) for s in studies])
    counts = np.array([sum(one.study == study for one in rows) for study in studies], dtype=float)
    errors = _mean(sums, counts, by)
    better = int(np.argmin(errors[1:])) + 1
    return Accuracy(
        by, dict(zip(names, map(float, errors), strict=True)), len(rows), len(studies), names[better],
        float(errors[0] / errors[better]), _interval(sums, counts, by, better),
    )  # fmt: skip


def _mean(sums: Floats, counts: Floats, by: str) -> Floats:
    """Shape (names,), from sums of shape (studies, names)."""
    per_study = sums / counts[:, None]
    return np.asarray(sums.sum(axis=0) / counts.sum() if by == "row" else per_study.mean(axis=0), dtype=float)


def _interval(sums: Floats, counts: Floats, by: str, better: int) -> tuple[float, float] | None:
    """95 % of ratios when studies are drawn anew with replacement; None of fewer than three studies."""
    if len(sums) < 3:
        return None
    chosen = np.random.default_rng(_SEED).integers(0, len(sums), (_DRAWS, len(sums)))
    means = np.array([_mean(sums[draw], counts[draw], by) for draw in chosen])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = means[:, 0] / means[:, better]
    low, high = np.nanpercentile(ratios, [2.5, 97.5])
    return float(low), float(high)
