"""What a share would be if those not rated had been like those rated who were alike before: counts by groups only.

Robins, Rotnitzky and Zhao 1994 in the case of groups, where weighting by the inverse chance of being rated and filling
in the share of the group are one and the same. Interval: references.csv `korn_graubard_1998`. Nothing is drawn at
random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.registry.report.judged_set import OnScale
from holdfast.registry.report.windows import Window, last_before
from holdfast.statistics.estimate import LEVEL, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

FALLS = (0, 25, 50, 75)  # per cent of the baseline by which the last total had fallen, at least
CELLS = ("never rated", "no baseline", "rose", *(f"fell by {fall} % or more" for fall in FALLS))


@dataclass(frozen=True)
class Cell:
    """Courses alike before a window: of whom it is over, how many were rated, how many of those had the outcome."""

    due: int
    rated: int
    events: int


def cells_before(on: OnScale, at: Window) -> NDArray[Any]:
    """The place in `CELLS` of each course by its last rating after day 0 and before a window."""
    import numpy as np

    row = last_before(on, at)
    total = on.total[row] if len(on.total) else np.full(len(row), np.nan)
    fall = (on.baseline - total) * 100  # per cent times baseline: no division
    place = np.full(len(row), CELLS.index("rose"), dtype=np.int64)
    for number, percent in enumerate(FALLS):
        place[fall >= percent * on.baseline] = CELLS.index("rose") + 1 + number
    place[np.isnan(on.baseline) | (on.baseline == 0)] = CELLS.index("no baseline")
    place[row < 0] = CELLS.index("never rated")
    return place


def weighted_share(cells: Sequence[Cell], level: float = LEVEL) -> tuple[Estimate, int]:
    """The share all would have had, and how many courses are in cells where nobody was rated.

    Those are given the share of everybody rated. Of nobody rated there is no value.
    """
    everybody, rated = sum(one.due for one in cells), sum(one.rated for one in cells)
    if not rated:
        return Estimate(None, None, None), everybody
    overall = sum(one.events for one in cells) / rated
    shares = [one.events / one.rated if one.rated else overall for one in cells]
    value = sum(one.due * share for one, share in zip(cells, shares, strict=True)) / everybody
    within = sum(
        (one.due / everybody) ** 2 * share * (1 - share) / (one.rated or rated)
        for one, share in zip(cells, shares, strict=True)
    )
    between = sum(one.due * (share - value) ** 2 for one, share in zip(cells, shares, strict=True)) / everybody**2
    variance = within + between
    effective = min(float(everybody), value * (1 - value) / variance) if variance else float(rated)
    borrowed = sum(one.due for one in cells if not one.rated)
    return Estimate(value, *_exact(value * effective, effective, level)), borrowed


def _exact(events: float, people: float, level: float) -> tuple[float, float]:
    """Clopper and Pearson's ends for numbers that are not whole."""
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2.0
    low = float(betaincinv(events, people - events + 1, tail)) if events > 0 else 0.0
    return low, float(betaincinv(events + 1, people - events, 1.0 - tail)) if events < people else 1.0
