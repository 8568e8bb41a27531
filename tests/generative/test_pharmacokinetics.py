"""What must hold of levels for any doses: superposition, joined infusions, written-out repeats, mass, more is more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen, repeated
from holdfast.model.pharmacokinetics.profile import area_to_infinity_mg_h_per_l
from holdfast.model.pharmacokinetics.simulation import simulate

START = named_model()
WHO = covariates()
OFF = Effects(weight="off")
TIMES = np.linspace(0, 30, 31)
HOURS = st.floats(0, 24).map(lambda h: round(h, 3))
AMOUNTS = st.floats(1, 150)


@st.composite
def any_dose(draw) -> Dose:
    """A dose by any route."""
    route = draw(st.sampled_from(["iv", "im", "sc", "oral", "sublingual", "nasal"]))
    if route == "nasal":
        return Dose("esketamine", route, draw(HOURS), 28 * draw(st.integers(1, 3)))
    length = draw(st.sampled_from([0.0, 0.25, 2 / 3, 3.0])) if route == "iv" else 0.0
    return Dose(draw(st.sampled_from(["ketamine", "esketamine", "arketamine"])), route, draw(HOURS), draw(AMOUNTS),
                duration_h=length)  # fmt: skip


def states(doses, times=TIMES):
    """The names of compartments differ with the routes: what is compared are levels of every family."""
    found = simulate(START, regimen(doses), WHO, times, effects=OFF)
    names = ("central", "peripheral_1", "peripheral_2", "liver", "norketamine", "hydroxynorketamine", "venous")
    return np.stack([found.solution.of(name)[0] for name in names])


@given(st.lists(any_dose(), min_size=2, max_size=4))
@settings(max_examples=40)
def test_doses_together_are_the_sum_of_each_alone(doses) -> None:
    together = states(doses)
    assert together == pytest.approx(sum(states([dose]) for dose in doses), rel=1e-9, abs=1e-9)


@given(AMOUNTS, st.floats(0.1, 3), st.integers(2, 6))
@settings(max_examples=30)
def test_infusions_end_to_end_are_one_long_one(amount: float, hours: float, parts: int) -> None:
    edges = np.linspace(0, hours, parts + 1)
    pieces = [Dose("ketamine", "iv", start, amount / parts, duration_h=end - start) for start, end in pairwise(edges)]
    whole = states([Dose("ketamine", "iv", 0, amount, duration_h=hours)])
    assert states(pieces) == pytest.approx(whole, rel=1e-8, abs=1e-9)


@given(any_dose(), st.floats(0.5, 12), st.integers(0, 5))
@settings(max_examples=30)
def test_repeats_are_the_doses_written_out(dose: Dose, every_h: float, additional: int) -> None:
    written = [
        Dose(dose.drug, dose.route, dose.at_h + every_h * i, dose.dose_mg, duration_h=dose.duration_h)
        for i in range(additional + 1)
    ]
    assert repeated(dose, every_h=every_h, additional=additional) == tuple(written)


@pytest.mark.story("HF-MOD-002")
@given(st.lists(any_dose(), min_size=0, max_size=3), any_dose())
@settings(max_examples=40)
def test_every_dose_raises_exposure_by_its_own_area(doses, one: Dose) -> None:
    def area(given_doses) -> float:
        found = simulate(START, regimen(given_doses), WHO, [0.0], effects=OFF)
        return float(area_to_infinity_mg_h_per_l(found, "ketamine", "arterial")[0])

    before = area(doses) if doses else 0.0
    alone = area([one])
    amount = one.dose_mg or 0.0
    assert 0.1 * amount / 90 < alone < amount / 75  # mg over L/h, with a bioavailability from a tenth to one
    assert area([*doses, one]) == pytest.approx(before + alone, rel=1e-9)


@given(st.lists(any_dose(), min_size=1, max_size=3))
@settings(max_examples=40)
def test_levels_are_never_negative_and_scale_with_the_dose(doses) -> None:
    found = states(doses)
    assert (found >= 0).all()
    if all(dose.route != "nasal" for dose in doses):
        doubled = [Dose(d.drug, d.route, d.at_h, 2 * (d.dose_mg or 0), duration_h=d.duration_h) for d in doses]
        assert states(doubled) == pytest.approx(2 * found, rel=1e-9, abs=1e-12)


@given(any_dose())
@settings(max_examples=30)
def test_an_area_from_levels_is_the_area_of_the_balance(dose: Dose) -> None:
    """Two independent ways: the mass balance, and adding up the levels between the edges."""
    found = simulate(START, regimen([dose]), WHO, [60.0], effects=OFF)
    edges = sorted({0.0, *found.given.edges_h(), 60.0})
    fine = np.unique(np.concatenate([np.linspace(a, b, 801) for a, b in pairwise(edges)]))
    level = simulate(START, regimen([dose]), WHO, fine, effects=OFF).level_mg_per_l("norketamine")[0]
    total = np.trapezoid(level, fine)
    assert found.area_mg_h_per_l("norketamine")[0, -1] == pytest.approx(total, rel=1e-3)
