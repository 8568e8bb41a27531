"""The corners at which solvers go wrong, each against SciPy: doses at output times, equal rates, ends of the range."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.model.integration.equations import Equations
from holdfast.model.integration.laws import Law
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.reference import reference
from holdfast.model.integration.stretches import SLOW_WIDTHS_H, Bolus, Constant, Stretch
from holdfast.model.mood.laws import HYPOTHESES
from holdfast.model.pharmacokinetics.compartments import System
from tests.solved_systems import MOOD, NAMES, RATES, SOLVERS, state_of, turnover, worst_error

LINEAR, OF_LAW = 1e-10, 2e-7  # errors allowed, of each state's largest value; 1e-6 is promised
MIN = 1 / 60
INFUSION = 40 * MIN
DAY_168 = 24.0 * 168
backends = pytest.mark.parametrize("name", list(SOLVERS))

A_HUNDRED = tuple(Bolus(1.7 * k, "nose") for k in range(100))
CORNERS = {
    "a dose at an output time": Stretch(30.0, (0, 3, 3, 24), (Bolus(0, "nose"), Bolus(3, "central"))),
    "output at the end of an infusion": Stretch(24.0, (0, INFUSION, 24), constants=(Constant(0, INFUSION, "central"),)),
    "overlapping infusions": Stretch(
        24.0, (0.5, 1, 2, 24), (), (Constant(0, 1, "central"), Constant(0.5, 1.5, "central"), Constant(0.7, 3, "nose"))
    ),
    "one infusion inside another": Stretch(
        24.0, (1, 2, 24), (), (Constant(0, 4, "central"), Constant(1, 2, "central"))
    ),
    "doses that coincide": Stretch(
        24.0, (2, 2.5, 24), (Bolus(2, "nose"), Bolus(2, "nose"), Bolus(2, "central")), (Constant(2, 2.5, "central"),)
    ),
    "one dose": Stretch(48.0, (0, 1, 2, 48), (Bolus(0, "nose"),)),
    "a hundred doses": Stretch(180.0, (0, 90, 170, 180), A_HUNDRED),
    "an infusion of 40 min at day 168": Stretch(
        24.0 * 169, (DAY_168, DAY_168 + INFUSION, 24.0 * 169), (), (Constant(DAY_168, DAY_168 + INFUSION, "central"),)
    ),
    "a dose at the very end": Stretch(5.0, (1, 5), (Bolus(1, "nose"), Bolus(5, "central"))),
    "a bolus into the blood": Stretch(24.0, (0, 0.01, 0.1, 1, 24), (Bolus(0, "central"),)),
    "panels of a day": Stretch(192.0, (1, *range(24, 193, 24)), (Bolus(0, "nose"),), widths_h=SLOW_WIDTHS_H),
    "a week read twice": Stretch(168.0, (1, 168), (Bolus(0, "nose"), Bolus(1, "nose"))),
}  # fmt: skip


def amounts_of(stretch: Stretch) -> np.ndarray:
    """Unequal ones for S and R, and from dose to dose."""
    return np.array([[70.0 + 3 * (k % 5), 60.0 - 2 * (k % 7)] for k in range(len(stretch.entering))])


@pytest.mark.story("HF-MOD-019")
@backends
@pytest.mark.parametrize("corner", list(CORNERS))
def test_a_corner_agrees_with_the_reference(name: str, corner: str) -> None:
    stretch = CORNERS[corner]
    linear, of_law, found = worst_error(name, turnover(), stretch, amounts_of(stretch))
    assert linear < LINEAR
    assert of_law < OF_LAW
    top = found[0].max(axis=0)
    assert top[NAMES.index("central")] > 1e-3  # umol: a lost dose would leave 0 in both
    assert top[-3] > 0.05  # A


@backends
def test_without_a_dose_nothing_moves(name: str) -> None:
    stretch = Stretch(24.0 * 183, tuple(24.0 * k for k in range(184)))
    found = SOLVERS[name](turnover(3)).advance(stretch, np.zeros((3, 0, 2)))
    assert found.shape == (3, 184, len(NAMES) + 3)
    assert (np.abs(found) < 1e-290).all()  # a base of 0 may count as 1e-300 in a power


@pytest.mark.story("HF-MOD-019")
@backends
@pytest.mark.parametrize("apart", [0.0, 1e-13, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("equal", [("absorbed", "metabolised"), ("absorbed", "metabolised", "followed"), "all"])
def test_equal_rates_in_pairs_and_triples(name: str, equal, apart: float) -> None:
    names = [n for n in RATES if n != "back"] if equal == "all" else equal
    changed = {n: 1.3 * (1 + apart * k) for k, n in enumerate(names)}
    stretch = Stretch(24.0, (0.5, 1, 4, 24), (Bolus(0, "nose"),), (Constant(1, 2, "central"),))
    linear, of_law, found = worst_error(name, turnover(**changed), stretch, amounts_of(stretch))
    assert linear < 2e-9  # rounding of modes whose rates lie close; exact exponentials give 1e-13
    assert of_law < OF_LAW
    assert found[0].max(axis=0).min() > 1e-6


def _first(s, y, p):
    return p[0] * (1 + 30 * s[0] / (0.5 + s[0])), p[0]


def _second(s, y, p):
    return p[1] * (y[0] - 1) / (y[0] - 0.5), p[1]


# both losses constant: the way that a solver may treat faster
CHAIN = Law("chain", ("drive",), ("S", "M"), ("first", "second"), (_first, _second), lambda p: (1.0, 0.0))


@backends
@pytest.mark.parametrize("ratio", [0.01, 0.149, 0.15, 0.151, 1.0, 1 + 1e-9, 3.0])
@pytest.mark.parametrize("second", [0.05, 0.3, 1.0])
def test_losses_of_two_levels_in_any_ratio(name: str, ratio: float, second: float) -> None:
    first = min(ratio * second, 1.0)
    stretch = Stretch(24.0 * 6, (1, 24, 48, 144), (Bolus(0, "nose"), Bolus(24, "nose")))
    linear, of_law, found = worst_error(name, turnover(law=CHAIN, first=first, second=second), stretch,
                                        amounts_of(stretch), method="LSODA")  # fmt: skip
    assert linear < 1e-9  # LSODA's own
    assert of_law < 1e-6
    assert found[0, :, -2].max() > 1 + min(first, 0.1)


@pytest.mark.story("HF-MOD-019")
@backends
@pytest.mark.parametrize("faster", [3, 10])
@pytest.mark.parametrize("hypothesis_name", list(HYPOTHESES))
def test_every_hypothesis_agrees_and_fast_losses_do_no_harm(name: str, faster: int, hypothesis_name: str) -> None:
    """The exact kernel overflows here: the loss of A is above 3/h (10/h) on panels of hours."""
    law = HYPOTHESES[hypothesis_name]
    rest = {"kT": 0.05, "kT_loss": 0.01, "tolerance_most": 0.6, "HNK50": 0.3, "gamma_HNK": 1.4, "HNK_share": 0.4}
    equations = turnover(law=law, kin=1.126 * faster, **rest)
    stretch = Stretch(96.0, (1, 4, 24, 96), (Bolus(0, "nose"), Bolus(48, "nose")))
    _, of_law, found = worst_error(name, equations, stretch, amounts_of(stretch))
    assert of_law < 1e-6
    assert found[0, :, -3].max() > 0.5


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 15, 16, 17, 33])
@backends
def test_a_patient_is_the_same_in_any_company(name: str, count: int) -> None:
    kin = np.linspace(0.5, 2.0, count)
    absorbed = np.linspace(0.5, 9.0, count)
    stretch = CORNERS["overlapping infusions"]
    amounts = amounts_of(stretch) * np.linspace(0.1, 2, count)[:, None, None]
    together = SOLVERS[name](turnover(count, kin=kin, absorbed=absorbed)).advance(stretch, amounts)
    for i in {0, count // 2, count - 1}:
        alone = SOLVERS[name](turnover(kin=kin[i], absorbed=absorbed[i])).advance(stretch, amounts[[i]])[0]
        if name == "compiled":
            assert np.array_equal(together[i], alone)
        assert together[i] == pytest.approx(alone, rel=1e-11)
        assert alone[:, -3].max() > 0.05


@pytest.mark.story("HF-MOD-019")
@backends
def test_a_chain_of_stretches_is_one_long_one(name: str) -> None:
    equations = turnover(5, kin=np.linspace(0.5, 2, 5))
    doses = (Bolus(0, "nose"), Bolus(30, "nose"))
    whole = Stretch(72.0, (24, 30, 40, 72), doses, (Constant(35, 36, "central"),))
    amounts = np.broadcast_to([[70.0, 60], [80, 50], [40, 40]], (5, 3, 2))
    at_once = SOLVERS[name](equations).advance(whole, amounts)
    chained = SOLVERS[name](equations)
    first = chained.advance(Stretch(30.0, (24,), (doses[0],)), amounts[:, :1])
    second = chained.advance(Stretch(6.0, (0,), (Bolus(0, "nose"),), (Constant(5, 6, "central"),)), amounts[:, 1:])
    third = chained.advance(Stretch(36.0, (4, 36), quiet_h=0), np.zeros((5, 0, 2)))
    parts = np.concatenate([first, second, third], axis=1)
    assert parts == pytest.approx(at_once, rel=3e-8, abs=1e-12)  # panels differ, hence not to rounding
    assert parts[..., : len(NAMES)] == pytest.approx(at_once[..., : len(NAMES)], rel=1e-10)
    assert at_once[:, -1, -2].min() > 0.1


@backends
def test_only_those_who_are_named_live_a_stretch(name: str) -> None:
    equations = turnover(6, kin=np.linspace(0.5, 2, 6))
    stretch = CORNERS["one dose"]
    everyone = np.broadcast_to(amounts_of(stretch), (6, 1, 2))
    solver = SOLVERS[name](equations)
    solver.advance(stretch, everyone)
    before = state_of(solver)
    who = np.array([4, 1])
    found = solver.advance(stretch, everyone[who], who)
    after = state_of(solver)
    others = [0, 2, 3, 5]
    assert np.array_equal(after.x[others], before.x[others])
    assert np.array_equal(after.y[others], before.y[others])
    assert (after.y[who] > before.y[who]).all()
    twice = SOLVERS[name](equations)
    twice.advance(stretch, everyone)
    assert found == pytest.approx(twice.advance(stretch, everyone)[who], rel=1e-11)


@pytest.mark.story("HF-MOD-019")
@backends
def test_every_dose_raises_exposure_and_mass_is_kept(name: str) -> None:
    stretch = CORNERS["a hundred doses"]
    amounts = amounts_of(stretch)
    end = Stretch(180.0, (180,), stretch.boluses)

    def mass(given: np.ndarray) -> float:
        found = SOLVERS[name](turnover(sink=True)).advance(end, given[None])[0, 0]
        return float(found[[i for i, n in enumerate((*NAMES, "gone")) if n != "follower"]].sum())

    everything = mass(amounts)
    assert everything == pytest.approx(amounts.sum(), rel=1e-12)
    assert everything > 10_000
    for dose in (0, 57, 99):
        without = amounts.copy()
        without[dose] = 0
        assert everything - mass(without) == pytest.approx(amounts[dose].sum(), rel=1e-7)


def halved(stretch: Stretch, times: int = 1) -> Stretch:
    """With a time read in the middle of each panel: panels half as wide."""
    for _ in range(times):
        middles = [(a + b) / 2 for a, b in pairwise(stretch.edges_h)]
        stretch = Stretch(
            stretch.length_h, tuple(sorted({*stretch.times_h, *middles})), stretch.boluses, stretch.constants,
            widths_h=stretch.widths_h,
        )  # fmt: skip
    return stretch


@backends
def test_the_error_falls_as_panels_narrow(name: str) -> None:
    """Eight times as narrow: by far more than a thousand times were u analytic; it starts as a power of 2.22."""
    wide = Stretch(24.0, (1, 24), (Bolus(0, "nose"),), widths_h=(0.5, 1.0, 2.0, 4.0))
    amounts = amounts_of(wide)
    truth = reference(turnover(), wide, amounts).read[:, -3:]
    errors = []
    for times in (0, 3):
        fine = halved(wide, times)
        found = SOLVERS[name](turnover()).advance(fine, amounts[None])[0]
        kept = found[[fine.times_h.index(t) for t in wide.times_h]][:, -3:]
        errors.append(float(np.abs(kept / truth - 1).max()))
    assert errors[0] > 1e-5  # there is an error to see
    assert errors[1] < errors[0] / 500


@pytest.mark.story("HF-MOD-019")
@backends
@pytest.mark.parametrize(
    "changed",
    [
        {"metabolised": 1e-6, "absorbed": 1e-3},
        {"out": 255.0},
        {"followed": 250.0},
        {name: 8 * rate for name, rate in RATES.items()},
        {"kin": 29.0},
        {"kout": 1e-9, "kA": 1.0, "kX": 1e-7},
        {"O50": 0.01},
        {"O50": 50.0, "gamma_occupancy": 4.0},
    ],
)
def test_the_ends_of_the_documented_range(name: str, changed: dict[str, float]) -> None:
    stretch = Stretch(48.0, (0.05, 0.5, 1, 2, 4, 24, 48), (Bolus(0, "nose"),), (Constant(0, INFUSION, "central"),))
    linear, of_law, found = worst_error(name, turnover(**changed), stretch, amounts_of(stretch), method="LSODA")
    assert linear < 1e-9
    assert of_law < 1e-6
    assert (found[0].max(axis=0) > 0).all()


@backends
@pytest.mark.parametrize("factor", [1e-12, 1e-6, 1e6])
def test_tiny_and_huge_doses(name: str, factor: float) -> None:
    stretch = CORNERS["doses that coincide"]
    amounts = amounts_of(stretch) * factor
    linear, of_law, found = worst_error(name, turnover(), stretch, amounts)
    assert linear < LINEAR
    assert of_law < 1e-6
    assert found[0, :, NAMES.index("central")].max() > 10 * factor
    assert found[0, -1, -3] > 0


@pytest.mark.story("HF-MOD-020")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"out": 600.0}, "K: a rate lies outside 1e-06 to 300 per hour"),
        ({"metabolised": 1e-8}, "K: a rate lies outside"),
        ({"absorbed": math.nan}, "K: not a finite number"),
        ({"back": -1.0}, "K: a flow between compartments is negative"),
        ({"kin": 40.0}, "the loss of A with drug lies outside 0 to 30 per hour"),
        ({"kout": -0.1}, "the loss of X without drug lies outside 0 to 1 per hour"),
        ({"O50": math.inf}, "parameters of the law: not a finite number"),
    ],
)
def test_outside_the_range_equations_are_refused(changed: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        turnover(**changed)
    first = next(iter(changed))
    with pytest.raises(InputError, match=r"\(patient 3\)"):
        turnover(3, **{first: [{**RATES, "kin": 1.0, "kout": 0.01, "O50": 0.2}[first]] * 2 + [changed[first]]})


@pytest.mark.story("HF-MOD-020")
def test_equations_that_do_not_fit_together_are_refused() -> None:
    good = turnover(2)
    with pytest.raises(InputError, match="there are no patients"):
        good.take([])
    with pytest.raises(InputError, match=r"parameters of the law: shape \(2, 7\)"):
        Equations(good.system, MOOD, good.parameters[:, :-1], good.signals, good.readings, good.reading_names)
    with pytest.raises(InputError, match="signals: a weight is negative"):
        Equations(good.system, MOOD, good.parameters, -good.signals, good.readings, good.reading_names)


@pytest.mark.story("HF-MOD-020")
@backends
@pytest.mark.parametrize(
    ("amounts", "who", "words"),
    [
        (np.ones((1, 1, 2)), [7], "there is no place 7 among 4"),
        (np.ones((1, 1, 2)), [-1], "there is no place -1 among 4"),
        (np.ones((2, 1, 2)), [1, 1], "named twice"),
        (np.ones((2, 1, 2)), [True, False], "a row of whole numbers"),
        (np.ones((2, 1, 2)), None, r"amounts of shape \(2, 1, 2\) where patients, inputs and groups make \(4, 1, 2\)"),
        (np.ones((4, 2, 2)), None, "amounts of shape"),
        (np.full((4, 1, 2), np.nan), None, "not a finite number of umol"),
        (np.full((4, 1, 2), -1.0), None, "an amount is negative"),
    ],
)
def test_what_is_handed_over_wrongly_is_refused_and_nobody_moves(name: str, amounts, who, words: str) -> None:
    solver = SOLVERS[name](turnover(4))
    with pytest.raises(InputError, match=words):
        solver.advance(CORNERS["one dose"], amounts, None if who is None else np.array(who))
    with pytest.raises(InputError, match="no compartment is called 'ear'; there are nose, central"):
        solver.advance(Stretch(3.0, (1,), (Bolus(0, "ear"),)), np.ones((4, 1, 2)))
    assert (solver.state.y == 0).all()
    assert solver.advance(CORNERS["one dose"], np.ones((0, 1, 2)), np.array([], int)).shape == (0, 4, len(NAMES) + 3)
    assert solver.advance(Stretch(3.0, ()), np.ones((4, 0, 2))).shape == (4, 0, len(NAMES) + 3)


@pytest.mark.story("HF-MOD-020")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stretch(0.0, ()), "a stretch of 0.0 h is none"),
        (lambda: Stretch(math.inf, ()), "is none"),
        (lambda: Stretch(5.0, (6,)), "6 h lies outside"),
        (lambda: Stretch(5.0, (), (Bolus(math.nan, "nose"),)), "nan h lies outside"),
        (lambda: Stretch(5.0, (3, 2)), "the output times fall"),
        (lambda: Stretch(5.0, (), (), (Constant(2, 2, "nose"),)), "must end after it starts"),
        (lambda: Stretch(5.0, (), widths_h=(0.0,)), "widths of panels"),
        (lambda: Stretch(5.0, (), widths_h=()), "widths of panels"),
    ],
)
def test_impossible_stretches_are_refused(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.story("HF-MOD-019")
@backends
def test_times_that_differ_in_the_last_digit_are_one_and_no_dose_falls_between(name: str) -> None:
    third = 0.1 + 0.2
    assert third != 0.3
    crooked = Stretch(5.0 - 1e-13, (0.3, 5.0), (Bolus(third, "nose"),), (Constant(third, 0.7, "central"),))
    straight = Stretch(5.0, (0.3, 5.0), (Bolus(0.3, "nose"),), (Constant(0.3, 0.7, "central"),))
    amounts = amounts_of(straight)[None]
    found = SOLVERS[name](turnover()).advance(crooked, amounts)
    assert found == pytest.approx(SOLVERS[name](turnover()).advance(straight, amounts), rel=1e-9)
    assert found[0, 0, NAMES.index("nose")] == pytest.approx(amounts[0, 0].sum())


def test_the_reference_agrees_with_a_closed_form() -> None:
    """One compartment, an infusion and a level of constant gain: by hand, so that the judge is judged."""
    law = Law("fill", (), ("y",), ("gain", "loss"), (lambda s, y, p: (p[0], p[1]),), lambda p: (0.5,))
    system = System(("central",), np.array([[[[-0.7]]]]))
    equations = Equations(
        system, law, np.array([[2.0, 0.3]]), np.zeros((1, 0, 1, 1)), np.ones((1, 1, 1, 1)), ("central",)
    )
    stretch = Stretch(6.0, (1.5, 6.0), constants=(Constant(0, 2, "central"),))
    read = reference(equations, stretch, np.array([[10.0]])).read

    def amount(t: float) -> float:
        return 5 / 0.7 * (1 - math.exp(-0.7 * min(t, 2))) * math.exp(-0.7 * max(t - 2, 0))

    expected = [[amount(t), 2 / 0.3 + (0.5 - 2 / 0.3) * math.exp(-0.3 * t)] for t in (1.5, 6.0)]
    assert read == pytest.approx(np.array(expected), rel=1e-12)
    assert PlainSolver(equations).advance(stretch, np.array([[[10.0]]]))[0] == pytest.approx(read, rel=1e-10)
