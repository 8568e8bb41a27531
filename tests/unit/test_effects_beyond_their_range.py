"""Doses beyond every fit: tolerance takes no more than its share of what is there, and the answer says so."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.model.courses.event_courses import event_rows
from holdfast.model.effects import dissociation, drive, heart_rate, sedation
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.event_tables import Events
from holdfast.model.pharmacokinetics.fitted_range import beyond_fitted_range, effects_beyond_fitted_range
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.named_populations import named_population

MODEL = named_model("holdfast-1")
MINUTES = np.arange(0.0, 721.0)
DOSES = {
    "3,500 mg by vein": Dose("ketamine", "iv", 0.0, 3500.0, duration_h=40 / 60),
    "35 mg by vein": Dose("ketamine", "iv", 0.0, 35.0, duration_h=40 / 60),
    "84 mg by nose": Dose("esketamine", "nasal", 0.0, 84.0),
    "25 mg by mouth": Dose("ketamine", "oral", 0.0, 25.0),
    "25 mg under the tongue": Dose("ketamine", "sublingual", 0.0, 25.0),
}


def drives(dose: Dose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ceq, the drive on the mind, and the drive if tolerance were not bounded."""
    found = simulate(
        MODEL, regimen([dose]), covariates(), MINUTES / 60, followers=lambda p: drive.followers(MODEL, p)
    )  # fmt: skip
    states, of_ketamine = found.solution.of, drive.ng_per_ml_per_umol_per_l(MODEL)
    ceq, lagging = (of_ketamine @ states(name)[0] for name in (drive.EFFECT_SITE, drive.TOLERANCE))
    return ceq, drive.of_simulation(found, drive.MIND)[0], ceq - MODEL.value("tolerance_share") * lagging


@pytest.mark.story("HF-MOD-007")
@pytest.mark.parametrize("name", DOSES)
def test_tolerance_takes_at_most_its_share_and_leaves_every_peak_as_it_is(name: str) -> None:
    ceq, mind, unbounded = drives(DOSES[name])
    left = 1 - MODEL.value("tolerance_share")
    assert (mind >= left * ceq - 1e-9).all()
    assert mind.max() == unbounded.max() > 10
    assert mind.argmax() == unbounded.argmax()
    rising = ceq.argmax() >= MINUTES
    assert mind[rising] == pytest.approx(unbounded[rising])
    assert unbounded.min() < 0  # else this test would say nothing
    falling = mind[mind.argmax() :]
    assert (np.diff(falling) < 0).all(), "an effect that is gone does not come back"


@pytest.mark.story("HF-MOD-007")
def test_nobody_is_awake_at_four_hours_under_an_anaesthetic_level() -> None:
    ceq, mind, unbounded = drives(DOSES["3,500 mg by vein"])
    assert ceq[240] > 1000 > 0 > unbounded[240]  # without the bound: no dissociation, and wide awake
    assert dissociation.cadss(MODEL, mind[240:241])[0] > 20
    assert sedation.probability_below(MODEL, mind[240:241])[0] > 0.95


def test_a_course_from_a_table_shows_the_same() -> None:
    read = Events(regimen([DOSES["3,500 mg by vein"]]), (0.5, 4.0, 6.0))
    (rows,) = event_rows({"1": read}, MODEL, named_population(), seed=1, persons=20)
    at_h, sedated = rows["at_h"].reshape(20, 3), rows["sedation_probability"].reshape(20, 3)
    assert at_h[0].tolist() == [0.5, 4.0, 6.0]
    assert np.median(sedated[:, 1]) > 0.9
    assert np.median(rows["cadss"].reshape(20, 3)[:, 1]) > 5


def test_doses_beyond_what_effects_were_fitted_to_are_flagged() -> None:
    far, usual = regimen([DOSES["3,500 mg by vein"]]), regimen([DOSES["35 mg by vein"], DOSES["84 mg by nose"]])
    (said,) = effects_beyond_fitted_range(MODEL, far, 70.0)
    assert said.startswith(
        "50 mg/kg is beyond the 0.5 mg/kg of doses by vein that the acute effects of holdfast-1 were"
    )
    assert "heart rate has no ceiling" in said
    assert beyond_fitted_range(MODEL, far, 70.0) == [
        "50 mg/kg is beyond the 2 mg/kg of doses by vein that holdfast-1 was fitted to"
    ]
    assert effects_beyond_fitted_range(MODEL, usual, 70.0) == []
    assert effects_beyond_fitted_range(named_model("clements-1981"), far, 70.0) == []  # has no effects


def test_the_slope_of_heart_rate_is_below_the_published_anaesthetic_rise() -> None:
    """+43.5 % while 1,959 ng/mL is held (pk171), of any resting rate above 33 bpm."""
    given = regimen([Dose("esketamine", "iv", 0.0, 100.0, duration_h=60.0)])
    found = simulate(MODEL, given, covariates(), [60.0], followers=lambda p: drive.followers(MODEL, p))
    level = found.level_mg_per_l("ketamine", "arterial")[0, 0] * 1000
    rise = heart_rate.rise(MODEL, drive.of_simulation(found, drive.CIRCULATION)[0] * 1959 / level)[0]
    assert rise == pytest.approx(14.3, abs=0.3)
    assert rise / 0.435 < 35
