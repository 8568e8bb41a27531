"""The quick way from doses to the levels of mood agrees with the product's own solver, and with its score."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from holdfast.forecast.arithmetic import after, signalling
from holdfast.forecast.bodies import BODIES, FORGOTTEN_H, SEED, bodies
from holdfast.forecast.course_steps import edges
from holdfast.forecast.histories import (
    OWN,
    Setting,
    cascade,
    levels_of,
    lived,
    members,
    population,
    relative,
    shares_of,
)
from holdfast.forecast.mood_levels import Levels, Request
from holdfast.forecast.patient_file import Patient
from holdfast.model.assembly import equations
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood.individuals import individuals
from holdfast.model.mood.placebo import Care, placebo, weights
from holdfast.model.mood.score import removed, score
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.etas import omegas, scaled
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.population.random_numbers import Purpose, named_normal

INFUSION = Dose("ketamine", "iv", 0.0, dose_mg_per_kg=0.5, duration_h=2 / 3)
DEVICES = Dose("esketamine", "nasal", 0.0, dose_mg=84.0)
GIVEN = [(24.0 * day, kind) for day, kind in ((0, 0), (3, 0), (4, 1), (10, 1), (17, 0), (24, 0), (52, 1), (80, 0))]
TIMES = [2.0, 26.0, 71.0, 100.0, 244.0, 400.0, 576.0, 600.0, 1100.0, 1300.0, 1919.0, 1990.0, 2500.0]
PEOPLE = 24
PATIENT = Patient(today=110.0)


def levels(solver: Levels, state: np.ndarray, from_h: float, doses: list, reads: list) -> np.ndarray:
    """A, X and Z, (times, 3, people)."""
    return solver.lived(state, Request(from_h, doses, reads))[:, :3]


def by_the_solver(of: object) -> np.ndarray:
    """A, X and Z of the members from the solver one reads, (people, times, 3)."""
    model, made = population().model, cascade(population(), of)
    who = covariates([PATIENT.weight_kg] * BODIES, PATIENT.age_y).take(made.body)
    etas = scaled(model, {one: named_normal(SEED, Purpose.PERSON, one, 0, BODIES) for one in omegas(model)})
    doses = regimen(replace((INFUSION, DEVICES)[kind], at_h=hour) for hour, kind in GIVEN)
    same = Effects(weight="off")  # at the reference weight, where scaling by route or not is one
    entering = inputs(model, doses, who, same, etas.take(made.body))
    p = dispositions(model, who, doses.routes, same, etas.take(made.body))
    mood = {"kin": made.kin, "kA": made.ka, "kX": made.kx, "kout": made.kout, "kC": made.kc, "kZ": made.kz,
            "O50": made.o50, "gamma_occupancy": made.gamma}  # fmt: skip
    stretch, amounts = stretch_of(entering, TIMES[-1] + 1.0, tuple(TIMES))
    return PlainSolver(equations(model, p, entering.ka_per_h, mood=mood)).advance(stretch, amounts)[..., -3:]


@pytest.fixture(scope="module")
def of() -> object:
    return members(population(), PEOPLE, np.random.default_rng(5))


@pytest.fixture(scope="module")
def quick(of: object) -> np.ndarray:
    made = bodies(population().model, PATIENT, (INFUSION, DEVICES))
    solver = Levels(cascade(population(), of), made)
    return np.moveaxis(levels(solver, solver.start(), 0.0, GIVEN, TIMES), 2, 0)


@pytest.mark.story("HF-FOR-003")
def test_levels_agree_with_the_solver_of_the_product(of: object, quick: np.ndarray) -> None:
    by_solver = by_the_solver(of)
    assert by_solver.max() > 0.5
    assert np.abs(quick - by_solver).max() < 0.012
    assert np.abs(quick - by_solver).mean() < 0.002


@pytest.mark.story("HF-FOR-003")
def test_the_agreement_can_go_red(of: object) -> None:
    late = [(hour + 12.0, kind) for hour, kind in GIVEN]
    solver = Levels(cascade(population(), of), bodies(population().model, PATIENT, (INFUSION, DEVICES)))
    moved = np.moveaxis(levels(solver, solver.start(), 0.0, late, TIMES), 2, 0)
    assert np.abs(moved - by_the_solver(of)).max() > 0.1


def in_numpy(of: object) -> np.ndarray:
    """The same panels and formulas without machine code: doses one by one, nothing kept, (times, 3, people)."""
    made, bound = cascade(population(), of), bodies(population().model, PATIENT, (INFUSION, DEVICES))
    marks, state, found = edges(0.0, GIVEN, TIMES), (np.zeros(PEOPLE),) * 3, []
    for begin, end in itertools.pairwise(marks):
        half, drives = (end - begin) / 2, []
        for start in (begin, begin + half):
            nodes = start + half * np.array([0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5])
            acting = [(hour, kind) for hour, kind in GIVEN if end - FORGOTTEN_H < hour <= begin]
            s = sum((bound.binding(kind, nodes - hour) for hour, kind in acting), start=np.zeros((2, BODIES)))
            raised = ((s / (1.0 + s))[:, of.body] / made.o50) ** made.gamma
            drives.append((raised / (1.0 + raised)).mean(axis=0))
        known = signalling(half, made.kin, made.ka, drives, np.exp)
        state = after(state, end - begin, made, known, np.exp)
        if end in TIMES:
            found.append(np.stack(state))
    return np.stack(found)


@pytest.mark.story("HF-FOR-003")
def test_machine_code_computes_what_the_formulas_say(of: object, quick: np.ndarray) -> None:
    assert np.abs(np.moveaxis(in_numpy(of), 2, 0) - quick).max() < 1e-12


@pytest.mark.story("HF-FOR-003")
def test_plans_asked_together_are_the_plans_asked_alone(of: object) -> None:
    """What is kept between plans and calls changes nothing; nor does reading shares instead of levels."""
    people, own = population(), np.random.default_rng(8).standard_normal((len(OWN), PEOPLE))
    setting = Setting(bodies(people.model, PATIENT, (INFUSION, DEVICES)), {"hospital": True}, 0.5)
    kept, shares = levels_of(people, of, setting, keep=True), shares_of(people, of, setting, own)
    asked = [Request(0.0, GIVEN[:count], TIMES) for count in (8, 3, 5)]
    together = [*kept.shares(kept.start(), asked[:2], shares), *kept.shares(kept.start(), asked, shares)]
    for request, found in zip([*asked[:2], *asked], together, strict=True):
        alone = relative(people, of, setting, lived(people, of, setting, request.doses, TIMES), own)
        assert found == pytest.approx(alone, abs=1e-13)
    assert np.abs(together[0] - together[1]).max() > 0.05


@pytest.mark.story("HF-FOR-003")
def test_a_history_cut_in_two_is_the_same_history(of: object, quick: np.ndarray) -> None:
    solver = Levels(cascade(population(), of), bodies(population().model, PATIENT, (INFUSION, DEVICES)))
    first = levels(solver, solver.start(), 0.0, GIVEN, TIMES[:6])
    then = levels(solver, first[-1], TIMES[5], GIVEN, TIMES[6:])
    assert np.abs(np.moveaxis(then, 2, 0) - quick[:, 6:]).max() < 2e-3


@pytest.mark.story("HF-FOR-003")
def test_a_booster_for_some_is_a_dose_for_them_and_none_for_the_others(of: object) -> None:
    solver = Levels(cascade(population(), of), bodies(population().model, PATIENT, (INFUSION, DEVICES)))
    start = levels(solver, solver.start(), 0.0, GIVEN[:5], [500.0])[0]
    dosed = np.arange(PEOPLE) % 2 == 0
    mixed = solver.span_of_some(start, 500.0, 668.0, dosed, GIVEN[:5], (500.0, 0))
    with_dose = levels(solver, start, 500.0, [*GIVEN[:5], (500.0, 0)], [668.0])[0]
    without = levels(solver, start, 500.0, GIVEN[:5], [668.0])[0]
    assert np.abs(mixed - np.where(dosed, with_dose, without)).max() < 5e-3
    assert np.abs(with_dose - without).max() > 0.1


@pytest.mark.story("HF-FOR-003")
@pytest.mark.parametrize("care", [{}, {"open_label": False, "new_antidepressant": True, "hospital": True}])
def test_the_score_is_that_of_the_product(of: object, quick: np.ndarray, care: dict[str, bool]) -> None:
    people, own = population(), np.random.default_rng(8).standard_normal((len(OWN), PEOPLE))
    setting = Setting(bodies(people.model, PATIENT, (INFUSION, DEVICES)), care, 0.5)
    share = relative(people, of, setting, lived(people, of, setting, GIVEN, TIMES), own)
    for place in range(PEOPLE):
        drug, by_placebo, answer, gain, person = own[:, place]
        model = people.posterior.model(int(of.draw[place]), (drug, by_placebo), 0.5)
        draws = {"mood_kout": of.kout[place], "mood_answer": answer, "mood_gain": gain, "mood_placebo": person,
                 "mood_self_rating": 0.0}  # fmt: skip
        mood = individuals(model, {name: np.array([value]) for name, value in draws.items()})
        held, given = [hour for hour, _ in GIVEN], Care(**care)
        weight = weights(model, given, np.zeros((1, len(held))))
        gone = placebo(model, given, mood.placebo, TIMES, held, weight)
        levels = {name: quick[place, None, :, i] for i, name in enumerate("AXZ")}
        expected = score(30.0, gone, mood.gain[:, None] * removed(model, levels))[0]
        assert 30.0 * share[:, place] == pytest.approx(expected, abs=1e-9)
    assert share.min() < 0.6
