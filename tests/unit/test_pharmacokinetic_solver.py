"""The exact solver against SciPy's, at the corners: equal rates, overlaps, resets, doses at output times."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.linalg import expm

from holdfast.errors import InputError
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.compartments import INTO_CENTRAL, INTO_LIVER, INTO_NORKETAMINE, system
from holdfast.model.pharmacokinetics.covariates import Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen, repeated
from holdfast.model.pharmacokinetics.individual import Disposition, dispositions
from holdfast.model.pharmacokinetics.matrix_exponential import exponential
from holdfast.model.pharmacokinetics.reference_solver import STATES, reference
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.pharmacokinetics.solver import solve

START = named_model("holdfast-start")
GUT_WALL = named_model("holdfast-1")  # has norketamine from the gut wall
OFF = Effects(weight="off")
EVERY_ROUTE = [
    Dose("esketamine", "nasal", 0, 84), Dose("ketamine", "oral", 1, 35), Dose("ketamine", "im", 1.5, 20),
    Dose("ketamine", "sc", 2, 20), Dose("ketamine", "sublingual", 3, 25), Dose("arketamine", "iv", 4, 10),
    Dose("ketamine", "iv", 5, 35, duration_h=2 / 3),
]  # fmt: skip
INFUSION = Dose("ketamine", "iv", 0, 35, duration_h=2 / 3)
TIMES = np.unique(np.concatenate([np.linspace(0, 12, 49), [2 / 3, 1 / 6, 24.0, 72.0]]))
CORNERS = {
    "every route": (EVERY_ROUTE, (), TIMES),
    "dose at an output time": ([INFUSION, Dose("ketamine", "iv", 1, 10)], (), TIMES),
    "output at the end of an infusion": ([INFUSION], (), np.array([2 / 3])),
    "overlapping infusions": ([INFUSION, Dose("ketamine", "iv", 0.3, 20, duration_h=1.0)], (), TIMES),
    "no dose": ([], (), TIMES),
    "day 168": ([Dose("ketamine", "iv", 168 * 24, 35, duration_h=2 / 3)], (), 168 * 24 + TIMES),
    "100 doses": (repeated(INFUSION, every_h=12, additional=99), (), np.array([0.5, 600, 1188.5, 1200])),
    "reset in an infusion": ([INFUSION, Dose("ketamine", "im", 2, 30)], (0.5, 2.0), TIMES),
}


def error(exact, checked) -> float:
    """Largest difference over the largest value."""
    top = np.abs(checked).max()
    return float(np.abs(exact - checked).max() / top) if top else float(np.abs(exact).max())


@pytest.mark.story("HF-MOD-001")
@pytest.mark.parametrize("name", CORNERS)
@pytest.mark.parametrize("enantiomer", [0, 1], ids=["S", "R"])
def test_every_state_agrees_with_the_reference(name: str, enantiomer: int) -> None:
    doses, resets, times = CORNERS[name]
    found = simulate(START, regimen(doses, resets), covariates(), times, effects=OFF)
    checked = reference(found.body.p, found.given, times.tolist(), enantiomer=enantiomer)
    for state in found.body.system.names:
        assert error(found.solution.of(state)[0, enantiomer], checked[state]) < 1e-9, state


@pytest.mark.story("HF-MOD-009")
@pytest.mark.parametrize("enantiomer", [0, 1], ids=["S", "R"])
def test_norketamine_from_the_gut_wall_agrees_with_the_reference(enantiomer: int) -> None:
    found = simulate(GUT_WALL, regimen(EVERY_ROUTE), covariates(), TIMES, effects=OFF)
    checked = reference(found.body.p, found.given, TIMES.tolist(), enantiomer=enantiomer)
    assert {"swallowed_gut_wall", "oral_gut_wall"} < set(found.body.system.names)
    for state in found.body.system.names:
        assert error(found.solution.of(state)[0, enantiomer], checked[state]) < 1e-9, state


@pytest.mark.parametrize("name", ["perez-ruixo-2021", "domino-1984", "clements-1981"])
def test_every_named_model_agrees_with_the_reference(name: str) -> None:
    model = named_model(name)
    doses = [Dose(drug, "iv", 0, 30, duration_h=0.5) for drug in model.row["drugs"]]
    found = simulate(model, regimen(doses), covariates(82), TIMES)
    checked = reference(found.body.p, found.given, TIMES.tolist())
    for state in found.body.system.names:
        assert error(found.solution.of(state)[0, 0], checked[state]) < 1e-9, state


@pytest.mark.story("HF-MOD-001")
@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-9, 1e-7, 1e-5])
def test_rates_that_are_equal_or_nearly_so_lose_no_digit(apart: float) -> None:
    """Absorption, both metabolites and the venous level share one rate: a fourfold root."""
    one = np.full((1, 2), 1.0)
    p = Disposition(
        Vc=10 * one, Q1=20 * one, Vp1=30 * one, Qh=40 * one, Vh=8 * one, CLint=60 * one, fNK=0.75 * one,
        Vn=10 * one, CLn=10 * one * (1 + apart), fHNK=0.6 * one, Vhnk=10 * one, CLhnk=10 * one * (1 - apart),
        kv=one * (1 + 2 * apart),
    )  # fmt: skip
    given = inputs(START, regimen([Dose("ketamine", "im", 0, 30)]), covariates())
    given.ka_per_h["muscle"] = 1.0
    found = solve(system(p, given.ka_per_h), given, TIMES)
    checked = reference(p, given, TIMES.tolist())
    for state in found.system.names:
        assert error(found.of(state)[0, 0], checked[state]) < 1e-9, state


@pytest.mark.story("HF-MOD-001")
@pytest.mark.parametrize("seed", range(8))
def test_bodies_far_from_the_typical_one_agree_with_the_reference(seed: int) -> None:
    """Every volume, flow and rate times a random factor, mostly between a fifth and five."""
    random = np.random.default_rng([20261121, seed])
    doses = regimen([INFUSION, Dose("ketamine", "im", 5, 30)])
    given = inputs(START, doses, covariates())
    typical = dispositions(START, covariates(), {"iv", "im"})
    shares = ("fNK", "fHNK")
    factors = {
        field.name: getattr(typical, field.name) * np.exp(random.normal(0, 0 if field.name in shares else 0.8, (1, 2)))
        for field in fields(typical)
        if getattr(typical, field.name) is not None
    }
    p = replace(typical, **factors)
    found = solve(system(p, given.ka_per_h), given, TIMES)
    checked = reference(p, given, TIMES.tolist(), enantiomer=seed % 2)
    for state in found.system.names:
        assert error(found.of(state)[0, seed % 2], checked[state]) < 1e-8, state


def test_the_exponential_is_that_of_scipy_and_never_negative() -> None:
    random = np.random.default_rng(20261121)
    rates = random.exponential(2.0, (20, 6, 6)) * (random.random((20, 6, 6)) < 0.5)
    for matrix in rates:
        np.fill_diagonal(matrix, 0.0)
        np.fill_diagonal(matrix, -matrix.sum(axis=0) - 0.1)
    for h in (1e-9, 0.01, 1.0, 30.0, 5000.0):
        found = exponential(rates, h)
        assert (found >= 0).all()
        assert found == pytest.approx(np.array([expm(matrix * h) for matrix in rates]), rel=1e-9, abs=1e-13)


def test_huge_and_tiny_rates_over_half_a_year_stay_exact() -> None:
    """One compartment in two names: A loses 2000 per h into B, B loses 1e-5 per h."""
    rates = np.array([[-2000.0, 0.0], [2000.0, -1e-5]])
    found = exponential(rates, 24 * 183.0)
    assert found[1, 0] == pytest.approx(2000 / (2000 - 1e-5) * np.exp(-1e-5 * 24 * 183), rel=1e-8)
    assert found[0, 0] == 0


def test_a_batch_gives_what_each_patient_gives_alone() -> None:
    weights, ages = [48.0, 70.0, 131.0], [25.0, 64.0, 80.0]
    dose = regimen([Dose("ketamine", "iv", 0, dose_mg_per_kg=0.5, duration_h=2 / 3)])
    together = simulate(START, dose, covariates(weights, ages), TIMES).level_mg_per_l("norketamine")
    for i in range(3):
        alone = simulate(START, dose, covariates(weights[i], ages[i]), TIMES).level_mg_per_l("norketamine")
        assert together[i] == pytest.approx(alone[0], rel=1e-12, abs=1e-18)


@pytest.mark.story("HF-MOD-002")
@pytest.mark.parametrize("drug", ["ketamine", "esketamine", "arketamine"])
def test_what_was_absorbed_is_in_the_body_or_has_left_it(drug: str) -> None:
    given = regimen([Dose(drug, "iv", 0, 35, duration_h=2 / 3), Dose(drug, "im", 2, 20)])
    found = simulate(START, given, covariates(), TIMES)
    bodies = sum(found.solution.of(name) for name in found.body.system.names if name != "venous")
    for enantiomer in (0, 1):
        left = reference(found.body.p, found.given, TIMES.tolist(), enantiomer=enantiomer)["eliminated"]
        entered = sum(b.amount_umol[0, enantiomer] * (b.at_h <= TIMES) for b in found.given.boluses)
        for item in found.given.constant:
            share = np.clip((TIMES - item.start_h) / (item.end_h - item.start_h), 0, 1)
            entered = entered + item.amount_umol[0, enantiomer] * share
        assert bodies[0, enantiomer] + left == pytest.approx(entered, abs=1e-8)


@pytest.mark.story("HF-MOD-009")
@pytest.mark.parametrize("route", ["oral", "sublingual", "nasal"])
def test_what_was_swallowed_is_in_the_body_or_has_left_it_or_was_lost_in_the_gut(route: str) -> None:
    """Every umol of the dose: what enters is the dose less the share that the gut wall keeps for good."""
    drug, dose_mg = ("esketamine", 84) if route == "nasal" else ("ketamine", 35)
    found = simulate(GUT_WALL, regimen([Dose(drug, route, 0, dose_mg)]), covariates(), TIMES)
    bodies = sum(found.solution.of(name) for name in found.body.system.names if name != "venous")
    left = reference(found.body.p, found.given, TIMES.tolist())["eliminated"]
    amounts = dict.fromkeys(found.body.system.names, 0.0)
    for item in [*found.given.boluses, *found.given.constant]:
        amounts[item.compartment] += item.amount_umol[0, 0]
    passed = amounts.get("oral", 0.0) + amounts.get("swallowed", 0.0)
    turned = amounts.get("oral_gut_wall", 0.0) + amounts.get("swallowed_gut_wall", 0.0)
    passing, turning = GUT_WALL.value("Fgut"), GUT_WALL.value("fgNK")
    lost = passed / passing * (1 - passing) * (1 - turning)
    assert turned == pytest.approx(passed / passing * (1 - passing) * turning)
    assert turned > 1.0
    assert (bodies[0, 0] + left)[-1] + lost == pytest.approx(found.given.given_umol[0][1][0, 0], rel=1e-8)
    assert (bodies[0, 0] + left)[TIMES >= 1] == pytest.approx(sum(amounts.values()), rel=1e-8)


def test_the_area_is_the_integral_of_the_level() -> None:
    times = np.linspace(0, 24, 24 * 600 + 1)
    found = simulate(START, regimen([Dose("esketamine", "nasal", 0, 56)]), covariates(), times)
    for substance in ("esketamine", "noresketamine"):
        level = found.level_mg_per_l(substance)[0]
        assert found.area_mg_h_per_l(substance)[0, -1] == pytest.approx(np.trapezoid(level, times), rel=1e-5)


@pytest.mark.parametrize(
    ("times", "says"),
    [([], "no output times"), ([0, float("nan")], "not a finite"), ([0, 2, 1], "fall"), ([float("inf")], "finite")],
)
def test_times_that_cannot_be_are_refused(times: list[float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        simulate(START, regimen([INFUSION]), covariates(), times)


def test_areas_across_a_reset_are_refused() -> None:
    found = simulate(START, regimen([INFUSION], [5.0]), covariates(), TIMES)
    with pytest.raises(InputError, match="reset"):
        found.area_mg_h_per_l("ketamine")


def test_the_reference_is_written_of_its_own() -> None:
    """Its states are named, so that a compartment forgotten there cannot pass for agreement."""
    p = dispositions(START, covariates(), {"iv"})
    assert set(system(p, dict.fromkeys((*INTO_CENTRAL, *INTO_LIVER, *INTO_NORKETAMINE), 1)).names) <= set(STATES)
