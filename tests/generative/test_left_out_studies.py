"""A study left out by weights, against the exact answer where there is one; its own effects, by their variance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from calibration.mood import left_out as room
from calibration.mood.left_out import LeftOut, effects, left_out
from calibration.mood.sampling import Draws, Studies
from calibration.mood.scoring import _points
from calibration.mood.stages import Sizes

pytestmark = pytest.mark.story("HF-EVD-040")
ONE, OTHER = -0.4, 1.1  # the numbers of two studies, each the truth and an error of SD 1
STUDIES = Studies(("a", "b", "c"), np.array([-1, 0, 0]), np.array([0, 1, 2]), np.array([0.5, -0.5, 0.5]))


def draws(count: int, tau: float = 1.0, racemate: float = 0.0) -> Draws:
    """Posterior draws of a truth of prior N(0, 1), by both numbers."""
    random = np.random.default_rng(3)
    z = (ONE + OTHER) / 3 + random.normal(size=(count, 1)) / np.sqrt(3)
    return Draws(
        z, np.full((count, 3), tau), np.full(count, racemate), np.zeros((count, 3, 2)),
        random.normal(size=(count, 1, 2)), 4, 0, np.zeros((count, 3)),
    )  # fmt: skip


def test_a_study_left_out_by_weights_has_its_exact_density(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(emulator: Any, these: Any, studies: Any, by: Draws, study: str) -> np.ndarray:
        return np.asarray(norm(by.z[:, 0], 1).logpdf(OTHER))

    monkeypatch.setattr(room, "integrated", known)
    nothing: Any = None
    found = left_out(nothing, nothing, STUDIES, draws(8_000), "b", None, 1)
    assert found.log_density == pytest.approx(norm(ONE / 2, np.sqrt(1.5)).logpdf(OTHER), abs=0.05)
    assert np.exp(found.log_weights) @ found.draws.z[:, 0] == pytest.approx(ONE / 2, abs=0.05)
    assert 0 < found.error < 0.05
    assert found.pareto_k < 0.7
    assert not found.sampled_anew


@pytest.mark.parametrize("place", [0, 1])
def test_effects_of_a_study_have_the_variance_of_studies_in_a_group_or_alone(place: int) -> None:
    normal = np.random.default_rng(4).normal(size=(64, 2))
    found = effects(draws(2_000, tau=0.7, racemate=2.0), STUDIES, place, normal)
    assert found.std(axis=(0, 1)) == pytest.approx([0.7, 0.7], rel=0.1)
    assert found.mean(axis=(0, 1)) == pytest.approx([2.0 * STUDIES.racemate[place], 0.0], abs=0.15)


def test_draws_are_taken_as_often_as_they_weigh() -> None:
    by = draws(4)
    weights = np.array([0.5, 0.25, 0.125, 0.125])
    one = LeftOut("a", by, np.log(weights), 0.0, 0.0, 0.1, sampled_anew=False)
    calibrated: Any = SimpleNamespace(draws=by, studies=STUDIES)
    points = _points(calibrated, one, "a", Sizes(predicted=64))
    taken = [sum(float(point.z[0]) == float(z[0]) for point in points) for z in by.z]
    assert taken == [32, 16, 8, 8]
    assert len({float(point.shifts[0]) for point in points}) == 64
