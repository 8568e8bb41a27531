"""Estimates with their sampling variances, one of each per study: what every other room here works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StudyEffects:
    """`estimates` and `variances`, shape (studies,), on the scale on which they are pooled (log for ratios)."""

    estimates: Floats
    variances: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def standard_errors(self) -> Floats:
        return np.sqrt(self.variances)

    def without(self, index: int) -> StudyEffects:
        """All studies but one."""
        names = self.names[:index] + self.names[index + 1 :]
        return StudyEffects(np.delete(self.estimates, index), np.delete(self.variances, index), names)

    def where(self, chosen: NDArray[np.bool_]) -> StudyEffects:
        """The studies at which `chosen`, shape (studies,), is true."""
        names = tuple(name for name, taken in zip(self.names, chosen, strict=True) if taken)
        return StudyEffects(self.estimates[chosen], self.variances[chosen], names)


def study_effects(estimates: ArrayLike, variances: ArrayLike, names: Sequence[str] | None = None) -> StudyEffects:
    """Checked: finite estimates, variances above zero, one name each. Raises `InputError` naming the study."""
    y, v = np.atleast_1d(np.asarray(estimates, dtype=float)), np.atleast_1d(np.asarray(variances, dtype=float))
    if y.ndim != 1 or y.shape != v.shape:
        raise InputError(f"{y.size} estimates and {v.size} variances: give one variance for each estimate")
    if names is not None and len(names) != y.size:
        raise InputError(f"{y.size} estimates and {len(names)} names: give one name for each estimate")
    labels = tuple(names) if names is not None else tuple(f"study {i + 1}" for i in range(y.size))
    for label, estimate, variance in zip(labels, y, v, strict=True):
        if not np.isfinite(estimate):
            raise InputError(f"{label}: its estimate is {estimate}, which is no number; leave the study out")
        if not (np.isfinite(variance) and variance > 0):
            raise InputError(f"{label}: its variance is {variance:g}; a sampling variance is above zero and finite")
    return StudyEffects(y, v, labels)
