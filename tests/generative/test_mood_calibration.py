"""Pieces of the calibration of mood against SciPy, against the product's own trials, and on a truth that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import genpareto, multivariate_normal, norm

from calibration.mood import design, likelihood
from calibration.mood.correlations import _correlation
from calibration.mood.design import Design, inputs, natural
from calibration.mood.emulator import Emulator, features, fit, inputs_of, scaled
from calibration.mood.forward import told
from calibration.mood.pareto import smoothed
from calibration.mood.rival_emulator import _composed, adapted, potency
from calibration.mood.runs import Ran, _summary
from calibration.mood.targets import Target
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.model.named_models import named_model
from holdfast.model.posteriors.parameters import STUDY_EFFECTS, Parameter, changed, parameters

pytestmark = pytest.mark.story("HF-EVD-040")
NMDA, BASE = "nmda-driven", "holdfast-1"
FITTED = tuple(one for one in parameters(NMDA) if one.name in ("gX", "expectancy", "improvement", "non_responders"))
TRIALS = tuple(trial(name) for name in ("zarate-2006", "griffiths-2019"))


def target(kind: str, value: float, row: str = "T0001", trial: str = "one") -> Target:
    return Target(trial, "study", row, kind, kind, "group", value, "transcribed", fitted=True, people=20.0, caveat=None)


def test_quadratics_are_found_exactly() -> None:
    random = np.random.default_rng(2)
    z = random.normal(size=(400, len(FITTED)))
    shifts = random.normal(size=(400, 1, len(STUDY_EFFECTS)))
    at = inputs(FITTED, z, shifts[:, 0])
    truth = random.normal(size=features(at).shape[-1])
    mean = features(at) @ truth
    one = target("effect_size_d", 0.5, trial=TRIALS[0].id)
    ran = Ran((one,), mean[:, None], np.full((400, 1), 2.0))
    found = fit(FITTED, TRIALS[:1], [(Design(z, shifts), ran)])
    new = random.normal(size=(50, 1, len(FITTED)))
    predicted, log_sd = found.predicted(new)
    np.testing.assert_allclose(predicted[:, 0], features(new[:, 0]) @ truth, atol=0.35)
    assert np.abs(predicted).max() > 2
    np.testing.assert_allclose(np.exp(log_sd), 2.0, rtol=1e-3)


def test_a_study_moves_only_the_inputs_of_its_shares() -> None:
    z = np.zeros((1, len(FITTED)))
    moved = inputs(FITTED, z, np.array([[0.8, -0.4]]))[0]
    by_name = dict(zip([one.name for one in FITTED], moved, strict=True))
    assert by_name == pytest.approx({"gX": 1.0, "expectancy": -0.5, "improvement": -0.5, "non_responders": 0.0})


def test_the_density_of_a_trial_is_that_of_scipy() -> None:
    targets = [target("change", -9.0), target("mean_difference", -4.0, "T0002"), target("effect_size_d", 0.7, "T0003")]
    correlation = np.array([[1.0, 0.6, -0.5], [0.6, 1.0, -0.7], [-0.5, -0.7, 1.0]])
    these = likelihood.published(targets, correlation, ("study",))
    mean, sd = np.array([[-8.0, -5.0, 0.5]]), np.array([[2.0, 3.0, 0.3]])
    found = likelihood.by_study(these, likelihood.densities(these, mean, sd))[0, 0]
    shrunk = np.eye(3) + (1 - likelihood.SHRINK) * (correlation - np.eye(3))
    whole = shrunk * sd[0][:, None] * sd[0][None, :]
    assert found == pytest.approx(multivariate_normal(mean[0], whole).logpdf([-9.0, -4.0, 0.7]))


def test_numbers_of_two_trials_are_independent_and_yes_or_no_counts_by_its_chance() -> None:
    targets = [target("change", -9.0), target("change", -4.0, "T0002", "two"), target("superior", 1.0, "T0003")]
    these = likelihood.published(targets, np.full((3, 3), 0.9), ("study",))
    mean, sd = np.array([[-8.0, -5.0, 0.25]]), np.array([[2.0, 3.0, 1.0]])
    each = likelihood.densities(these, mean, sd)[0]
    assert each[:2] == pytest.approx([norm(-8, 2).logpdf(-9), norm(-5, 3).logpdf(-4)])
    assert each[2] == pytest.approx(np.log(0.25))


def test_misfit_widens_a_share_as_a_shift_of_its_logit_does() -> None:
    these = likelihood.published([target("response", 40.0)], np.eye(1), ("study",))
    logit, many = np.array([[0.4]]), np.array([[-9.0]])
    share, sd = likelihood.errors(these, logit, many, np.array([[0.1]]))
    shifted = 1 / (1 + np.exp(-(0.4 + np.array([-0.1, 0.1]))))
    assert share[0, 0] == pytest.approx(1 / (1 + np.exp(-0.4)))
    assert sd[0, 0] == pytest.approx((shifted[1] - shifted[0]) / 2, rel=0.01)
    both = likelihood.published([target("response", 40.0)], np.eye(1), ("study",), off=np.array([0.1]))
    assert likelihood.errors(both, logit, many, np.array([[0.1]]))[1] == pytest.approx(sd * np.sqrt(2), rel=0.001)
    few = likelihood.errors(these, np.array([[-12.0]]), np.array([[-np.log(np.sqrt(30))]]), np.array([[0.0]]))
    assert few[1][0, 0] > 0.02  # nobody of thirty is still uncertain


def test_misfit_of_a_mean_counts_in_sds_over_people_and_the_emulator_in_points() -> None:
    """Of 25 people with a chance error of 2 the SD over people is 10; a logit is sqrt(3) / pi of it."""
    one = replace(target("mean_difference", -4.0), people=25.0)
    these = likelihood.published([one], np.eye(1), ("study",), off=np.array([1.5]))
    expected, sd = likelihood.errors(these, np.array([[-5.0]]), np.log([[2.0]]), np.array([[0.3]]))
    assert expected[0, 0] == -5.0
    assert sd[0, 0] == pytest.approx(np.sqrt(2.0**2 + (0.3 * 10 * np.sqrt(3) / np.pi) ** 2 + 1.5**2))


@pytest.mark.parametrize(("shape", "trusted"), [(0.2, True), (1.1, False)])
def test_the_tail_of_weights_is_told_as_it_is(shape: float, trusted: bool) -> None:
    ratios = np.log(genpareto(shape).rvs(4_000, random_state=np.random.default_rng(4)) + 1e-9)
    log_weights, k = smoothed(ratios)
    assert k == pytest.approx(shape, abs=0.25)
    assert (k < 0.7) is trusted
    assert np.exp(log_weights).sum() == pytest.approx(1.0)


def test_the_shape_of_few_weights_is_drawn_towards_a_half() -> None:
    even = {count: smoothed(np.log(np.linspace(0.5, 1, count)))[1] for count in (30, 1_000)}
    assert even[1_000] < -0.7
    assert -0.1 < even[30] < 0.5


def test_replicates_that_report_nothing_are_left_out_of_correlations() -> None:
    random = np.random.default_rng(5)
    one = random.normal(size=500)
    other = 0.8 * one + 0.6 * random.normal(size=500)
    other[::7] = np.nan
    assert _correlation(np.stack([one, other]))[0, 1] == pytest.approx(0.8, abs=0.06)


def forward(z: np.ndarray, seed: int, people: int) -> tuple[tuple[Target, ...], np.ndarray, np.ndarray]:
    """Means and errors of both trials at one point."""
    model = changed(named_model(BASE), FITTED, natural(FITTED, z), {})
    parts = [told(one, model, NMDA, seed=seed, people=people, replicates=40) for one in TRIALS]
    targets = tuple(replace(one, fitted=True) for part in parts for one in part.targets)
    values = np.concatenate([part.values for part in parts])
    return targets, *_summary(list(targets), values)


@pytest.fixture(scope="module")
def emulated() -> Emulator:
    points = design.from_prior(FITTED, len(TRIALS), 64, seed=6, shift_sd=(0.0, 0.0))
    made = [forward(z, 100 + number, 400) for number, z in enumerate(points.z)]
    mean, sd = (np.stack([one[place] for one in made]) for place in (1, 2))
    return fit(FITTED, TRIALS, [(points, Ran(made[0][0], mean, sd))])


def test_the_emulator_gives_what_the_trials_report(emulated: Emulator) -> None:
    """At points it has not seen, to within half of a trial's own chance error on average."""
    off = []
    for number, z in enumerate(np.array([[0.0, 0, 0, 0], [1, 0.5, -0.5, 0], [-0.8, 1, 0.8, -1]])):
        targets, mean, _ = forward(z, 900 + number, 4_000)
        at = inputs_of(FITTED, Design(z[None], np.zeros((1, len(TRIALS), 2))))
        predicted, log_sd = emulated.predicted(at)
        these = likelihood.published(targets, np.eye(len(targets)), sorted({one.study for one in targets}))
        got, sd = likelihood.errors(these, predicted, log_sd, np.zeros((1, 1)))
        true, _ = likelihood.errors(these, scaled(targets, mean)[None], log_sd, np.zeros((1, 1)))
        off.append((got - true)[0] / sd[0])
    assert np.sqrt(np.mean(np.square(off))) < 0.5
    assert np.ptp(off) > 0


def test_a_rival_that_differs_by_a_constant_is_emulated_with_it(emulated: Emulator) -> None:
    fitted = (*FITTED, next(one for one in parameters("mixed") if one.name == "HNK_share"))
    points, printed, _ = _at_random(emulated, fitted)
    more = np.where([one.scale == "share" for one in emulated.targets], 0.0, 0.25)
    made = adapted(emulated, fitted, TRIALS, [(points, Ran(emulated.targets, printed + more, np.ones_like(printed)))])
    at = inputs_of(fitted, points)
    default, _ = emulated.predicted(at[..., :4])
    again, _ = made.predicted(at)
    plain = more > 0
    np.testing.assert_allclose(again[:, plain], default[:, plain] + 0.25, atol=0.03)
    inside = (np.abs(default) < 5)[:, ~plain]  # beyond, shares are cut off at a small one
    assert np.abs(again - default)[:, ~plain][inside].max() < 0.5
    assert plain.any()
    assert made.off[plain].max() < 0.03


def test_where_few_points_tell_a_rival_stands_at_the_default_with_a_wide_error(emulated: Emulator) -> None:
    points, printed, default = _at_random(emulated, FITTED)
    printed = printed + 0.25
    printed[10:, 0] = np.nan
    made = adapted(emulated, FITTED, TRIALS, [(points, Ran(emulated.targets, printed, np.ones_like(printed)))])
    again, _ = made.predicted(inputs_of(FITTED, points))
    np.testing.assert_allclose(again[:, 0], default[:, 0])
    assert made.off[0] > 1
    assert made.off[0] > 3 * emulated.off[0]


@pytest.mark.parametrize("hypothesis", ["hnk-driven", "mixed", "nmda-driven with tolerance"])
def test_a_rival_begins_as_the_default_at_equal_potency(hypothesis: str) -> None:
    """Its quadratic is the default's at the inputs that stand for its own, whatever the coefficients."""
    few, many = parameters(NMDA), parameters(hypothesis)
    random = np.random.default_rng(9)
    mean = random.normal(size=(3, features(np.zeros((1, len(few)))).shape[1]))
    z = random.normal(size=(7, len(many)))
    stands = potency(few, many)
    np.testing.assert_allclose(features(z) @ _composed(mean, stands).T, features(z @ stands.T) @ mean.T)
    names = [one.name for one in many]
    moved = {name for name in names if not np.allclose(stands[:, names.index(name)], 0)}
    assert ("HNK50" in moved) is ("HNK50" in names)
    assert ("O50" in moved) is (hypothesis != "hnk-driven")  # occupancy drives nothing there
    assert not moved & {"HNK_share", "tolerance_most", "kT"}


def _at_random(emulated: Emulator, fitted: tuple[Parameter, ...]) -> tuple[Design, np.ndarray, np.ndarray]:
    """Points, what trials of the emulator itself would print there, and the same on the emulated scale."""
    random = np.random.default_rng(8)
    points = Design(random.normal(size=(60, len(fitted))), np.zeros((60, len(TRIALS), 2)))
    default, _ = emulated.predicted(inputs_of(fitted, points)[..., : len(FITTED)])
    printed = np.where([one.scale == "share" for one in emulated.targets], 100 / (1 + np.exp(-default)), default)
    return points, printed, default


def test_a_known_truth_is_found_again(emulated: Emulator) -> None:
    """Numbers simulated at known values, of thirty times the people: the mode of the posterior lies near them."""
    truth = np.array([0.9, 1.0, -0.3, -0.6])
    targets, mean, _ = forward(truth, 77, 6_000)
    printed = [replace(one, value=float(np.exp(value) if one.scale == "log" else value))
               for one, value in zip(targets, mean, strict=True)]  # fmt: skip
    these = likelihood.published(printed, np.eye(len(printed)), sorted({one.study for one in printed}))
    sharper = replace(emulated, log_sd=_sharper(emulated.log_sd), least_log_sd=emulated.least_log_sd - 1.7)

    def lost(z: np.ndarray) -> float:
        at = inputs_of(FITTED, Design(z[None], np.zeros((1, len(TRIALS), 2))))
        return float(0.5 * z @ z - likelihood.log_likelihood(sharper, these, at, np.zeros(1)).sum())

    found = minimize(lost, np.zeros(4), method="Nelder-Mead", options={"xatol": 1e-3, "maxiter": 2_000}).x
    assert lost(found) < lost(np.zeros(4)) - 2
    assert np.abs(found - truth)[:2].max() < 0.7  # the two others these trials do not tell from each other
    at = inputs_of(FITTED, Design(np.stack([found, np.zeros(4)]), np.zeros((2, len(TRIALS), 2))))
    predicted, log_sd = emulated.predicted(at)
    expected, sd = likelihood.errors(these, predicted, log_sd, np.zeros((2, 1)))
    off = np.sqrt(np.mean(((expected - these.value) / sd) ** 2, axis=1))
    assert off[0] < 0.5 < off[1]


def _sharper(log_sd: np.ndarray) -> np.ndarray:
    made = log_sd.copy()
    made[:, 0] -= 1.7
    return made
