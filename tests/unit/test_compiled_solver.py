"""The compiled solver against the plain one and against SciPy, on the corners where solvers go wrong."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.model.integration.compiled import CompiledSolver, machine_code, solver
from holdfast.model.integration.compiled.layout import layout_of, shape_of
from holdfast.model.integration.compiled.traced import traced
from holdfast.model.integration.equations import Equations, reading
from holdfast.model.integration.laws import Law, power
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.reference import error, reference
from holdfast.model.integration.stretches import Bolus, Constant, Stretch
from holdfast.model.pharmacokinetics.compartments import System

NAMES = ("depot", "central", "peripheral", "metabolite", "site")
IN = ((1, 0, 1.1), (2, 1, 1.6), (1, 2, 0.5), (3, 1, 1.3), (4, 1, 10.0))  # to, from, 1/h
OUT = ((3, 0.9),)


def _synapses(signals, y, p):
    on = p[0] * power(signals[0] / p[1], p[2]) / (1.0 + power(signals[0] / p[1], p[2]))
    return on, on + p[3]


def _turnover(signals, y, p):
    return p[4] * (1.0 + 0.5 * y[0]), p[4]


def _score(signals, y, p):
    return p[5] * (1.0 - 0.7 * y[1] / (y[1] + 0.5)), p[5]


LAW = Law(
    "test", ("site",), ("A", "S", "M"), ("kin", "half", "gamma", "kA", "kout", "kM"),
    (_synapses, _turnover, _score), lambda p: (0.0, 1.0, 1.0),
)  # fmt: skip
TYPICAL = np.array([1.1, 20.0, 1.4, 0.06, 0.01, 0.3])


def population(count: int, seed: int = 5, spread: float = 0.3, rates: dict[tuple[int, int], float] | None = None):
    """Patients with two enantiomers, five compartments, and a law of all three kinds of stage."""
    random = np.random.default_rng(seed)
    vary = np.exp(spread * random.standard_normal((count, 2, len(IN) + len(OUT))))
    matrix = np.zeros((count, 2, 5, 5))
    for place, (to, start, rate) in enumerate(IN):
        matrix[:, :, to, start] = (rates or {}).get((to, start), rate * vary[:, :, place])
        if to != 4:
            matrix[:, :, start, start] -= matrix[:, :, to, start]
    for place, (start, rate) in enumerate(OUT):
        matrix[:, :, start, start] -= (rates or {}).get((start, start), rate * vary[:, :, len(IN) + place])
    matrix[:, :, 4, 4] = -10.0 * vary[:, :, 4]
    system = System(NAMES, matrix)
    readings = np.stack([reading(system, {name: 1.0}) for name in NAMES], axis=1)
    parameters = TYPICAL * np.exp(spread * random.standard_normal((count, len(TYPICAL))))
    return Equations(system, LAW, parameters, reading(system, {"site": 1.0})[:, None], readings, NAMES)


def course(times=(0.0, 0.25, 2 / 3, 1.0, 4.0, 24.0, 48.0, 72.0), length=72.0, widths=None):
    """A bolus into the depot and an infusion that ends at a time read."""
    given = {"boluses": (Bolus(24.0, "depot"),), "constants": (Constant(0.0, 2 / 3, "central"),)}
    return Stretch(length, tuple(times), **given, **({"widths_h": widths} if widths else {}))


def worst(found, expected):
    """Largest difference over the largest value in time, over patients and outputs."""
    return max(error(a, b) for a, b in zip(found, expected, strict=True))


def both(equations, stretch, amounts):
    return CompiledSolver(equations, threads=1).advance(stretch, amounts), PlainSolver(equations).advance(
        stretch, amounts
    )


@pytest.mark.story("HF-MOD-005")
def test_it_gives_the_numbers_of_the_plain_solver_and_the_drug_acts():
    equations, stretch = population(21), course()
    found, expected = both(equations, stretch, np.full((21, 2, 2), 60.0))
    assert worst(found, expected) < 1e-10
    assert expected[:, 2, 1].min() > 20  # umol in the blood when the infusion ends
    assert expected[..., 5].max(axis=1).min() > 0.1  # something happened in mood
    assert expected[..., 7].min() < 0.9


@pytest.mark.story("HF-MOD-005")
def test_it_agrees_with_an_independent_integrator():
    equations, stretch = population(3), course()
    amounts = np.full((3, 2, 2), 60.0)
    found = CompiledSolver(equations, threads=1).advance(stretch, amounts)
    for patient in range(3):
        assert error(found[patient], reference(equations, stretch, amounts[patient], patient=patient).read) < 1e-7


CORNERS = {
    "nothing given": (Stretch(48.0, (0.0, 24.0, 48.0)), 0),
    "one dose": (Stretch(48.0, (0.0, 24.0, 48.0), (Bolus(0.0, "central"),)), 1),
    "a dose at a time read": (Stretch(9.0, (1.0, 2.0, 9.0), (Bolus(2.0, "central"),)), 1),
    "a dose at the very end": (Stretch(9.0, (1.0, 9.0), (Bolus(9.0, "central"),)), 1),
    "infusions that overlap": (
        Stretch(6.0, (0.5, 1.0, 2.0, 6.0), (), (Constant(0.0, 1.0, "central"), Constant(0.5, 2.0, "central"))), 2,
    ),
    "infusions into two compartments": (
        Stretch(6.0, (1.0, 2.0), (), (Constant(0.0, 2.0, "central"), Constant(1.0, 3.0, "depot"))), 2,
    ),
    "an infusion until the end": (Stretch(2.0, (1.0, 2.0), (), (Constant(1.0, 2.0, "central"),)), 1),
    "a hundred doses": (Stretch(2400.0, tuple(24.0 * k for k in range(101)),
                                tuple(Bolus(24.0 * k, "depot") for k in range(100))), 100),
    "40 minutes on day 168": (Stretch(4392.0, (4032.0, 4032.0 + 2 / 3, 4392.0), (),
                                      (Constant(4032.0, 4032.0 + 2 / 3, "central"),)), 1),
    "nothing read": (Stretch(24.0, (), (Bolus(0.0, "depot"),)), 1),
}  # fmt: skip


@pytest.mark.story("HF-MOD-005")
@pytest.mark.parametrize("name", CORNERS)
def test_corners(name):
    stretch, inputs = CORNERS[name]
    equations = population(5)
    amounts = np.full((5, inputs, 2), 50.0)
    compiled, plain = CompiledSolver(equations, threads=1), PlainSolver(equations)
    found, expected = compiled.advance(stretch, amounts), plain.advance(stretch, amounts)
    assert found.shape == expected.shape
    if found.size:
        top = np.abs(expected).max(axis=1)
        assert (np.abs(found - expected).max(axis=1) <= 1e-9 * np.maximum(top, 1e-6 * top.max())).all()
    assert np.allclose(compiled.state.y, plain.state.y, rtol=1e-10, atol=0)
    scale = np.abs(plain.state.x).max(initial=1e-12)
    assert np.abs(compiled.state.x - plain.state.x).max() < 1e-9 * scale


@pytest.mark.story("HF-MOD-005")
def test_each_of_a_hundred_doses_raises_exposure():
    stretch = Stretch(2400.0, tuple(24.0 * k for k in range(100)), tuple(Bolus(24.0 * k, "depot") for k in range(100)))
    read = CompiledSolver(population(3), threads=1).advance(stretch, np.full((3, 100, 2), 50.0))
    assert (read[:, :, 0] >= 100.0).all()  # both enantiomers lie in the depot when it has just been given
    assert (read[:, 1:, 5] > read[:, :1, 5]).all()


@pytest.mark.story("HF-MOD-005")
@pytest.mark.parametrize("apart", [0.0, 1e-14, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3])
@pytest.mark.parametrize("how_many", [2, 3])
def test_rates_that_nearly_coincide(apart, how_many):
    """Depot → central → metabolite and central → site, without exchange: each rate of loss is one of K's own."""
    rates = {(1, 0): 1.0, (2, 1): 0.0, (1, 2): 0.0, (3, 1): 1.0 + apart, (3, 3): (1.0 + apart) ** 2}
    if how_many == 2:
        rates[3, 3] = 0.4
    equations = population(9, rates=rates)
    kept = [0, 1, 3, 4]  # without the peripheral compartment
    system = System(tuple(NAMES[k] for k in kept), equations.system.K_per_h[:, :, kept][..., kept])
    equations = Equations(
        system, LAW, equations.parameters, equations.signals[..., kept], equations.readings[:, kept][..., kept],
        system.names,
    )  # fmt: skip
    stretch = Stretch(24.0, (0.5, 1.0, 2.0, 4.0, 8.0, 24.0), (Bolus(0.0, "depot"),), (Constant(1.0, 2.0, "central"),))
    found, expected = both(equations, stretch, np.full((9, 2, 2), 50.0))
    assert worst(found, expected) < 1e-9
    assert expected[:, 2, 2].min() > 1.0


@pytest.mark.story("HF-MOD-005")
def test_a_compartment_that_nothing_leaves():
    matrix = np.array([[[[-1.0, 0.0], [1.0, 0.0]]]] * 3)
    system = System(("body", "urine"), matrix)
    weights = reading(system, {"body": 1.0})[:, None]
    law = Law("none", ("body",), ("y",), ("k",), (lambda s, y, p: (p[0] * s[0], p[0]),), lambda p: (0.0,))
    equations = Equations(
        system, law, np.full((3, 1), 0.2), weights, reading(system, {"urine": 1.0})[:, None], ("urine",)
    )
    stretch = Stretch(48.0, (48.0,), (), (Constant(0.0, 1.0, "body"),))
    read = CompiledSolver(equations, threads=1).advance(stretch, np.full((3, 1, 1), 7.0))
    assert np.allclose(read[:, 0, 0], 7.0, rtol=1e-12)  # all of it, and nothing lost


@pytest.mark.story("HF-MOD-006")
def test_the_same_bytes_whoever_else_is_there():
    equations, stretch = population(37), course()
    amounts = np.random.default_rng(1).uniform(10, 90, (37, 2, 2))
    whole = CompiledSolver(equations, threads=1).advance(stretch, amounts)
    assert whole[:, 2, 1].min() > 1.0
    assert np.array_equal(CompiledSolver(equations, threads=2).advance(stretch, amounts), whole)
    for some in ([0], [36], list(range(8)), list(range(5, 22)), [30, 2, 17]):
        assert np.array_equal(
            CompiledSolver(equations.take(some), threads=2).advance(stretch, amounts[some]), whole[some]
        )
        alone = CompiledSolver(equations, threads=1)
        assert np.array_equal(alone.advance(stretch, amounts[some], np.array(some)), whole[some])
        others = np.setdiff1d(np.arange(37), some)
        assert not alone.state.x[others].any()
        assert np.array_equal(alone.state.y[others], equations.start().y[others])


@pytest.mark.story("HF-MOD-006")
def test_a_patient_with_equal_rates_changes_nobody_else():
    equations = population(9)
    equations.system.K_per_h[4, :, 3, 3] = equations.system.K_per_h[4, :, 0, 0]
    stretch, amounts = course(), np.full((9, 2, 2), 60.0)
    whole = CompiledSolver(equations, threads=1)
    read = whole.advance(stretch, amounts)
    rest = [0, 1, 2, 3, 5, 6, 7, 8]
    assert np.array_equal(CompiledSolver(equations.take(rest), threads=1).advance(stretch, amounts[rest]), read[rest])
    assert np.array_equal(CompiledSolver(equations.take([4]), threads=1).advance(stretch, amounts[[4]]), read[[4]])
    assert worst(read, PlainSolver(equations).advance(stretch, amounts)) < 1e-10


def test_days_chained_are_the_same_as_one_stretch_and_a_state_can_be_handed_on():
    equations = population(11)
    amounts = np.full((11, 1, 2), 60.0)
    first, second = Stretch(24.0, (24.0,), (Bolus(0.0, "depot"),)), Stretch(24.0, (24.0,), quiet_h=24.0)
    chained = CompiledSolver(equations, threads=1)
    chained.advance(first, amounts)
    handed_on = CompiledSolver(equations, chained.state, threads=1)
    assert np.array_equal(handed_on.state.x, chained.state.x)
    handed = handed_on.advance(second, amounts[:, :0])
    stayed = chained.advance(second, amounts[:, :0])
    at_once = CompiledSolver(equations, threads=1).advance(Stretch(48.0, (48.0,), (Bolus(0.0, "depot"),)), amounts)
    assert worst(stayed, at_once) < 1e-9
    assert np.allclose(handed, stayed, rtol=1e-11, atol=1e-13)


def test_a_new_compartment_may_be_entered_later():
    equations = population(4)
    compiled, plain = CompiledSolver(equations, threads=1), PlainSolver(equations)
    for stretch in (Stretch(24.0, (24.0,), (Bolus(0.0, "depot"),)), Stretch(24.0, (1.0,), (Bolus(0.0, "central"),))):
        found, expected = (s.advance(stretch, np.full((4, 1, 2), 60.0)) for s in (compiled, plain))
        assert worst(found, expected) < 1e-10


def test_memory_can_be_used_again():
    equations, stretch, amounts = population(5), course(), np.full((5, 2, 2), 60.0)
    room = np.full((5, 8, 8), np.nan)
    read = CompiledSolver(equations, threads=1).advance(stretch, amounts, out=room)
    assert read is room
    assert np.isfinite(room).all()
    with pytest.raises(ValueError, match="shape"):
        CompiledSolver(equations, threads=1).advance(stretch, amounts, out=np.empty((5, 8, 7)))


def test_powers_over_their_whole_range():
    count = 40
    system = System(("body",), np.full((count, 1, 1, 1), -0.01))
    weights = reading(system, {"body": 1.0})[:, None]
    law = Law(
        "power",
        ("body",),
        ("y",),
        ("g",),
        (lambda s, y, p: (0.01 * power(s[0], p[0]), 0.01),),
        lambda p: (0.0,),
    )
    exponents = np.tile([0.5, 1.0, 1.11, 2.0, 4.0], 8)[:, None]
    equations = Equations(system, law, exponents, weights, weights, ("body",))
    amounts = np.logspace(-12, 6, count)[:, None, None]
    found, expected = both(equations, Stretch(1.0, (1.0,), (Bolus(0.0, "body"),)), amounts)
    assert np.allclose(found, expected, rtol=1e-12, atol=0)
    assert expected[..., 1].min() > 0
    nothing, _ = both(equations, Stretch(1.0, (1.0,), (Bolus(0.0, "body"),)), amounts * 0.0)
    assert not nothing[..., 1].any()


def test_a_law_is_seen_as_it_is_written():
    seen = traced(LAW)
    assert seen.constant_loss == (False, True, True)
    assert "signal[0]" in seen.gains[0].text
    other = Law(**{**LAW.__dict__, "stages": (_synapses, _turnover, lambda s, y, p: (p[5], 2.0 * p[5]))})
    assert traced(other).fingerprint != seen.fingerprint
    branching = Law(**{**LAW.__dict__, "stages": (lambda s, y, p: (1.0 if s[0] else 0.0, 1.0),)})
    with pytest.raises(TypeError, match="branch"):
        traced(branching)


def test_machine_code_is_kept_on_disk_and_in_the_users_cache_where_the_package_cannot_be_written(tmp_path, monkeypatch):
    blocked, own = tmp_path / "file", tmp_path / "own"
    blocked.write_text("no folder")
    monkeypatch.setattr(machine_code, "_folders", lambda: iter((blocked, own)))
    layout = layout_of(shape_of(population(1), (0,)))
    machine_code.functions.__wrapped__(layout)
    assert [path.suffix for path in own.iterdir()] == [".o"]
    monkeypatch.setattr(machine_code, "_compiled", None)  # the second time nothing is compiled
    assert len(machine_code.functions.__wrapped__(layout)) == 2


def test_a_solver_is_chosen_by_name():
    equations = population(1)
    assert isinstance(solver(equations), CompiledSolver)
    assert isinstance(solver(equations, backend="plain"), PlainSolver)
    with pytest.raises(ValueError, match="compiled or plain"):
        solver(equations, backend="other")
