"""Expected ranges: people who differ more give a wider range, and the share named is the share that lies inside."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.model.changed_models import with_values
from holdfast.model.effects.drive import CIRCULATION, followers, of_simulation
from holdfast.model.expected_range import Asked, expected_range
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.random_numbers import Purpose, named_normal
from holdfast.model.population.virtual_patients import virtual_patients

INFUSION = Asked("ketamine", "iv", 35.0, 40.0, weight_kg=70.0, age_y=45.0, sbp_mmhg=124.0, dbp_mmhg=78.0)
AT_40 = 8


@pytest.mark.story("HF-SES-032")
@settings(max_examples=8, deadline=None)
@given(wider=st.floats(1.3, 2.0))
def test_people_who_differ_more_give_a_wider_range(wider: float) -> None:
    model = named_model()
    omega = model.value("SBP_person", "omega", unit="SD log")
    changed = with_values(model, {"SBP_person": wider * omega}, "omega")
    noisier = with_values(model, {"SBP_noise": wider * model.value("SBP_noise", "sigma", unit="SD mmHg")}, "sigma")
    usual, spread, noisy = (
        expected_range(INFUSION, model=one, people=800).bands["sbp_mmhg"].outer[AT_40]
        for one in (model, changed, noisier)
    )
    assert spread[1] - spread[0] > usual[1] - usual[0]
    assert noisy[1] - noisy[0] > 1.15 * (usual[1] - usual[0])


@settings(max_examples=8, deadline=None)
@given(dose_mg=st.floats(10, 60), weight_kg=st.floats(45, 130), seed=st.integers(1, 10_000))
def test_nine_in_ten_readings_of_other_people_lie_inside(dose_mg: float, weight_kg: float, seed: int) -> None:
    """Readings made by another way: other people, levels by the same equations, effects written out anew."""
    asked = replace(INFUSION, dose_mg=dose_mg, weight_kg=weight_kg)
    low, high = expected_range(asked, people=2000).bands["sbp_mmhg"].outer[AT_40]
    readings = written_out(asked, seed, 2000)
    assert np.mean((readings >= low) & (readings <= high)) == pytest.approx(0.9, abs=0.035)


def written_out(asked: Asked, seed: int, count: int) -> np.ndarray:
    """Systolic readings at 40 min of other people, by the formulas of docs/explanation/simulator.md."""
    model = named_model()
    people = virtual_patients(model, named_population(), seed=seed, count=count, first=50_000)
    who = replace(people.who, weight_kg=np.full(count, asked.weight_kg), age_y=np.full(count, asked.age_y))
    done = simulate(model, asked.given, who, [40 / 60], etas=people.etas_on([0]), followers=partial(followers, model))
    drive = np.maximum(of_simulation(done, CIRCULATION)[:, 0], 0)
    typical = model.value("SBP_Emax", unit="mmHg") * drive / (model.value("SBP_EC50", unit="ng/mL") + drive)

    def normal(name: str) -> np.ndarray:
        return named_normal(seed + 1, Purpose.PERSON, name, 0, count)

    between = (
        model.value("SBP_person", "omega", unit="SD log"),
        model.value("SBP_occasion", "occasion_omega", unit="SD log"),
    )
    factor = np.prod([np.exp(sd * normal(f"a{i}") - sd**2 / 2) for i, sd in enumerate(between)], axis=0)
    return asked.sbp_mmhg + typical * factor + model.value("SBP_noise", "sigma", unit="SD mmHg") * normal("noise")
