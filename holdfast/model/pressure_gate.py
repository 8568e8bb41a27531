"""Is a dose withheld for the pressure before it? The clinic's own gate, asked for arrays of simulated people.

`blood_pressure_gate` answers for one patient. It refuses above a limit, so a gate here asks it for the limits, once for
each year of age, and compares; a test asks both. Whether a physician overrides the stop is for the caller to say; which
limits hold, for the rules: the esketamine label's in the US, those of the IV protocol anywhere, none where none is in
force.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from holdfast.facts import RuleSet, load
from holdfast.treatment_sessions.pressure import blood_pressure_gate

Values = NDArray[np.float64]
_NOW = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)  # any: the reading is always a fresh one


class PressureGate:
    """The gate before a dose under one set of rules (`protocol_rules` of a course, with its jurisdiction)."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._known: dict[int, tuple[float, float]] = {}

    def withholds(self, sbp_mmhg: Values, dbp_mmhg: Values, age_y: Values) -> NDArray[np.bool_]:
        """Which doses are not given; shapes broadcast. A pressure that is not a number, of a model without one, passes.

        Pressures are compared as they are drawn, not rounded.
        """
        years = np.floor(np.asarray(age_y)).astype(int)
        ages, place = np.unique(years, return_inverse=True)
        most = np.array([self.most_mmhg(int(age)) for age in ages])[place.reshape(years.shape)]
        return np.asarray((sbp_mmhg > most[..., 0]) | (dbp_mmhg > most[..., 1]), dtype=np.bool_)

    def most_mmhg(self, age_y: int) -> tuple[float, float]:
        """The highest whole SBP and DBP that pass at this age; infinite where every one does."""
        if age_y not in self._known:
            systolic, diastolic = _plausible("sbp_mmhg"), _plausible("dbp_mmhg")
            sbp = self._highest(systolic, lambda sbp: (sbp, diastolic[0]), age_y)
            beside = systolic[-1] if math.isinf(sbp) else int(sbp)
            below = range(diastolic.start, min(diastolic.stop, beside))  # the gate refuses to read a DBP from SBP up
            dbp = self._highest(below, lambda dbp: (beside, dbp), age_y)
            self._known[age_y] = sbp, dbp
        return self._known[age_y]

    def _highest(self, tried: range, pair: Callable[[int], tuple[int, int]], age_y: int) -> float:
        """The highest value that passes, of those tried in the place that `pair` gives them."""

        def refusals(value: int) -> int:
            sbp, dbp = pair(value)
            return len(
                blood_pressure_gate(sbp, dbp, age_y=age_y, measured_at=_NOW, now=_NOW, rules=self._rules).against
            )

        first = bisect_left(tried, 1, key=refusals)
        return math.inf if first == len(tried) else float(tried[first] - 1)


def _plausible(quantity: str) -> range:
    """Whole numbers that the gate takes."""
    row = load().row(f"plausible.{quantity}")
    return range(int(row["min"]), int(row["max"]) + 1)
