"""The models give the numbers published for them, and the starting model those of the pharmacology review."""

from __future__ import annotations

import pytest

from holdfast.facts import load
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import Effects, covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.profile import profiles
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.qualification import FAIL, KNOWN_MISS, NOT_MODELLED, PASS, REPORT, measured, verdict

START = named_model("holdfast-start")
PEREZ_RUIXO = named_model("perez-ruixo-2021")
MODELLED = [row for row in load().rows("qualification") if row.get("measure") and row["group"] == "pk"]
# Rows whose starting value was computed otherwise (their notes say how) or rounded.
OTHERWISE = {"Q-V04": 0.8, "Q-V03": 0.015, "Q-I02": 0.021}  # the last is printed to the minute


def profile(model, doses, substance, who=None, **more):
    return profiles(model, regimen(doses), who or covariates(), [substance], **more)[0]


@pytest.mark.story("HF-MOD-003")
@pytest.mark.parametrize("row", MODELLED, ids=lambda row: row.id)
def test_the_starting_model_gives_the_value_of_the_review(row) -> None:
    value = measured(row, START)
    assert value == pytest.approx(row["starting_value"], rel=OTHERWISE.get(row.id, 0.01), abs=0.0003)


@pytest.mark.story("HF-MOD-003")
def test_every_pharmacokinetic_row_passes_or_is_a_listed_miss(qualified) -> None:
    assert len(load().rows("qualification")) == 96  # the 84 of the review, five of them in parts, and eight of ours
    found = [one for one in qualified(START.id) if one.row["group"] == "pk"]
    counts = {name: sum(one.verdict == name for one in found) for name in (PASS, KNOWN_MISS, REPORT, NOT_MODELLED)}
    assert counts == {PASS: 42, KNOWN_MISS: 12, REPORT: 3, NOT_MODELLED: 0}


def test_a_miss_that_is_not_listed_fails() -> None:
    row = load().row("Q-N01")
    assert verdict(row, row["tol_low"], START.id) == verdict(row, row["tol_high"], START.id) == PASS
    assert verdict(row, row["tol_low"] - 0.01, START.id) == verdict(row, row["tol_high"] + 0.01, START.id) == FAIL
    assert verdict(load().row("Q-N16"), 0.1, START.id) == KNOWN_MISS
    assert verdict(load().row("Q-N16"), 0.5, START.id) == PASS


@pytest.mark.parametrize(("dose_mg", "cmax", "auc"), [(28, 43.8, 147.3), (56, 72.5, 254.7), (84, 101.0, 362.2)])
def test_perez_ruixo_gives_its_table_4_within_4_percent(dose_mg: float, cmax: float, auc: float) -> None:
    found = profile(PEREZ_RUIXO, [Dose("esketamine", "nasal", 0, dose_mg)], "esketamine")
    assert found.cmax_ng_per_ml[0] == pytest.approx(cmax, rel=0.04)
    assert found.auc_ng_h_per_ml[0] == pytest.approx(auc, rel=0.04)


@pytest.mark.parametrize(("dose_mg", "printed", "times"), [(28, 274.4, 1.41), (56, 516.3, 1.44), (84, 758.0, 1.46)])
def test_the_noresketamine_areas_of_perez_ruixo_cannot_be_had_from_its_table_3(
    dose_mg: float, printed: float, times: float
) -> None:
    found = profile(PEREZ_RUIXO, [Dose("esketamine", "nasal", 0, dose_mg)], "noresketamine")
    assert found.auc_ng_h_per_ml[0] / printed == pytest.approx(times, abs=0.02)


@pytest.mark.parametrize(
    ("dose_mg", "duration_min", "peak"), [(35, 40, 125), (2.5, 30, 9.7), (20, 20, 85)], ids=["venous", "hasan", "20 mg"]
)
def test_perez_ruixo_is_wrong_for_infusions_as_the_review_says(
    dose_mg: float, duration_min: float, peak: float
) -> None:
    dose = Dose("esketamine", "iv", 0, dose_mg, duration_h=duration_min / 60)
    assert profile(PEREZ_RUIXO, [dose], "esketamine").cmax_ng_per_ml[0] == pytest.approx(peak, rel=0.02)


def test_domino_gives_240_at_40_minutes_and_46_at_80() -> None:
    given = regimen([Dose("ketamine", "iv", 0, dose_mg_per_kg=0.5, duration_h=40 / 60)])
    levels = simulate(named_model("domino-1984"), given, covariates(), [40 / 60, 80 / 60]).level_mg_per_l("ketamine")
    assert levels[0] * 1000 == pytest.approx([240, 46], rel=0.01)


@pytest.mark.parametrize(
    ("name", "clearance", "volume"), [("domino-1984", 116, 193), ("clements-1981", 80, 289)]
)  # fmt: skip
def test_the_older_models_have_their_printed_clearance_and_volume(name: str, clearance: float, volume: float) -> None:
    given = regimen([Dose("ketamine", "iv", 0, 35)])
    p = simulate(named_model(name), given, covariates(), [0]).body.p
    assert p.clearance[0, 0] == pytest.approx(clearance, abs=0.5)
    assert p.volume_at_steady_state[0, 0] == pytest.approx(volume, abs=0.7)


@pytest.mark.parametrize(
    ("who", "substance", "auc", "cmax"),
    [
        ({"age_y": 70}, "esketamine", 1.06, None),
        ({"age_y": 75}, "esketamine", 1.10, None),
        ({"ancestry": "asian"}, "esketamine", 1.12, None),
        ({"ancestry": "asian"}, "noresketamine", 1.47, None),
        ({"ancestry": "japanese"}, "esketamine", 1.30, 1.29),
        ({"child_pugh_b": True}, "esketamine", 2.04, 1.31),
        ({"age_y": 60}, "esketamine", 1.0, 1.0),
        ({"weight_kg": 110}, "esketamine", 1.0, 1.0),
    ],
    ids=str,
)
def test_covariates_change_nasal_exposure_as_published(who, substance: str, auc: float, cmax: float | None) -> None:
    dose = [Dose("esketamine", "nasal", 0, 28)]
    changed = profile(START, dose, substance, covariates(**who))
    usual = profile(START, dose, substance)
    assert changed.auc_inf_ng_h_per_ml[0] / usual.auc_inf_ng_h_per_ml[0] == pytest.approx(auc, abs=0.011)
    if cmax is not None:
        assert changed.cmax_ng_per_ml[0] / usual.cmax_ng_per_ml[0] == pytest.approx(cmax, abs=0.006)


def test_perez_ruixo_has_its_own_asian_effect_on_kel_alone() -> None:
    given = regimen([Dose("esketamine", "nasal", 0, 28)])
    p = simulate(PEREZ_RUIXO, given, covariates(ancestry="asian"), [0]).body.p
    assert p.CLint is not None
    assert p.fNK is not None
    assert (p.CLint * p.fNK / p.Vh)[0, 0] == pytest.approx(2.77)
    assert (p.CLint * (1 - p.fNK) / p.Vh)[0, 0] == pytest.approx(1.11 * 0.36)


def test_weight_changes_infusions_as_published_and_can_be_switched_off() -> None:
    dose = [Dose("ketamine", "iv", 0, dose_mg_per_kg=0.5, duration_h=40 / 60)]
    who = covariates([50, 70, 100])
    assert profile(START, dose, "ketamine", who).cmax_ng_per_ml == pytest.approx([177, 189, 202], abs=0.6)
    off = profile(START, dose, "ketamine", who, effects=Effects(weight="off")).cmax_ng_per_ml
    assert off[2] / off[0] == pytest.approx(2)


def test_disputed_effects_are_off_unless_asked_for() -> None:
    dose, women = [Dose("esketamine", "iv", 0, 20)], covariates(female=True, cyp2b6="66")
    usual = profile(START, dose, "esketamine").auc_inf_ng_h_per_ml
    assert profile(START, dose, "esketamine", women).auc_inf_ng_h_per_ml == pytest.approx(usual)
    sex = profile(START, dose, "esketamine", women, effects=Effects(sex=True)).auc_inf_ng_h_per_ml
    gene = profile(START, dose, "esketamine", women, effects=Effects(cyp2b6=True)).auc_inf_ng_h_per_ml
    assert usual / sex == pytest.approx(1.2)
    assert usual / gene == pytest.approx(22 / 68)
