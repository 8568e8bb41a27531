"""The frontier, how certain membership is, and means with their errors: small numbers by hand."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.policies.frontier import behind, frontier, on_frontier, rank_correlation
from holdfast.policies.outcomes import LEAST_WORLDS, ByWorld, by_world, number_of, share_of_worlds
from holdfast.policies.ranks import ranks

pytestmark = pytest.mark.story("HF-POL-005")
#                     stop  cheap  dear  worse than cheap, and dearer
WELL = np.array([20.0, 30.0, 40.0, 29.0])
SESSIONS = np.array([0.0, 5.0, 20.0, 6.0])
MG = np.array([0.0, 500.0, 1000.0, 400.0])


def test_a_policy_that_another_beats_in_everything_is_not_on_the_frontier() -> None:
    assert on_frontier(WELL, SESSIONS[None]).tolist() == [True, True, True, False]


def test_one_that_is_dearer_in_sessions_may_be_cheaper_in_dose() -> None:
    assert on_frontier(WELL, np.stack([SESSIONS, MG])).tolist() == [True] * 4


def test_the_frontier_can_go_red() -> None:
    """Weeks well and sessions taken for each other give another frontier."""
    assert on_frontier(SESSIONS, WELL[None]).tolist() != on_frontier(WELL, SESSIONS[None]).tolist()


def test_equals_stand_side_by_side() -> None:
    assert on_frontier(np.array([3.0, 3.0]), np.array([[1.0, 1.0]])).all()


def test_how_far_behind_a_policy_is() -> None:
    assert behind(WELL, SESSIONS[None]).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_membership_is_the_share_of_worlds() -> None:
    def of(values: list[list[float]]) -> ByWorld:
        return ByWorld(np.repeat(values, LEAST_WORLDS // 2, axis=1), np.zeros((2, LEAST_WORLDS)))

    found = frontier({
        "weeks_well": of([[10.0, 10.0], [11.0, 8.0]]),
        "treatment_sessions": of([[4.0, 4.0], [5.0, 5.0]]), "dose_mg": of([[4.0, 4.0], [5.0, 5.0]]),
    })  # fmt: skip
    assert found.share_on.tolist() == [1.0, 0.5]
    assert found.share_near.tolist() == [1.0, 0.5]
    assert found.on.tolist() == [True, False]


def test_fewer_worlds_than_an_interval_needs_tell_means_alone() -> None:
    """Of nine worlds no tenth lies beyond an end; of ten one world does, and the ends are told."""
    means = np.arange(LEAST_WORLDS, dtype=float)
    few, enough = (number_of(means[:count], np.zeros(count)) for count in (LEAST_WORLDS - 1, LEAST_WORLDS))
    assert few.mean == 4.0
    assert np.isnan([few.error, few.low, few.high]).all()
    assert (enough.mean, enough.low, enough.high) == (4.5, pytest.approx(0.9), pytest.approx(8.1))
    assert enough.error == pytest.approx(np.std(means, ddof=1) / np.sqrt(10))
    happens = np.array([[True] * LEAST_WORLDS, [False] * LEAST_WORLDS])
    assert np.isnan(share_of_worlds(happens[:, 1:])).all()
    assert share_of_worlds(happens).tolist() == [1.0, 0.0]


def test_worlds_in_which_nobody_is_at_risk_do_not_count_as_worlds() -> None:
    means = np.array([*np.arange(LEAST_WORLDS - 1, dtype=float), np.nan])
    found = number_of(means, np.zeros(LEAST_WORLDS))
    assert found.mean == 4.0
    assert np.isnan(found.low)


def test_the_interval_leaves_out_the_spread_that_few_patients_make() -> None:
    random = np.random.default_rng(1)
    truths = random.normal(10.0, 2.0, 4000)
    noisy = truths + random.normal(0.0, 3.0, 4000)
    found = number_of(noisy, np.full(4000, 9.0))
    assert found.low == pytest.approx(10.0 - 1.2816 * 2.0, abs=0.25)
    assert found.high == pytest.approx(10.0 + 1.2816 * 2.0, abs=0.25)
    plain = number_of(noisy, np.zeros(4000))
    assert plain.high - plain.low > 1.5 * (found.high - found.low)
    assert found.error == pytest.approx(np.sqrt(13.0 / 4000), rel=0.05)


def test_worlds_count_alike_however_many_patients_they_have() -> None:
    values = np.array([[1.0, 1.0, 1.0, 5.0]])
    found = by_world(values, np.array([0, 0, 0, 1]))
    assert found.number(0).mean == 3.0
    nobody = by_world(values, np.array([0, 0, 0, 1]), np.array([True, True, True, False]))
    assert nobody.number(0).mean == 1.0
    assert np.isnan(nobody.mean[0, 1])


def test_equals_share_the_mean_of_their_ranks() -> None:
    assert ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_rank_correlation_by_hand() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])) == pytest.approx(0.5)
    assert rank_correlation(np.array([1.0, 2.0]), np.array([4.0, 4.0])) is None
