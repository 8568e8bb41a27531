"""Published numbers beside what the model said of them before it saw them.

Percentiles are by probability, such as 0.025. `place` is where the published value lies among the predictions (0 to 1,
half of what equals it): of a model that is right these are spread evenly. Where the fit did not write it, it is read
off the percentiles, straight between them on the scale of a normal distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.intervals import holds
from holdfast.evidence.qualification.reading import Predicted
from holdfast.evidence.rows import Outcome
from holdfast.evidence.tables import outcome

LEVELS = (0.5, 0.8, 0.95)
FITTED_ROWS, CHECK_ROWS, UNVERIFIED_ROWS = "left out", "never fitted", "not fitted"
JUDGED = (FITTED_ROWS, CHECK_ROWS)  # recollections are shown beside, and judge nothing
RESPONSES = ("response", "response_any_time")
_NORMAL = NormalDist()
_COLUMNS = {0.025: "p2_5", 0.1: "p10", 0.25: "p25", 0.5: "median", 0.75: "p75", 0.9: "p90", 0.975: "p97_5"}


@dataclass(frozen=True)
class Blind:
    """One published number and its prediction.

    `place` is None for a yes or no, which has no percentiles but the middle, and for a number that many of the
    simulated trials could not report.
    """

    row: Outcome
    kind: str
    basis: str
    trial: str
    published: float
    status: str
    percentiles: Mapping[float, float]
    place: float | None
    flags: Mapping[float, bool]  # inside, as the fit said it

    @property
    def study(self) -> str:
        return self.row.study.id

    @property
    def middle(self) -> float | None:
        return self.percentiles.get(0.5)

    @property
    def error(self) -> float | None:
        """How far the median is off, without sign, in the unit of the row."""
        return None if self.middle is None else abs(self.middle - self.published)

    @property
    def is_response(self) -> bool:
        """A share of an arm's people who responded."""
        return self.row.estimand == "arm" and self.row.outcome in RESPONSES and self.row.unit == "percent"

    def interval(self, level: float) -> tuple[float, float] | None:
        """The middle `level` of what was predicted; None where an end is not known."""
        ends = [percentile(self.percentiles, (1 + side * level) / 2) for side in (-1, 1)]
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    def inside(self, level: float) -> bool | None:
        """Is the published value in the interval? A percent may be rounded by a half."""
        found = self.interval(level)
        return self.flags.get(level) if found is None else holds(*found, self.published, self.row.unit)


def blind(predicted: Iterable[Predicted]) -> tuple[Blind, ...]:
    """Rows of left_out.csv. Raises `InputError` for a row of no table, or one twice."""
    found = tuple(_blind(one) for one in predicted)
    names = [one.row.id for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"left_out.csv predicts {', '.join(twice)} more than once for one hypothesis; keep one row each"
        )
    return found


def _blind(one: Predicted) -> Blind:
    try:
        row = outcome(one.row)
    except UnknownNameError:
        raise InputError(f"left_out.csv predicts {one.row}, which is no row of study_outcomes.csv; run make calibrate"
                         ) from None  # fmt: skip
    told = {p: value for p, name in _COLUMNS.items() if (value := getattr(one, name)) is not None}
    place = one.pit
    flags = {0.8: one.inside_80, 0.95: one.inside_95}
    whole = {0.025, 0.1, 0.5, 0.9, 0.975} <= set(told)
    if place is None and whole:
        place = place_of(told, one.published)
    return Blind(
        row, one.outcome, one.basis, one.trial, one.published, one.status, told, place if whole else None, flags
    )


def percentile(told: Mapping[float, float], probability: float) -> float | None:
    """The percentile as told, or between its neighbours; None beyond the outermost or of fewer than three."""
    for near, value in told.items():
        if abs(near - probability) < 1e-9:
            return value
    known = sorted(told)
    if len(known) < 3 or not known[0] < probability < known[-1]:
        return None
    above = next(i for i, p in enumerate(known) if p > probability)
    low, high = known[above - 1], known[above]
    share = (_NORMAL.inv_cdf(probability) - _NORMAL.inv_cdf(low)) / (_NORMAL.inv_cdf(high) - _NORMAL.inv_cdf(low))
    return told[low] + share * (told[high] - told[low])


def place_of(told: Mapping[float, float], value: float) -> float:
    """Where the value lies among the percentiles; beyond them by the slope of the last stretch."""
    known = [(told[p], _NORMAL.inv_cdf(p)) for p in sorted(told)]
    same = [z for at, z in known if at == value]
    if same:  # several percentiles on one value, as of shares of few people: the middle of them
        return _NORMAL.cdf((same[0] + same[-1]) / 2)
    stretches = [(a, b) for a, b in pairwise(known) if b[0] > a[0]]
    if not stretches:
        return 0.0 if value < known[0][0] else 1.0
    a, b = _stretch(stretches, value)
    return _NORMAL.cdf(a[1] + (value - a[0]) / (b[0] - a[0]) * (b[1] - a[1]))


_Knot = tuple[float, float]


def _stretch(stretches: Sequence[tuple[_Knot, _Knot]], value: float) -> tuple[_Knot, _Knot]:
    return next((one for one in stretches if value <= one[1][0]), stretches[-1])
