"""Statistics of the safety report against other ways: safety/goldens.json, made by the program beside it.

Exact fractions, SciPy's `stats`, a Poisson regression in matrices, NumPy's quantiles. Tolerance 1e-9, relative.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.registry.safety.acute import distribution
from holdfast.registry.safety.rates import Clustered, clustered_rate
from holdfast.statistics.intervals import chance_of_so_high_a_rate, chance_of_so_many, exact_rate, fewest_so_many

GOLDENS = json.loads((Path(__file__).parent / "safety" / "goldens.json").read_text(encoding="utf-8"))


def close(ours: float | None, theirs: float) -> None:
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-15)


@pytest.mark.story("HF-REG-050")
@pytest.mark.parametrize(
    "golden", [*GOLDENS["so_many"], *GOLDENS["of_a_million"]], ids=lambda g: f"{g['observed']} {g['reference']}"
)
def test_the_chance_of_so_many_is_that_of_exact_fractions(golden: dict[str, Any]) -> None:
    observed, reference = tuple(golden["observed"]), tuple(golden["reference"])
    close(chance_of_so_many(observed, reference), golden["chance"])
    if observed[0]:
        assert fewest_so_many(observed[1], reference, golden["chance"] * (1 + 1e-9)) == observed[0]


@pytest.mark.story("HF-REG-050")
@pytest.mark.parametrize("golden", GOLDENS["so_high"], ids=lambda g: f"{g['observed']} {g['reference']}")
def test_the_chance_of_so_high_a_rate_is_that_of_exact_fractions(golden: dict[str, Any]) -> None:
    close(chance_of_so_high_a_rate(tuple(golden["observed"]), tuple(golden["reference"])), golden["chance"])


@pytest.mark.story("HF-REG-050")
@pytest.mark.parametrize("golden", GOLDENS["rates"], ids=lambda g: f"{g['events']} in {g['exposure']}")
def test_exact_rates_are_those_of_chi_squared(golden: dict[str, Any]) -> None:
    found = exact_rate(golden["events"], golden["exposure"])
    close(found.low, golden["low"])
    close(found.high, golden["high"])


def sums(events: Any, exposure: Any) -> Clustered:
    e, t = np.array(events, dtype=object), np.array(exposure, dtype=object)
    return Clustered(len(e), t.sum(), (t * t).sum(), e.sum(), (e * e).sum(), (e * t).sum())


@pytest.mark.story("HF-REG-051")
@pytest.mark.parametrize("golden", GOLDENS["clustered"], ids=lambda g: f"seed {g['seed']}")
def test_clustered_intervals_are_those_of_a_poisson_regression(golden: dict[str, Any]) -> None:
    found = clustered_rate(sums(golden["events"], golden["exposure"]))
    for ours, theirs in zip((found.value, found.low, found.high), ("rate", "low", "high"), strict=True):
        close(ours, golden[theirs])


@pytest.mark.story("HF-REG-051")
def test_events_of_few_people_widen_the_clustered_interval_alone() -> None:
    """Sixty events: one a course in sixty courses, or all in three of sixty."""
    alone, few = sums([1] * 60, [10] * 60), sums([20] * 3 + [0] * 57, [10] * 60)
    exact = exact_rate(60, 600).ends
    assert (alone.events, alone.exposure) == (few.events, few.exposure)
    wide, narrow = clustered_rate(few).ends, clustered_rate(alone).ends
    assert wide[1] - wide[0] > 4 * (exact[1] - exact[0]) > 4 * (narrow[1] - narrow[0])


@pytest.mark.story("HF-REG-051")
@pytest.mark.parametrize(
    "spoilt",
    [
        Clustered(2, 0, 0, 3, 3, 3),
        Clustered(2, 4, 10, -1, 1, 1),
        Clustered(2, 4, 10, 3, 2, 6),
        Clustered(1, 9, 10, 0, 0, 0),
    ],
)
def test_sums_that_cannot_be_are_refused(spoilt: Clustered) -> None:
    with pytest.raises(InputError, match=r"cannot be|can have|without exposure"):
        clustered_rate(spoilt)


@pytest.mark.parametrize("golden", GOLDENS["quantiles"], ids=lambda g: f"{len(g['values'])} values")
def test_quantiles_mean_and_sd_of_counted_values_are_those_of_numpy(golden: dict[str, Any]) -> None:
    found = distribution(Counter(golden["values"]))
    assert [found.p5, found.p25, found.median, found.p75, found.p95] == golden["at"]
    close(found.mean, golden["mean"])
    assert found.sd is None if golden["sd"] is None else found.sd == pytest.approx(golden["sd"], rel=1e-12)
    assert found.n == len(golden["values"])
