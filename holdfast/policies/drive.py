"""What doses do to the drive u and to the occupancy over panels of time, for each patient, under any hypothesis.

Everything that follows a dose comes back week by week: weeks of maintenance differ in two things alone, whether there
was a dose at their start and whether there was one a week before. So all panels of a policy are known before anybody
lives under it. A residue older than two weeks is forgotten (less than a millionth of it is left).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.forecast.bodies import FORGOTTEN_H
from holdfast.forecast.histories import Population
from holdfast.policies.bodies import Bank
from holdfast.policies.worlds import Persons, Variant
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
WEEK_H = H_PER_D * DAYS_PER_WEEK
# Every day ends a panel, so that a rating may fall on any of them.
DOSED_H = (0.0, 0.33, 0.667, 1.2, 2.0, 3.5, 6.0, 10.0, 16.0, 24.0, 36.0, 48.0, 60.0, 72.0, 96.0, 120.0, 144.0, 168.0)
QUIET_H = tuple(H_PER_D * day for day in range(DAYS_PER_WEEK + 1))
NODES = (0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5)
PATTERNS = 6  # place: dose now + 2 * dose a week before; 4 and 5: the first week, after induction


@dataclass(frozen=True)
class Panels:
    """Over panels: kin u in each half, (patients, panels, 2), and mean occupancy, (patients, panels)."""

    edges_h: tuple[float, ...]
    on: Values
    occupancy: Values


@dataclass(frozen=True)
class Driven:
    """Whom it is computed for, and under which hypothesis."""

    bank: Bank
    of: Persons
    people: Population
    variant: Variant

    def panels(self, edges_h: Sequence[float], doses: Sequence[tuple[float, int]]) -> Panels:
        """Over the panels between rising edges; `doses` are (hour, kind)."""
        starts, ends = np.array(edges_h[:-1]), np.array(edges_h[1:])
        active = [(hour, kind) for hour, kind in doses if edges_h[0] - FORGOTTEN_H < hour < edges_h[-1]]
        at = np.stack([starts + (half + node) / 2 * (ends - starts) for half in (0.0, 1.0) for node in NODES], axis=1)
        binding = self.bank.binding.of(active, at.ravel())[:, self.of.body]
        bound = binding / (1.0 + binding)
        u = self._u(bound, active, at.ravel())
        shape = (len(starts), 2, len(NODES), len(self.of.body))
        on = self.of.kin * u.reshape(shape).mean(axis=2)
        occupancy = bound.reshape(len(starts), -1, len(self.of.body)).mean(axis=1)
        return Panels(tuple(edges_h), np.moveaxis(on, 2, 0), occupancy.T)

    def _u(self, bound: Values, doses: Sequence[tuple[float, int]], at: Values) -> Values:
        """The drive, (times, patients), as model/mood/laws.py has it for each hypothesis."""
        hypothesis = self.variant.hypothesis
        if hypothesis.startswith("nmda-driven"):
            return _saturating(bound / self.of.o50, self.of.gamma)
        level = self.bank.hydroxynorketamine.of(doses, at)[:, self.of.body]
        half, steep = (self.variant.number(self.people, name) for name in ("HNK50", "gamma_HNK"))
        by_hnk = _saturating(level / half, steep)
        if hypothesis.startswith("hnk-driven"):
            return by_hnk
        share = self.variant.number(self.people, "HNK_share")
        return (1.0 - share) * _saturating(bound / self.of.o50, self.of.gamma) + share * by_hnk

    def weeks(self, kind: int, before: int) -> tuple[Values, Values]:
        """Of every pattern: kin u (patients, patterns, panels, 2), occupancy (patients, patterns, panels).

        Doses of maintenance are of one kind; the dose a week before the first of them was of the kind `before`.
        Weeks without a dose have fewer panels; the rest of their places is not read.
        """
        most, count = len(DOSED_H) - 1, len(self.of.body)
        on, occupancy = np.zeros((count, PATTERNS, most, 2)), np.zeros((count, PATTERNS, most))
        for pattern in range(PATTERNS):
            now, earlier = pattern % 2, (pattern // 2) % 2 == 1 or pattern >= 4
            doses = [(-WEEK_H, before if pattern >= 4 else kind)] if earlier else []
            doses += [(0.0, kind)] if now else []
            found = self.panels(DOSED_H if now else QUIET_H, doses)
            size = len(found.edges_h) - 1
            on[:, pattern, :size], occupancy[:, pattern, :size] = found.on, found.occupancy
        return on, occupancy


def _saturating(relative: Values, steepness: Values | float) -> Values:
    raised = relative**steepness
    return np.asarray(raised / (1.0 + raised))
