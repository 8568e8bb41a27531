"""The front door for Python: few calls, arrays of told shapes, the numbers of the rooms behind it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from holdfast.errors import InputError, UnknownNameError
from holdfast.model import simulate
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics import simulation
from holdfast.model.pharmacokinetics.simulation import simulate as solved
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.profile_spread import population_profiles

NASAL = simulate.doses("esketamine", "nasal", dose_mg=56)
INFUSION = simulate.doses("ketamine", "iv", dose_mg_per_kg=0.5, duration_min=40)
FAR = simulate.doses("ketamine", "iv", dose_mg=350, duration_min=40)


def test_importing_it_loads_no_numerics() -> None:
    heavy = ("numpy", "scipy", "numba", "llvmlite", "matplotlib", "duckdb", "jax")
    code = f"import sys, holdfast.model.simulate; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_person_has_the_published_profile() -> None:
    found = simulate.profile(NASAL, simulate.person(weight_kg=70))
    assert found.substance == "esketamine"
    assert found.cmax_ng_per_ml == pytest.approx([73], rel=0.02)
    assert found.auc_ng_h_per_ml == pytest.approx([255], rel=0.02)
    assert simulate.profile(INFUSION).cmax_ng_per_ml == pytest.approx([185], rel=0.03)
    assert simulate.profile(NASAL, model="perez-ruixo-2021").cmax_ng_per_ml == pytest.approx([72.5], rel=0.04)


@pytest.mark.story("HF-MOD-013")
def test_virtual_patients_have_the_levels_and_profiles_of_the_rooms_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    people, times = simulate.virtual_patients(7, seed=3), np.array([0.5, 1.0, 6.0])
    twice = simulate.doses("esketamine", "nasal", dose_mg=56, at_h=(0, 4))
    behind = solved(named_model(), twice, people.who, times, etas=people.etas_on([0, 1]))
    expected = behind.level_mg_per_l("noresketamine", "venous") * 1000
    monkeypatch.setattr(simulation, "_STATES_AT_ONCE", 200)  # two people at once
    found = simulate.levels(twice, times, people, substance="noresketamine")
    assert found.shape == (7, 3)
    assert found == pytest.approx(expected, rel=1e-12)
    assert found.max() > 40
    assert np.ptp(found[:, 1]) > 10
    profile = simulate.profile(NASAL, people)
    (same,) = population_profiles(
        named_model(), NASAL, named_population("trd-adults"), ["esketamine"], patients=7, seed=3
    )
    assert profile.cmax_ng_per_ml == pytest.approx(same.cmax_ng_per_ml, rel=1e-12)


def test_each_dose_of_ones_own_is_a_treatment_session_of_its_own() -> None:
    """Two months apart nothing is left of the first, so that only the occasion tells the two apart."""
    apart_h, ends_h = 24.0 * 60, 40 / 60
    given = simulate.doses("ketamine", "iv", dose_mg_per_kg=0.5, duration_min=40, at_h=(0, apart_h))
    found = simulate.course_of_doses(given, [ends_h, apart_h + ends_h], patients=200, seed=1)["sbp_rise_mmhg"]
    omega = named_model().value("SBP_occasion", "occasion_omega", unit="SD log")
    assert np.log(found[:, 1] / found[:, 0]).std() == pytest.approx(2**0.5 * omega, rel=0.15)
    assert omega > 0.1


def test_a_course_is_that_of_its_plan() -> None:
    found = simulate.course("iv-racemic", patients=20, days=20, seed=1, attendance="realistic")
    plan = CoursePlan("iv-racemic", patients=20, days=20, seed=1, attendance="realistic")
    expected = simulate_batch(plan, 0, 20)
    assert found.values["madrs_true"].shape == (20, 20)
    assert found.values["madrs_true"].tobytes() == expected.values["madrs_true"].tobytes()
    assert found.known("treatment_session").sum() > 20


def test_a_course_of_doses_gives_levels_effects_and_mood_by_name() -> None:
    found = simulate.course_of_doses(INFUSION, [0.0, 2 / 3, 4.0, 24.0], patients=30, seed=1)
    people = simulate.virtual_patients(30, seed=1)
    venous = simulate.levels(INFUSION, [0.0, 2 / 3, 4.0, 24.0], people)
    assert found["venous_ng_per_ml"] == pytest.approx(venous, rel=1e-6, abs=1e-6)
    assert {name: values.shape for name, values in found.items()} == dict.fromkeys(found, (30, 4))
    assert 3 < found["cadss"][:, 1].mean() < 15
    assert found["cadss"][:, 0].max() == 0
    assert found["madrs"][:, 3].mean() < found["madrs"][:, 0].mean() - 3


def test_no_level_is_below_zero_where_a_bolus_is_read_at_once() -> None:
    bolus = simulate.doses("ketamine", "iv", dose_mg=35, at_h=(0, 24))
    found = simulate.course_of_doses(bolus, [0, 24, 24.5], patients=3, seed=1)
    for name in ("arterial_ng_per_ml", "venous_ng_per_ml", "norketamine_ng_per_ml"):
        assert (found[name] >= 0).all(), name
    assert (found["arterial_ng_per_ml"][:, :2] > 500).all()  # the bolus has just come
    assert found["venous_ng_per_ml"][:, 0] == pytest.approx(np.zeros(3))  # and the vein does not know of it yet


@pytest.mark.parametrize(
    ("times", "says"),
    [([24.0, 1.0], "fall"), ([np.inf], "not a finite"), ([1.0, np.nan], "not a finite"), ([], "no output times")],
)
def test_times_at_which_nothing_can_be_read_are_refused(times, says) -> None:
    for ask in (
        lambda: simulate.levels(NASAL, times),
        lambda: simulate.course_of_doses(NASAL, times, patients=1, seed=1),
    ):
        with pytest.raises(InputError, match=says):
            ask()


def test_doses_beyond_the_fitted_range_are_answered_with_a_warning() -> None:
    with pytest.warns(simulate.BeyondFittedRange, match="5 mg/kg is beyond the 2 mg/kg of doses by vein") as said:
        assert simulate.levels(FAR, [0.5])[0, 0] > 500
    assert said[0].filename == __file__
    with pytest.warns(simulate.BeyondFittedRange) as said:
        simulate.course_of_doses(FAR, [0.5], patients=1, seed=1)
    assert any("acute effects" in str(one.message) for one in said)


def test_what_cannot_be_asked_is_refused_in_a_sentence() -> None:
    people = simulate.virtual_patients(2, seed=1, model="holdfast-start")
    with pytest.raises(InputError, match="are of model holdfast-start, not of holdfast-1"):
        simulate.levels(NASAL, [1.0], people, model="holdfast-1")
    both = simulate.regimen([*NASAL.doses, *INFUSION.doses])
    with pytest.raises(InputError, match="say which substance: these doses are of esketamine and ketamine"):
        simulate.levels(both, [1.0])
    with pytest.raises(InputError, match="the population is empty"):
        simulate.virtual_patients(0, seed=1)
    with pytest.raises(InputError, match="weight_kg is 0"):
        simulate.person(weight_kg=0)
    with pytest.raises(UnknownNameError, match="trd-adults"):
        simulate.virtual_patients(1, seed=1, population="trd-adlts")
