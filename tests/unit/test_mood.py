"""Mood: rival hypotheses, who gains, what is no effect of drug, ups and downs, ratings, relapse, links of scales."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from calibration.rivals import DOSE
from holdfast.errors import InputError, UnknownNameError
from holdfast.facts import load
from holdfast.model.assembly import equations
from holdfast.model.effects import drive
from holdfast.model.integration.compiled.solver import CompiledSolver
from holdfast.model.integration.plain import PlainSolver
from holdfast.model.integration.stretches import stretch_of
from holdfast.model.mood import fluctuation
from holdfast.model.mood.individuals import PERSON_DRAWS, individuals, typical
from holdfast.model.mood.laws import HYPOTHESES, TOLERANCE, UNITS, law
from holdfast.model.mood.placebo import Care, placebo, weights
from holdfast.model.mood.relapse import relapse_day, relapses_of_even_ratings
from holdfast.model.mood.scale_links import linked, links
from holdfast.model.mood.score import most_points, rated, removed, score, self_view
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.absorption import inputs
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.individual import dispositions
from holdfast.model.pharmacokinetics.levels import body
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.pharmacokinetics.solver import solve
from holdfast.model.qualification.typical_person import typical_course
from holdfast.outcomes import Rating, definition, relapse

START = named_model("holdfast-start")
TWICE_WEEKLY = [replace(DOSE, at_h=84.0 * i) for i in range(6)]
FIRST_DAY = datetime.date(2026, 1, 1)


def removed_by(doses, times_h, hypothesis: str = "nmda-driven", **own: float) -> np.ndarray:
    arrays = {symbol: np.array([value]) for symbol, value in own.items()}
    return removed(START, typical_course(START, regimen(doses), times_h, hypothesis=hypothesis, own=arrays))


# --- hypotheses ------------------------------------------------------------------------------------------------


@pytest.mark.story("HF-MOD-011")
def test_six_hypotheses_can_be_chosen_by_name() -> None:
    assert list(HYPOTHESES) == [n + t for t in ("", TOLERANCE) for n in ("nmda-driven", "hnk-driven", "mixed")]
    with pytest.raises(UnknownNameError, match="nmda-driven"):
        law("serotonin-driven")


@pytest.mark.story("HF-MOD-011")
@pytest.mark.parametrize("name", HYPOTHESES)
def test_every_cascade_agrees_with_an_integrator_that_knows_only_its_stages(name: str) -> None:
    """LSODA on splines of the signals, which are levels of another solver."""
    chosen, dense = law(name), np.unique(np.concatenate([np.arange(0, 8, 1 / 60), np.arange(8, 96.1, 0.5)]))
    levels = simulate(START, regimen([DOSE]), covariates(), dense)
    hnk = levels.level_mg_per_l("hydroxynorarketamine", "arterial")[0] * 1000 / 239.70
    binding = typical_course(START, regimen([DOSE]), dense)["binding"]
    splines = [CubicSpline(dense, values) for values in (binding, hnk)]
    parameters = [START.value(symbol, unit=UNITS[symbol]) for symbol in chosen.parameters]

    def slope(t: float, y: np.ndarray) -> list[float]:
        signals = [max(spline(t), 0.0) for spline in splines]
        rates = [stage(signals, list(y), parameters) for stage in chosen.stages]
        return [gain - loss * level for (gain, loss), level in zip(rates, y, strict=True)]

    found = solve_ivp(slope, (0, 96), chosen.start(parameters), "LSODA", [4, 24, 96], rtol=1e-8, atol=1e-10, max_step=1)
    course = typical_course(START, regimen([DOSE]), [4, 24, 96], hypothesis=name)
    for place, state in enumerate(chosen.states):
        assert course[state] == pytest.approx(found.y[place], rel=3e-5, abs=1e-9), state
        assert 0.001 < course[state][-1] < 1
    assert min(binding.max(), hnk.max()) > 0.05


@pytest.mark.parametrize("name", ["hnk-driven", "mixed" + TOLERANCE])
def test_a_rival_cascade_is_the_same_in_machine_code(name: str) -> None:
    who, given = covariates([55.0, 70.0, 95.0]), regimen(TWICE_WEEKLY[:2])
    put_in = inputs(START, given, who)
    whole = equations(START, dispositions(START, who, {"iv"}), put_in.ka_per_h, hypothesis=name)
    stretch, amounts = stretch_of(put_in, 168, (2 / 3, 24.0, 85.0, 168.0))
    plain = PlainSolver(whole).advance(stretch, amounts)
    top = np.abs(plain).max(axis=1, keepdims=True)
    assert (np.abs(CompiledSolver(whole).advance(stretch, amounts) - plain) <= 1e-9 * top).all()
    assert (top > 0).all()


@pytest.mark.parametrize("tolerance", ["", TOLERANCE])
def test_the_mixture_has_both_hypotheses_at_its_ends(tolerance: str) -> None:
    times = [4, 24, 168]
    for share, name in ((0.0, "nmda-driven"), (1.0, "hnk-driven")):
        end = removed_by([DOSE], times, "mixed" + tolerance, HNK_share=share)
        assert end == pytest.approx(removed_by([DOSE], times, name + tolerance), rel=1e-12)
    between = removed_by([DOSE], [24], "mixed" + tolerance)
    assert between == pytest.approx(removed_by([DOSE], [24], "nmda-driven" + tolerance), rel=0.05)


@pytest.mark.parametrize("name", ["nmda-driven", "hnk-driven", "mixed"])
def test_tolerance_takes_from_later_doses_more_than_from_the_first(name: str) -> None:
    times = [24, 5 * 84 + 24]
    without, with_it = removed_by(TWICE_WEEKLY, times, name), removed_by(TWICE_WEEKLY, times, name + TOLERANCE)
    lost = 1 - with_it / without
    assert 0 < lost[0] < 0.05
    assert lost[1] > 1.5 * lost[0]
    assert removed_by(TWICE_WEEKLY, times, name + TOLERANCE, tolerance_most=0.0) == pytest.approx(without, rel=1e-9)


@pytest.mark.story("HF-MOD-011")
def test_hydroxynorketamine_drives_nothing_by_default_and_esketamine_nothing_where_it_alone_drives() -> None:
    nasal = [Dose("esketamine", "nasal", 0, 84)]
    assert removed_by(nasal, [24])[0] > 0.3
    assert removed_by(nasal, [24], "hnk-driven")[0] == 0.0
    assert removed_by([DOSE], [24], "hnk-driven") == pytest.approx(removed_by([DOSE], [24]), rel=0.002)
    assert law().signals == ("binding",)


@pytest.mark.story("HF-MOD-010")
def test_nothing_moves_without_drug_and_more_drug_moves_more() -> None:
    course = typical_course(START, regimen([]), [24.0])
    assert [course[name][0] for name in ("A", "X", "Z", "binding")] == [0.0] * 4
    found = [removed_by([replace(DOSE, dose_mg_per_kg=mg)], [24])[0] for mg in (0.1, 0.2, 0.5, 1.0)]
    assert found == sorted(found)
    assert found[0] > 0.1
    assert found[-1] < 0.5


# --- assembly --------------------------------------------------------------------------------------------------


def assembled(model_name: str = "holdfast-start", patients: int = 1, **more):
    model, who = named_model(model_name), covariates([70.0] * patients)
    put_in = inputs(model, regimen([DOSE]), who)
    return equations(model, dispositions(model, who, {"iv"}), put_in.ka_per_h, **more)


def test_what_is_read_is_what_the_pharmacokinetic_part_gives() -> None:
    times = [0.5, 2 / 3, 4.0]
    read = typical_course(START, regimen([DOSE]), times)
    levels = simulate(START, regimen([DOSE]), covariates(), times)
    for name, substance, site in (
        ("arterial_ng_per_ml", "ketamine", "arterial"), ("venous_ng_per_ml", "ketamine", "venous"),
        ("norketamine_ng_per_ml", "norketamine", "arterial"),
    ):  # fmt: skip
        assert read[name] == pytest.approx(1000 * levels.level_mg_per_l(substance, site)[0], rel=1e-9)
    assert 20 < read["Ceq_ng_per_ml"][1] < read["arterial_ng_per_ml"][1]


@pytest.mark.parametrize("model_name", ["holdfast-start", "holdfast-1"])
def test_the_drives_of_acute_effects_are_those_of_the_effects_room(model_name: str) -> None:
    model, times = named_model(model_name), [0.5, 1.0, 3.0]
    nasal = regimen([Dose("esketamine", "nasal", 0, 84)])
    read, given = typical_course(model, nasal, times), inputs(model, nasal, covariates())
    alone = body(model, covariates(), given, nasal.routes, followers=lambda p: drive.followers(model, p))
    states = solve(alone.system, given, times).states
    read = {**read, drive.MIND: drive.on_mind(model, read[drive.MIND], read["Ceq_ng_per_ml"])}
    for name in (drive.MIND, drive.CIRCULATION):
        assert read[name] == pytest.approx(drive.read(model, alone.system.names, states, name)[0], rel=1e-9)
        assert read[name].max() > 40


def test_parameters_of_the_cascade_differ_from_patient_to_patient() -> None:
    whole = assembled(patients=3, mood={"kout": np.array([0.001, 0.0052, 0.02])})
    assert whole.parameters[:, whole.law.parameters.index("kout")].tolist() == [0.001, 0.0052, 0.02]
    assert set(whole.parameters[:, whole.law.parameters.index("kA")]) == {0.0594}
    slow, usual, fast = (removed_by([DOSE], [168], kout=k)[0] for k in (0.001, 0.0052, 0.02))
    assert slow > 1.4 * usual > 2 * fast


def test_a_parameter_or_a_model_without_mood_is_refused() -> None:
    with pytest.raises(InputError, match="'gamma' is no parameter of nmda-driven; it has kin"):
        assembled(mood={"gamma": np.ones(1)})
    with pytest.raises(InputError, match="domino-1984 ends at levels"):
        assembled("domino-1984")


# --- people ----------------------------------------------------------------------------------------------------


def drawn(n: int, seed: int = 20261121):
    random = np.random.default_rng(seed)
    return individuals(START, {name: random.standard_normal(n) for name in PERSON_DRAWS})


@pytest.mark.story("HF-MOD-012")
def test_gain_is_a_mixture_with_a_real_share_near_0_and_a_mean_of_1() -> None:
    people = drawn(200_000)
    assert people.gain.mean() == pytest.approx(1, abs=0.01)
    assert (people.gain < 0.25).mean() == pytest.approx(0.33, abs=0.005)
    assert np.median(people.gain[people.gain > 0.25]) > 1.2
    assert people.gain.min() > 0


def test_other_traits_have_the_spread_of_the_table() -> None:
    people = drawn(200_000)
    log_kout = np.log(people.cascade["kout"])
    assert np.exp(np.median(log_kout)) == pytest.approx(0.0052, rel=0.01)
    assert log_kout.std() == pytest.approx(0.7, rel=0.01)
    assert people.placebo.mean() == pytest.approx(1, abs=0.01)
    assert people.self_rating_bias.std() == pytest.approx(3, rel=0.01)
    assert np.corrcoef(people.gain, people.placebo)[0, 1] == pytest.approx(0, abs=0.01)


def test_typical_people_are_all_alike() -> None:
    people = typical(3)
    assert len(people) == 3
    assert (people.gain == 1).all()
    assert (people.placebo == 1).all()
    assert (people.self_rating_bias == 0).all()


# --- placebo ---------------------------------------------------------------------------------------------------

OPEN, BLIND, UNBLINDED = Care(), Care(open_label=False), Care(open_label=False, unblinding=True)
FELT = np.array([[0.0, 10.0, 40.0, np.nan]])


def test_expectancy_weighs_less_where_people_do_not_know_what_they_get() -> None:
    assert weights(START, OPEN, FELT).tolist() == [[1, 1, 1, 0]]
    assert weights(START, BLIND, FELT).tolist() == [[0.6, 0.6, 0.6, 0]]
    assert weights(START, UNBLINDED, FELT)[0] == pytest.approx([0.6, 0.8, 0.92, 0])


@pytest.mark.story("HF-MOD-012")
def test_placebo_comes_with_a_treatment_session_and_fades_while_improvement_grows() -> None:
    times = [0, 2, 24, 72, 24 * 60]
    found = placebo(START, OPEN, np.ones(1), times, [0.0], np.ones((1, 1)))[0]
    assert found[0] == 0
    assert found[1] == max(found)
    assert 0.2 < found[1] < 0.3
    assert found[-1] == pytest.approx(0.12, abs=0.001)
    again = placebo(START, OPEN, np.ones(1), times, [0.0, 70.0], np.ones((1, 2)))[0]
    assert again[:3] == pytest.approx(found[:3])
    assert again[3] > found[3] + 0.2
    blind = placebo(START, BLIND, np.ones(1), times, [0.0], np.full((1, 1), 0.6))[0]
    assert 0 < blind[1] < 0.7 * found[1]


def test_a_new_antidepressant_adds_its_part_over_weeks_and_no_share_passes_1() -> None:
    times = [24, 24 * 28]
    weight, phase_3 = np.ones((2, 1)), Care(open_label=False, new_antidepressant=True)
    people = np.array([1.0, 9.0])
    found = placebo(START, phase_3, people, times, [0.0], weight)
    without = placebo(START, BLIND, people, times, [0.0], weight)
    assert (found - without)[0] == pytest.approx([0.3 * (1 - 2 ** (-1 / 14)), 0.3 * 0.75], rel=1e-9)
    assert found[1, 1] == 1.0


def test_admission_to_hospital_adds_its_part_within_days() -> None:
    weight, admitted = np.ones((1, 1)), Care(open_label=False, hospital=True)
    found, without = (placebo(START, care, np.ones(1), [24, 24 * 28], [0.0], weight) for care in (admitted, BLIND))
    assert (found - without)[0] == pytest.approx([0.2 * 0.5, 0.2], rel=1e-6)


def test_people_without_a_treatment_session_expect_nothing_of_it() -> None:
    found = placebo(START, OPEN, np.ones(2), [2.0], [0.0], np.array([[1.0], [0.0]]))
    assert found[0, 0] > 0.2
    assert 0 < found[1, 0] < 0.01
    with pytest.raises(InputError, match="do not fit 2 patients and 1 times"):
        placebo(START, OPEN, np.ones(2), [2.0], [0.0], np.ones((1, 2)))


# --- fluctuation -----------------------------------------------------------------------------------------------


@pytest.mark.story("HF-MOD-012")
def test_ups_and_downs_are_stationary_and_half_forgotten_after_the_half_life() -> None:
    random = np.random.default_rng(20261121)
    times = np.array([0.0, 1.0, 96.0, 97.0, 24 * 183.0])
    found = fluctuation.path(START, times, random.standard_normal((100_000, 5)))
    assert found.std(axis=0) == pytest.approx(np.full(5, 3.0), rel=0.01)
    assert np.corrcoef(found[:, 0], found[:, 2])[0, 1] == pytest.approx(0.5, abs=0.01)
    assert np.corrcoef(found[:, 2], found[:, 3])[0, 1] == pytest.approx(2 ** (-1 / 96), abs=0.001)
    assert np.corrcoef(found[:, 0], found[:, 4])[0, 1] == pytest.approx(0, abs=0.01)


def test_two_gaps_are_one_long_gap_and_no_gap_is_none() -> None:
    points = np.array([5.0])
    still = np.zeros(1)
    twice = fluctuation.carried(START, fluctuation.carried(START, points, 30, still), 50, still)
    assert twice == pytest.approx(fluctuation.carried(START, points, 80, still), rel=1e-12)
    assert fluctuation.carried(START, points, 0, np.ones(1)) == pytest.approx(points)
    variance = [fluctuation.carried(START, still, gap, np.ones(1))[0] ** 2 for gap in (30, 50, 80)]
    carried_over = 2 ** (-2 * 50 / 96)
    assert variance[0] * carried_over + variance[1] == pytest.approx(variance[2], rel=1e-12)
    assert fluctuation.path(START, [], np.zeros((2, 0))).shape == (2, 0)


# --- score and ratings -----------------------------------------------------------------------------------------


@pytest.mark.story("HF-MOD-010")
def test_the_score_is_the_product_of_what_is_left() -> None:
    assert score(35, 0.2, 0.5) == pytest.approx(14)
    assert score(35, 0, 0) == 35
    found = score(np.array([[30.0], [40.0]]), np.array([0.0, 0.5]), np.array([[0.1], [0.2]]))
    assert found == pytest.approx(np.array([[27, 13.5], [32, 16]]))


def test_a_gain_beyond_everything_leaves_0_and_not_a_score() -> None:
    assert score(35, 1.3, 1.4) == 0
    assert score(35, 0.0, 1.4) == 0
    assert score(90, 0.0, 0.0) == most_points() == 60


def test_a_rating_is_a_whole_number_within_the_scale() -> None:
    draws = np.random.default_rng(20261121).standard_normal(100_000)
    by_clinician, by_self = rated(START, 30.0, draws), rated(START, 30.0, draws, rater="self")
    assert by_clinician.dtype == np.int64
    assert by_clinician.mean() == pytest.approx(30, abs=0.05)
    assert by_clinician.std() == pytest.approx(2, abs=0.05)
    assert by_self.std() == pytest.approx(3, abs=0.05)
    assert rated(START, 0.5, draws).min() == 0
    assert rated(START, 59.5, draws).max() == 60


def test_a_self_rating_shows_part_of_the_change_a_clinician_sees() -> None:
    assert self_view(START, 35, 15, 0) == pytest.approx(19)
    assert self_view(START, 35, 35, 2) == pytest.approx(37)
    assert self_view(START, 59, 59, 9) == 60


# --- relapse ---------------------------------------------------------------------------------------------------

SUSTAIN_1 = definition("relapse_sustain1")
DEFINITIONS = {
    "sustain-1": SUSTAIN_1,
    "three in a row": replace(SUSTAIN_1, repeat=3),
    "once": replace(SUSTAIN_1, repeat=1, repeat_min_d=None, repeat_max_d=None),
    "no longest gap": replace(SUSTAIN_1, repeat_max_d=None),
    "three in a row, no longest gap": replace(SUSTAIN_1, repeat=3, repeat_max_d=None),
    "up to two months": replace(SUSTAIN_1, repeat_max_d=61),
}


@pytest.mark.story("HF-MOD-012")
@pytest.mark.parametrize(
    ("name", "last_day"), [*((name, 120) for name in DEFINITIONS), ("no longest gap", 3000), ("up to two months", 600)]
)
def test_relapse_of_many_courses_is_that_of_each_by_the_outcomes_package(name: str, last_day: int) -> None:
    chosen, random = DEFINITIONS[name], np.random.default_rng(20261121)
    days = np.unique(random.integers(0, last_day, 45))
    centre = random.uniform(14, 26, (250, 1))
    totals = np.clip(np.rint(centre + 5 * random.standard_normal((250, len(days)))), 0, 60)
    totals[random.random(totals.shape) < 0.2] = np.nan
    since = np.where(random.random(250) < 0.2, np.nan, random.integers(0, 50, 250))
    found = relapse_day(days, totals, chosen, since)
    assert 0.2 < np.isfinite(found).mean() < 0.8
    for one in range(250):
        ratings = [
            Rating("madrs", FIRST_DAY + datetime.timedelta(days=int(day)), None if np.isnan(total) else float(total))
            for day, total in zip(days, totals[one], strict=True)
        ]
        if np.isnan(since[one]):
            assert np.isnan(found[one])
            continue
        expected = relapse(ratings, [], chosen, FIRST_DAY + datetime.timedelta(days=int(since[one])))
        day = None if np.isnan(found[one]) else FIRST_DAY + datetime.timedelta(days=int(found[one]))
        assert day == (expected.on if expected else None)


@pytest.mark.parametrize("apart_d", [1, 5, 7, 16])
@pytest.mark.parametrize("change", [{}, {"repeat": 1}, {"repeat": 3}, {"repeat_max_d": None}, {"repeat_min_d": None}])
def test_relapse_by_ratings_evenly_apart_is_the_same_relapse(apart_d: int, change: dict[str, int | None]) -> None:
    chosen, random = replace(SUSTAIN_1, **change), np.random.default_rng(8)
    days = apart_d * np.arange(1, 21)
    totals = np.clip(np.rint(21 + 6 * random.standard_normal((300, len(days)))), 0, 60)
    since = random.integers(0, 10 * apart_d, 300).astype(float)
    meets = (totals >= 22) & (days > since[:, None])
    found = relapses_of_even_ratings(meets.T, apart_d, chosen)
    assert np.array_equal(found, np.isfinite(relapse_day(days, totals, chosen, since)))
    assert found.any() == (apart_d < 16 or change.get("repeat_max_d", 15) is None)


def test_what_is_no_relapse_and_days_that_do_not_rise_are_refused() -> None:
    with pytest.raises(InputError, match="defines response, not relapse"):
        relapse_day(np.array([1]), np.ones((1, 1)), definition("response_50"), np.zeros(1))
    with pytest.raises(InputError, match="joins ratings 62 d apart; give less than 62 d"):
        relapse_day(np.array([1]), np.ones((1, 1)), replace(SUSTAIN_1, repeat_max_d=62), np.zeros(1))
    with pytest.raises(InputError, match="do not rise"):
        relapse_day(np.array([1, 1]), np.ones((1, 2)), SUSTAIN_1, np.zeros(1))


# --- links of scales -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "total", "madrs"),
    [
        ("ham-d17", 10, 13), ("ham-d17", 20, 26), ("ham-d17", 40, 52.5), ("phq-9", 15, 24), ("phq-9", 27, 48),
        ("qids-sr16", 5, 7.5), ("qids-sr16", 16, 25), ("HAMD-17", 15, 19.5),
    ],
)  # fmt: skip
def test_a_link_gives_its_published_points_both_ways(scale: str, total: float, madrs: float) -> None:
    assert linked(total, scale, "madrs") == pytest.approx(madrs)
    assert linked(madrs, "madrs", scale) == pytest.approx(total)


def test_a_link_agrees_with_a_study_it_does_not_rest_on() -> None:
    """A HAM-D17 of 7 is a MADRS of 8 or 9 by item response theory (PMC2151980, abstract)."""
    assert 8 <= linked(7, "ham-d17", "madrs") <= 9.2


@pytest.mark.parametrize("scale", ["ham-d17", "qids-sr16", "phq-9"])
def test_every_link_rises_from_end_to_end(scale: str) -> None:
    one = links()[scale]
    assert (np.diff(one.totals) > 0).all()
    assert (np.diff(one.madrs) > 0).all()
    assert linked(np.arange(61), "madrs", scale).min() == 0
    assert linked(60, "madrs", scale) == load().documents["scales"][scale].header["total_max"]


def test_two_scales_are_linked_by_way_of_madrs_and_a_scale_without_a_link_is_refused() -> None:
    both = linked([10.0, 20.0], "ham-d17", "qids-sr16")
    assert both == pytest.approx(linked(linked([10.0, 20.0], "ham-d17", "madrs"), "madrs", "qids-sr16"))
    assert linked([3.0], "phq-9", "phq-9") == pytest.approx([3])
    with pytest.raises(UnknownNameError, match="ham-d17"):
        linked(3, "gad-7", "madrs")
