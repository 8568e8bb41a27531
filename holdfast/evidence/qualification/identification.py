"""Which parameters the published numbers moved: how much narrower each became than it was before they were seen.

Widths are compared on the scale of the prior, a logarithm or a logit. A parameter that stays as wide as its prior is
not known from these data, whatever its median; that it moved says nothing on whether it means what its name says.
The calibration's own report and the notes of its rows of mood_parameters.csv draw the line at the same `LEAST_GONE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from holdfast.facts import load
from holdfast.model.posteriors.parameters import Parameter
from holdfast.model.posteriors.reading import Posterior

_Z = 1.959964
LEAST_GONE = 0.2  # of the prior's SD: where less of it is gone, the data hardly speak of the parameter
_SOMEWHAT_GONE = 0.4


@dataclass(frozen=True)
class Narrowed:
    """One parameter before and after. Intervals are of 95 %, in its own unit; `ratio` is SD after over SD before."""

    name: str
    meaning: str
    before: tuple[float, float, float]  # low, median, high
    after: tuple[float, float, float]
    ratio: float
    shift: float  # of the median, in SDs of the prior

    @property
    def words(self) -> str:
        """How far the data moved it."""
        gone = 1 - self.ratio
        if gone < LEAST_GONE:
            return "not known from these data"
        return "a little" if gone < _SOMEWHAT_GONE else "much"


def narrowed(posterior: Posterior) -> tuple[Narrowed, ...]:
    """Every fitted parameter, the least known first."""
    return tuple(sorted(_each(posterior), key=lambda one: -one.ratio))


def _each(posterior: Posterior) -> Iterator[Narrowed]:
    meanings = {(row["symbol"], row["kind"]): row["meaning"] for row in load().rows("mood_parameters")}
    for one in posterior.fitted:
        drawn = np.array([one.scaled(draw[one.name]) for draw in posterior.draws])
        yield Narrowed(
            one.name, str(meanings.get((one.symbol, one.kind), one.part)),
            _in_unit(one, [one.centre - _Z * one.sd, one.centre, one.centre + _Z * one.sd]),
            _in_unit(one, np.percentile(drawn, [2.5, 50, 97.5]).tolist()),
            float(np.std(drawn, ddof=1) / one.sd), float((np.median(drawn) - one.centre) / one.sd),
        )  # fmt: skip


def _in_unit(one: Parameter, ends: list[float]) -> tuple[float, float, float]:
    low, middle, high = (one.natural(end) for end in ends)
    return low, middle, high
