"""Random bodies, regimens and readings: every solver against SciPy, and properties that hold for any of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.model.integration.equations import Equations, reading
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.reference import reference
from holdfast.model.integration.stretches import Bolus, Constant, Stretch
from holdfast.model.pharmacokinetics.compartments import System
from tests.solved_systems import MOOD, MOOD_PARAMETERS, NAMES, SOLVERS, turnover

backends = pytest.mark.parametrize("name", list(SOLVERS))
HOURS = st.floats(0, 30).map(lambda h: round(h, 2))
AMOUNTS = st.floats(0.1, 200)
# which flow into which, last into nowhere: a chain, exchange, a circle (no modes by rotation), two apart
PATTERNS = {
    "chain": (("a", "b"), ("b", "c"), ("c", "d"), ("d", "")),
    "exchange": (("a", "b"), ("b", "c"), ("c", "b"), ("b", "d"), ("d", "b"), ("b", "")),
    "circle": (("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("c", "")),
    "apart": (("a", "b"), ("b", ""), ("c", "d"), ("d", "")),
}


@st.composite
def any_equations(draw, pattern: str, patients: int = 1) -> Equations:
    """Rates from one in a month to one in two minutes, two enantiomers, mood driven by one or two compartments."""
    names = ("a", "b", "c", "d")
    K = np.zeros((patients, 2, 4, 4))  # noqa: N806 - the symbol of the field
    for start, end in PATTERNS[pattern]:
        rates = 10.0 ** np.array(draw(st.lists(st.floats(-2.8, 1.4), min_size=2 * patients, max_size=2 * patients)))
        rates = rates.reshape(patients, 2)
        K[..., names.index(start), names.index(start)] -= rates
        if end:
            K[..., names.index(end), names.index(start)] += rates
    system = System(names, K)
    weights = {name: draw(st.floats(1e-3, 0.2)) for name in ("b", "d")}
    parameters = np.broadcast_to([MOOD_PARAMETERS[name] for name in MOOD.parameters], (patients, len(MOOD.parameters)))
    read = np.stack([reading(system, {name: 1.0}) for name in names], axis=1)
    return Equations(system, MOOD, parameters, reading(system, weights)[:, None], read, names)


@st.composite
def any_regimen(draw, into: tuple[str, ...], most: int = 4) -> tuple[Stretch, np.ndarray]:
    """Boluses and constant inputs that may coincide and overlap, and amounts (inputs, groups)."""
    boluses = [Bolus(draw(HOURS), compartment) for compartment in into]  # one into each: fewer shapes to compile
    boluses += draw(st.lists(st.builds(Bolus, HOURS, st.sampled_from(into)), max_size=most))
    lengths = st.sampled_from([0.1, 2 / 3, 1.0, 5.0])
    constants = [
        Constant(start, start + draw(lengths), draw(st.sampled_from(into)))
        for start in draw(st.lists(HOURS, max_size=most))
    ]
    times = sorted({0.0, 36.0, *draw(st.lists(HOURS, max_size=4)), *(item.at_h for item in boluses)})
    made = Stretch(36.0, tuple(times), tuple(boluses), tuple(constants))
    rows = [[draw(AMOUNTS), draw(AMOUNTS)] for _ in made.entering]
    return made, np.array(rows).reshape(len(rows), 2)


@pytest.mark.story("HF-MOD-019")
@backends
@pytest.mark.parametrize("pattern", list(PATTERNS))
@given(drawn=st.data())
@settings(max_examples=5, deadline=None)
def test_a_random_body_agrees_with_the_reference(name: str, pattern: str, drawn: st.DataObject) -> None:
    equations = drawn.draw(any_equations(pattern))
    stretch, amounts = drawn.draw(any_regimen(("a", "b")))
    found = SOLVERS[name](equations).advance(stretch, amounts[None])[0]
    lived = reference(equations, stretch, amounts, method="LSODA", rtol=1e-11)
    scale = max(float(amounts.sum()), 1.0)
    assert np.abs(found[:, :4] - lived.read[:, :4]).max() < 1e-8 * scale
    assert np.abs(found[:, 4:] - lived.read[:, 4:]).max() < 1e-6  # shares of 1
    assert found[-1, :4].sum() + found[:, 4].max() > 1e-9


@backends
@given(regimen=any_regimen(("nose", "central")))
@settings(max_examples=10, deadline=None)
def test_doses_together_are_the_sum_of_each_alone(name: str, regimen: tuple[Stretch, np.ndarray]) -> None:
    stretch, amounts = regimen
    solver = SOLVERS[name](turnover(len(amounts) + 1))
    each = np.stack(
        [amounts, *(np.where(np.arange(len(amounts))[:, None] == k, amounts, 0) for k in range(len(amounts)))]
    )
    found = solver.advance(stretch, each)[..., : len(NAMES)]
    assert found[0] == pytest.approx(found[1:].sum(axis=0), rel=1e-9, abs=1e-9)
    boluses = amounts[: len(stretch.boluses)].sum(axis=1)
    assert found[0].max() >= 0.9 * boluses.max()  # each is read as it is given


@backends
@given(regimen=any_regimen(("nose", "central")), drawn=st.data())
@settings(max_examples=6, deadline=None)
def test_where_it_is_read_and_cut_changes_nothing(name: str, regimen: tuple[Stretch, np.ndarray], drawn) -> None:
    """More readings, and a cut into two stretches where nothing runs, give the same levels to the error of panels."""
    stretch, amounts = regimen
    whole = SOLVERS[name](turnover()).advance(stretch, amounts[None])[0]
    more = sorted({*stretch.times_h, *drawn.draw(st.lists(HOURS, min_size=1, max_size=5))})
    finer = Stretch(stretch.length_h, tuple(more), stretch.boluses, stretch.constants)
    found = SOLVERS[name](turnover()).advance(finer, amounts[None])[0][
        [finer.times_h.index(t) for t in stretch.times_h]
    ]
    assert found == pytest.approx(whole, rel=1e-6, abs=1e-7)
    cut = Stretch(stretch.length_h + 24, (stretch.length_h, stretch.length_h + 24), stretch.boluses, stretch.constants)
    at_once = SOLVERS[name](turnover()).advance(cut, amounts[None])[0, -1]
    chained = SOLVERS[name](turnover())
    chained.advance(stretch, amounts[None])
    if all(item.end_h <= stretch.length_h for item in stretch.constants):
        last = chained.advance(
            Stretch(24.0, (24.0,), quiet_h=drawn.draw(st.sampled_from([0.0, 1.0]))), np.zeros((1, 0, 2))
        )
        assert last[0, 0] == pytest.approx(at_once, rel=1e-6, abs=1e-7)


@given(regimen=any_regimen(("nose", "central")))
@settings(max_examples=60, deadline=None)
def test_panels_cover_the_stretch_and_stop_at_everything(regimen: tuple[Stretch, np.ndarray]) -> None:
    stretch, _ = regimen
    edges = stretch.edges_h
    assert edges[0] == 0
    assert edges[-1] == stretch.length_h
    assert all(0 < b - a <= max(stretch.widths_h) + 1e-9 for a, b in pairwise(edges))
    wanted = {*stretch.times_h, *(b.at_h for b in stretch.boluses)}
    wanted |= {t for item in stretch.constants for t in (item.start_h, item.end_h)}
    assert wanted <= set(edges)


@given(drawn=st.data())
@settings(max_examples=15, deadline=None)
def test_levels_stay_between_nothing_and_full(drawn: st.DataObject) -> None:
    """A, X and Z are shares; amounts are never below 0; both to the last digit, whatever the body."""
    equations = drawn.draw(any_equations("exchange", patients=2))
    stretch, amounts = drawn.draw(any_regimen(("a",)))
    found = PlainSolver(equations).advance(stretch, np.broadcast_to(amounts, (2, *amounts.shape)))
    assert (found[..., :4] >= 0).all()
    assert (found[..., 4:] >= -1e-9).all()
    assert (found[..., 4:] <= 1).all()
