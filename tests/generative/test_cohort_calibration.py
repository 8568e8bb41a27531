"""Forecasts of simulated people of the NIMH design cover their truth, and know something that rivals do not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from holdfast.forecast.cohort import OURS
from holdfast.forecast.cohort_checks import judged, simulated_cohort
from holdfast.forecast.cohort_people import read_design
from holdfast.forecast.scoring import coverage, crps, held
from tests.gates.repository import ROOT

DESIGN = ROOT / "docs" / "examples" / "cohort" / "nimh-trial.json"
PEOPLE, SEED = 60, 7


@pytest.mark.slow
@pytest.mark.story("HF-FOR-040")
def test_simulated_people_lie_in_their_intervals_as_often_as_these_hold() -> None:
    design = read_design(json.loads(DESIGN.read_text(encoding="utf-8")))
    cohort, later = simulated_cohort(design, PEOPLE, day=10.0, used=(0.0, 2.0), seed=SEED)
    found = judged(cohort, later, seed=SEED)
    chances, came = found[OURS]
    for share, one in coverage(chances, came).items():
        q = float(held(chances, float(share) / 100).mean())
        assert abs(one["share"] - q) < 3.5 * np.sqrt(q * (1 - q) / PEOPLE), share
    ours = float(crps(chances, came).mean())
    assert ours < 0.9 * float(crps(*found["population"]).mean())
    assert ours < float(crps(*found["last value"]).mean())
    of_others = np.roll(chances, 1, axis=0)
    assert float(crps(of_others, came).mean()) > 1.2 * ours, "the red twin: forecasts of the wrong people"
