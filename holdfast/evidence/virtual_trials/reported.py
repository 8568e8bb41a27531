"""What replicates of a trial reported, before anything is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.design import Asked

Values = NDArray[np.float64]
PERCENTILES = (2.5, 10.0, 50.0, 90.0, 97.5)


@dataclass(frozen=True)
class Reported:
    """One number, reported by every replicate. `group` is the arm (or the published arm several stand for)."""

    asked: Asked
    group: str
    against: str | None
    values: Values  # (replicates,), NaN where a replicate could not report it
    excludes_0: Values | None  # of a contrast: does its 95 % interval exclude 0, in the direction of its estimate
    draw: NDArray[np.int_] | None = None  # by which draw of a posterior each was lived; None: all by one model

    @property
    def percentiles(self) -> dict[str, float | None]:
        """The median and the ends of the 80 and the 95 % interval; None where no replicate could report it."""
        known = self.values[~np.isnan(self.values)]
        found = np.percentile(known, PERCENTILES).tolist() if len(known) else [None] * len(PERCENTILES)
        return {f"p{percent:g}": value for percent, value in zip(PERCENTILES, found, strict=True)}

    @property
    def not_reported(self) -> float:
        """Share of replicates that could not report it."""
        return float(np.isnan(self.values).mean())


@dataclass(frozen=True)
class Counted:
    """All numbers; by track who left in each replicate, and which share of its `people` was selected.

    `unfilled`: how many draws of a posterior could not fill the trial.
    """

    reported: tuple[Reported, ...]
    left: Mapping[str, Values]
    selected: Mapping[str, float]
    people: int
    unfilled: int = 0
