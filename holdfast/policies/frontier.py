"""The frontier: policies to which no other is at least as good in weeks well, treatment sessions and dose at once.

Found in the means over worlds, and in each world by itself: the share of worlds in which a policy is on it says how
certain that is. Policies that do nearly the same take turns there; so it is also said in how many worlds a policy is
near the frontier: none with no more sessions and no more dose has `near_weeks` more weeks well (forecast_choices.csv).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.choices import choice
from holdfast.policies import living
from holdfast.policies.compare import Compared, Lived
from holdfast.policies.outcomes import ByWorld, measured, share_of_worlds
from holdfast.policies.ranks import ranks
from holdfast.policies.sensitivity import unmoved
from holdfast.policies.worlds import Variant

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
GAINED, COSTS = "weeks_well", ("treatment_sessions", "dose_mg")


def near_weeks() -> float:
    """A policy is near the frontier where none that costs no more has more weeks well than this above its own."""
    return choice("near_frontier", "weeks")


def on_frontier(gained: Values, costs: Values) -> Flags:
    """Which policies no other dominates: `gained` (policies,), `costs` (kinds of cost, policies)."""
    cheap = (costs[:, :, None] <= costs[:, None, :]).all(axis=0)  # [q, p]: q costs no more than p
    cheaper = (costs[:, :, None] < costs[:, None, :]).any(axis=0)
    better, as_good = gained[:, None] > gained[None, :], gained[:, None] >= gained[None, :]
    return np.asarray(~(cheap & as_good & (cheaper | better)).any(axis=0))


def behind(gained: Values, costs: Values) -> Values:
    """How much more is gained, at most, by a policy that costs no more: 0 on the frontier, (policies,)."""
    cheap = (costs[:, :, None] <= costs[:, None, :]).all(axis=0)
    return np.asarray(np.where(cheap, gained[:, None] - gained[None, :], 0.0).max(axis=0))


@dataclass(frozen=True)
class Frontier:
    """Which policies are on the frontier of the means, and in what share of worlds on it and near it (or NaN)."""

    on: Flags
    share_on: Values
    share_near: Values


def frontier(found: Mapping[str, ByWorld]) -> Frontier:
    """From measures by policy and world."""
    gained, costs = _means(found)
    worlds = found[GAINED].mean.shape[1]
    each = [
        (found[GAINED].mean[:, world], np.stack([found[name].mean[:, world] for name in COSTS]))
        for world in range(worlds)
    ]
    return Frontier(
        on_frontier(gained, costs),
        share_of_worlds(np.stack([on_frontier(*one) for one in each], axis=-1)),
        share_of_worlds(np.stack([behind(*one) <= near_weeks() for one in each], axis=-1)),
    )


def _means(found: Mapping[str, ByWorld]) -> tuple[Values, Values]:
    return found[GAINED].mean.mean(axis=1), np.stack([found[name].mean.mean(axis=1) for name in COSTS])


@dataclass(frozen=True)
class Shift:
    """A rerun beside the comparison on the same patients: how alike the order is, who enters and leaves."""

    variant: Variant
    rank_correlation: float | None  # of weeks well over policies; None where they do not differ
    entered: tuple[str, ...]
    left: tuple[str, ...]
    still_near: float  # share of the frontier before that is near the frontier of the rerun
    spread_weeks: float  # between the policies with most and fewest weeks well

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "variant": self.variant.name, "words": self.variant.words, "rank_correlation": self.rank_correlation,
            "entered_frontier": list(self.entered), "left_frontier": list(self.left),
            "share_of_frontier_still_near": self.still_near, "spread_weeks_well": self.spread_weeks,
        }  # fmt: skip


def shifts(of: Compared) -> tuple[Shift, ...]:
    """Every rerun."""
    some = of.lived.in_variants
    if not of.variants or not some.any():
        return ()
    before = measured(_of_some(of.lived, some, of.lived.outcomes[:, some]), of.programme)
    return tuple(_shift(of, one, before) for one in of.variants)


def _of_some(of: Lived, some: Flags, outcomes: NDArray[np.int16]) -> Lived:
    return Lived(outcomes, of.world[some], of.weight_kg[some], of.at_risk[some], {}, {})


def _shift(of: Compared, variant: Variant, before: Mapping[str, ByWorld]) -> Shift:
    after = measured(_of_some(of.lived, of.lived.in_variants, of.lived.variants[variant.name]), of.programme)
    names = [one.name for one in of.programme.policies]
    was, now = on_frontier(*_means(before)), on_frontier(*_means(after))
    near = behind(*_means(after)) <= near_weeks()
    weeks, then = _means(before)[0], _means(after)[0]
    return Shift(
        variant, rank_correlation(weeks, then),
        tuple(name for name, old, new in zip(names, was, now, strict=True) if new and not old),
        tuple(name for name, old, new in zip(names, was, now, strict=True) if old and not new),
        float(near[was].mean()), float(then.max() - then.min()),
    )  # fmt: skip


def rank_correlation(first: Values, second: Values) -> float | None:
    """Spearman's; None where one of them does not differ over policies."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def checks_in(of: Compared) -> Values:
    """Check-ins answered, the mean of each policy, (policies,)."""
    return np.asarray(of.lived.outcomes[:, :, living.CHECKED].mean(axis=1), dtype=float)


def not_rerun(of: Compared) -> list[str]:
    """Parameters hardly known from the data that say nothing in this programme."""
    return unmoved(of.programme)
