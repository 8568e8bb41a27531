"""What leaves a graphics card in place of trajectories: mean, spread, shares below thresholds, and a histogram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """A value of each patient at each time: `value(outputs, person)`, with + - * / and **, without a branch.

    The histogram has `bins` bins from `low` to `high`; what lies outside is counted apart.
    """

    name: str
    value: Callable[[Sequence[Any], Sequence[Any]], Any]
    thresholds: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 1.0
    bins: int = 100

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high and self.bins > 0):
            raise InputError(f"{self.name}: a histogram needs bins between a low and a higher end")


class Counts(NamedTuple):
    """Of some patients: how many, and by time and watched value the mean, the sum of squares about it, and counts."""

    patients: int
    mean: Values  # (times, watched)
    squares: Values
    below: Values  # (times, watched, thresholds)
    bins: NDArray[np.int64]  # (times, watched, bins + 2)


@dataclass(frozen=True)
class Summary:
    """A watched value over time: arrays start with the axis of times."""

    name: str
    patients: int
    mean: Values
    sd: Values
    share_below: Values  # (times, thresholds)
    edges: Values  # of the bins
    counts: NDArray[np.int64]  # (times, bins + 2); the first lies below the edges, the last above

    def percentile(self, q: float) -> Values:
        """The q-th percentile at each time, to within a bin; NaN where it lies outside the histogram."""
        if not 0 <= q <= 100:
            raise InputError(f"{q} is no percentile; give 0 to 100")
        wanted = q / 100 * self.patients
        made = np.full(len(self.counts), np.nan)
        for t, counts in enumerate(self.counts):
            reached = np.cumsum(counts)
            place = int(np.searchsorted(reached, wanted))
            if 0 < place < len(counts) - 1:
                inside = (wanted - reached[place - 1]) / counts[place]
                made[t] = self.edges[place - 1] + inside * (self.edges[place] - self.edges[place - 1])
        return made


def counted(values: Values, watched: Sequence[Watched]) -> Counts:
    """Counts of values (times, watched, patients), worked out by NumPy: for patients whom the card cannot take."""
    mean = values.mean(axis=2)
    squares = ((values - mean[..., None]) ** 2).sum(axis=2)
    most = max(len(one.thresholds) for one in watched)
    below = np.zeros((*mean.shape, most))
    bins = np.zeros((*mean.shape, max(one.bins for one in watched) + 2), dtype=np.int64)
    for w, one in enumerate(watched):
        for k, threshold in enumerate(one.thresholds):
            below[:, w, k] = (values[:, w] < threshold).sum(axis=1)
        place = np.floor((values[:, w] - one.low) * (one.bins / (one.high - one.low))).astype(np.int64) + 1
        for t, row in enumerate(np.clip(place, 0, one.bins + 1)):
            bins[t, w] += np.bincount(row, minlength=bins.shape[2])
    return Counts(values.shape[2], mean, squares, below, bins)


def added(parts: Sequence[Counts], watched: Sequence[Watched]) -> tuple[Summary, ...]:
    """Counts of several groups of patients as one summary for each watched value."""
    patients = sum(part.patients for part in parts)
    mean = np.sum([part.mean * part.patients for part in parts], axis=0) / patients
    squares = np.sum([part.squares + part.patients * (part.mean - mean) ** 2 for part in parts], axis=0)
    below = np.sum([part.below for part in parts], axis=0) / patients
    bins = np.sum([part.bins for part in parts], axis=0)
    return tuple(
        Summary(
            one.name, patients, mean[:, w], np.sqrt(squares[:, w] / patients), below[:, w, : len(one.thresholds)],
            np.linspace(one.low, one.high, one.bins + 1), bins[:, w, : one.bins + 2],
        )
        for w, one in enumerate(watched)
    )  # fmt: skip
