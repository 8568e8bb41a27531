"""The mood part against the pharmacology review: section 7, and rows Q-M01 to Q-M09 of the qualification table.

The review's own numbers were computed with two shortcuts that its text does not tell and that were found by trying:
the lag stands on occupancy (here on s, so that it stays linear), and the drug is forgotten 24 h after each dose. An
independent integration with both gives every printed number; without them it gives ours. Levels, early effects and
the effect at 24 h agree either way; what lasts longer is up to a tenth larger here, well inside every tolerance.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from calibration.rivals import DOSE, matched_half_level
from holdfast.errors import InputError
from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import simulate_trial
from holdfast.facts import load
from holdfast.model.mood.score import removed
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.qualification import CALIBRATE, FAIL, PASS, measured, verdict
from holdfast.model.qualification.mood_trial import design
from holdfast.model.qualification.typical_person import typical_course

START = named_model("holdfast-start")
MOOD_ROWS = [row for row in load().rows("qualification") if row["group"] == "mood"]
MODELLED = [row for row in MOOD_ROWS if row.get("measure") and row["kind"] == "pass"]
SIX = [replace(DOSE, at_h=24.0 * day) for day in (0, 2, 4, 7, 9, 11)]  # Monday, Wednesday, Friday
LAST_H = SIX[-1].at_h
# doses, hours, D as printed (section 7)
PRINTED = {
    "one infusion": ([DOSE], [2 / 3, 4, 24, 72, 168, 264], [0.08, 0.24, 0.33, 0.24, 0.15, 0.10]),
    "six infusions": (SIX, [LAST_H + 24 * d for d in (1, 7, 14, 18)], [0.55, 0.26, 0.15, 0.12]),
}


def infusion(mg_per_kg: float) -> Dose:
    return Dose("ketamine", "iv", 0, dose_mg_per_kg=mg_per_kg, duration_h=2 / 3)


def nasal(dose_mg: float, *at_h: float) -> list[Dose]:
    return [Dose("esketamine", "nasal", t, dose_mg) for t in at_h]


def occupancy(doses, ends_h: float, *, lag_on: str, cut_h: float) -> tuple[np.ndarray, np.ndarray]:
    """Times and occupancy, from levels alone: written apart from the followers of the model."""
    fine = [np.arange(d.at_h, min(d.at_h + 8, ends_h), 1 / 240) for d in doses]
    times = np.unique(np.round(np.concatenate([*fine, np.arange(0, ends_h, 0.25), [ends_h]]), 9))
    levels = simulate(START, regimen(doses), covariates(), times)
    s = np.zeros_like(times)
    for substance, molar_mass, weight in (
        ("esketamine", 237.73, 0.4 / 0.3), ("arketamine", 237.73, 0.4 / 1.4),
        ("noresketamine", 223.70, 0.08 / 1.7), ("norarketamine", 223.70, 0.08 / 13.0),
    ):  # fmt: skip
        s += weight * levels.level_mg_per_l(substance, "arterial")[0] * 1000 / molar_mass
    if lag_on == "s":
        s = lagged(times, s)
    occupied = s / (1 + s)
    if lag_on == "occupancy":
        occupied = lagged(times, occupied)
    since = np.min([np.where(times >= d.at_h, times - d.at_h, np.inf) for d in doses], axis=0)
    return times, np.where(since <= cut_h + 1e-9, occupied, 0.0)


def lagged(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """First-order lag with a half-life of 10 min; exact for what is linear between times."""
    rate, made = np.log(2) * 6, np.zeros_like(values)
    for i, h in enumerate(np.diff(times)):
        slope = (values[i + 1] - values[i]) / h
        steady = values[i] - slope / rate
        made[i + 1] = steady + slope * h + (made[i] - steady) * np.exp(-rate * h)
    return made


def share(doses, wanted_h, *, lag_on: str = "occupancy", cut_h: float = 24.0) -> np.ndarray:
    """D by the midpoint rule, written from the equations of the review and with its numbers."""
    times, occupied = occupancy(doses, max(wanted_h), lag_on=lag_on, cut_h=cut_h)
    u = occupied**1.11 / (0.173**1.11 + occupied**1.11)
    y, path = np.zeros(3), [np.zeros(3)]

    def slope(level: np.ndarray, drive: float) -> np.ndarray:
        signalling, synapses, consolidated = level
        return np.array([
            1.126 * drive * (1 - signalling) - 0.0594 * signalling,
            0.0343 * signalling * (1 - synapses) - 0.0052 * synapses,
            0.0005 * synapses * (1 - consolidated) - 0.00032 * consolidated,
        ])  # fmt: skip

    for (a, b), (u_a, u_b) in zip(itertools.pairwise(times), itertools.pairwise(u), strict=True):
        y = y + (b - a) * slope(y + (b - a) / 2 * slope(y, u_a), (u_a + u_b) / 2)
        path.append(y)
    at = np.array(path) @ [0.245, 0.507, 0.5]
    return np.interp(wanted_h, times, at)


def of_model(doses, wanted_h) -> np.ndarray:
    return removed(START, typical_course(START, regimen(doses), wanted_h))


@pytest.mark.story("HF-MOD-010")
@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_shares_follow_from_the_equations_with_the_reviews_shortcuts(name: str) -> None:
    doses, wanted_h, printed = PRINTED[name]
    assert share(doses, wanted_h) == pytest.approx(printed, abs=0.0056)  # 0.5555 is printed as 0.55


@pytest.mark.parametrize("row", MODELLED, ids=lambda row: row.id)
def test_so_do_the_starting_values_of_the_qualification_table(row) -> None:
    at_h, under_placebo, *apart = (float(word) for word in row["argument"].split(";"))
    doses = nasal(row["doses"][0], 0, *apart)
    assert -under_placebo * share(doses, [at_h])[0] == pytest.approx(row["starting_value"], abs=0.026)


@pytest.mark.story("HF-MOD-010")
@pytest.mark.parametrize(
    ("doses", "wanted_h"),
    [(DOSE, [2 / 3, 4, 24, 72, 168, 264]), (SIX, PRINTED["six infusions"][1]), (nasal(84, 0, 72), [2, 24, 168])],
    ids=["infusion", "six infusions", "nasal"],
)
def test_the_model_is_the_same_equations_without_the_shortcuts(doses, wanted_h) -> None:
    doses = doses if isinstance(doses, (list, tuple)) else [doses]
    exact = share(doses, wanted_h, lag_on="s", cut_h=np.inf)
    assert of_model(doses, wanted_h) == pytest.approx(exact, rel=5e-5)
    assert exact.max() > 0.3


@pytest.mark.parametrize("name", PRINTED)
def test_the_shortcuts_change_no_printed_share_by_more_than_0_03(name: str) -> None:
    doses, wanted_h, printed = PRINTED[name]
    assert of_model(doses, wanted_h) == pytest.approx(printed, abs=0.03)
    assert of_model([DOSE], [4, 24]) == pytest.approx([0.24, 0.33], abs=0.005)


@pytest.mark.story("HF-MOD-010")
@pytest.mark.parametrize("row", MODELLED, ids=lambda row: row.id)
def test_the_typical_person_passes_the_published_differences(row) -> None:
    value = measured(row, START)
    assert verdict(row, value, START.id) == PASS
    later = row["quantity"].startswith("MADRS difference from placebo, day 8")
    times_printed = value / row["starting_value"]
    assert (1.06 < times_printed < 1.115) if later else times_printed == pytest.approx(1, abs=0.0115)


def test_only_rows_of_populations_wait_for_calibration() -> None:
    waiting = {row.id for row in MOOD_ROWS if row.get("measure") is None}
    assert waiting == {"Q-M13", "Q-M17"}  # relapse over months: judged by their virtual trials
    asked = {row.id for row in MOOD_ROWS if row["kind"] == "calibrate"}
    assert asked == {f"Q-M{n}" for n in range(10, 19)}


@pytest.mark.story("HF-EVD-020")
def test_uncalibrated_models_are_measured_and_not_judged_and_a_calibrated_one_must_pass() -> None:
    measures = [row for row in MOOD_ROWS if row["kind"] == "calibrate" and row.get("measure")]
    assert len(measures) == 7
    for row in measures:
        value = measured(row, START)
        assert verdict(row, value, START.id) == CALIBRATE
        assert verdict(row, row["tol_low"] - 0.1, "calibrated") == FAIL
        assert verdict(row, row["tol_high"], "calibrated") == PASS
    shares = {row.id: measured(row, START) for row in measures if row["unit"] == "%"}
    assert 20 < shares["Q-M10"] < 45  # the starting model expects too little of the first day
    assert shares["Q-M15"] < shares["Q-M10"] < shares["Q-M12"]
    assert shares["Q-M16"] < shares["Q-M10"]


def test_who_knows_what_they_get_falls_further_within_hours() -> None:
    row = load().row("Q-M11")
    blinded = replace(row, values={**row.values, "argument": "trd-adults;blinded;2"})
    assert measured(row, START) < measured(blinded, START) - 2 < -8


@pytest.mark.story("HF-EVD-020")
def test_six_infusions_give_what_their_virtual_trial_gives() -> None:
    """The trial lives dose by dose and rates many times; here all doses are solved at once and rated once."""
    simulated = simulate_trial(trial("murrough-2013-repeated"), model=START.id, replicates=80, seed=3)
    told = {one.asked.kind: float(np.mean(one.values)) for one in simulated.reported}
    assert measured(load().row("Q-M11"), START) == pytest.approx(told["change"], abs=0.6)
    assert measured(load().row("Q-M12"), START) == pytest.approx(told["response"], abs=4)
    assert told["change"] < -10
    assert told["response"] > 40


@pytest.mark.parametrize(
    ("argument", "doses"),
    [
        ("trd-adults;24", 1),
        ("trd-adults;blinded;soon", 1),
        ("trd-adults;blinded;24;0", 2),
        ("trd-adults;blinded;24", 2),
    ],
)
def test_an_argument_that_is_no_trial_is_refused(argument: str, doses: int) -> None:
    with pytest.raises(InputError, match=f"no trial of {doses} doses; write the population"):
        design(argument, doses)


@pytest.mark.parametrize(
    ("doses", "printed", "ours"),
    [
        ([infusion(0.1)], 13, 12.9), ([infusion(0.2)], 22, 22.8), ([infusion(0.5)], 41, 42.5),
        ([infusion(1.0)], 57, 59.6), (nasal(28, 0), 21, 21.2), (nasal(56, 0), 31, 31.6), (nasal(84, 0), 39, 39.6),
    ],
    ids=["0.1 mg/kg", "0.2 mg/kg", "0.5 mg/kg", "1.0 mg/kg", "28 mg", "56 mg", "84 mg"],
)  # fmt: skip
def test_peaks_of_occupancy(doses, printed: float, ours: float) -> None:
    """With the lag on occupancy the printed percent; with the lag on s up to 2.6 points more."""
    times, occupied = occupancy(doses, 3, lag_on="occupancy", cut_h=24)
    assert 100 * occupied.max() == pytest.approx(printed, abs=0.51)
    s = typical_course(START, regimen(doses), times[1:])["binding"]
    assert 100 * (s / (1 + s)).max() == pytest.approx(ours, abs=0.06)


@pytest.mark.story("HF-MOD-011")
def test_the_half_level_of_the_rival_is_the_one_that_matches_at_24_h() -> None:
    assert START.value("HNK50", unit="umol/L") == pytest.approx(matched_half_level(START), rel=0.002)
