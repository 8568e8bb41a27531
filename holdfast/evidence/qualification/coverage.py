"""How many published numbers lie where they were predicted: at a level, by row and by study, and over all levels.

Rows of one study hang together, so a share over rows looks surer than it is: the band beside the curve takes rows as
independent and says so; the share by study gives each study one voice; and the share without the study that holds most
rows shows what hangs on that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from holdfast.evidence.qualification.blind import LEVELS, Blind
from holdfast.statistics.intervals import exact_share

CURVE = tuple(round(0.05 * step, 2) for step in range(1, 20))


@dataclass(frozen=True)
class Largest:
    """The study that holds most of the rows; of studies with as many, the first."""

    title: str
    inside: int
    rows: int


@dataclass(frozen=True)
class Coverage:
    """At one level. Shares are from 0 to 1; `interval` is that of Clopper and Pearson, rows taken as independent."""

    level: float
    inside: int
    rows: int
    studies: int
    by_study: float
    largest: Largest | None = None

    @property
    def by_row(self) -> float:
        return self.inside / self.rows

    @property
    def without_largest(self) -> float | None:
        """Share by row without the study that holds most rows; None where no other is left."""
        if self.largest is None or self.largest.rows == self.rows:
            return None
        return (self.inside - self.largest.inside) / (self.rows - self.largest.rows)

    @property
    def interval(self) -> tuple[float, float]:
        return exact_share(self.inside, self.rows).ends


@dataclass(frozen=True)
class CurvePoint:
    """Of the numbers, `found` lie in the middle `level` of their predictions; chance alone gives `low` to `high`."""

    level: float
    found: float
    low: float
    high: float


def coverage(rows: Sequence[Blind], level: float) -> Coverage | None:
    """None where no row has an interval of that level."""
    told = [(one.row.study.title, found) for one in rows if (found := one.inside(level)) is not None]
    if not told:
        return None
    by_title = {title: [found for other, found in told if other == title] for title, _ in told}
    title, most = max(by_title.items(), key=lambda item: len(item[1]))
    shares = [float(np.mean(found)) for found in by_title.values()]
    return Coverage(level, sum(found for _, found in told), len(told), len(shares), float(np.mean(shares)),
                    Largest(title, sum(most), len(most)))  # fmt: skip


def coverages(rows: Sequence[Blind]) -> tuple[Coverage, ...]:
    """At 50, 80 and 95 %."""
    return tuple(found for level in LEVELS if (found := coverage(rows, level)) is not None)


def curve(rows: Sequence[Blind]) -> tuple[CurvePoint, ...]:
    """Share of numbers in the middle of their predictions, level by level, with the band of 95 % of chance."""
    places = np.array([one.place for one in rows if one.place is not None])
    n = len(places)
    if n == 0:
        return ()
    return tuple(_point(level, float(np.mean(np.abs(places - 0.5) <= level / 2)), n) for level in CURVE)


def _point(level: float, found: float, n: int) -> CurvePoint:
    return CurvePoint(level, found, float(binom.ppf(0.025, n, level)) / n, float(binom.ppf(0.975, n, level)) / n)
