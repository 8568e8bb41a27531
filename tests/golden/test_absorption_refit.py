"""Absorption by mouth and under the tongue: fitted to published means by a script, and the table holds that fit.

Sources of the means: Chong 2006, Grant 1981 (by Zanos 2018), Rolan 2014, Perez-Ruixo 2021 table 4; tolerances are those
of qualification.csv. How weak they are: docs/calibration/absorption.md.
"""

from __future__ import annotations

import pytest

from calibration import absorption, absorption_report, fit_absorption
from holdfast.facts import load
from holdfast.model.changed_models import with_values
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.profile import area_to_infinity_mg_h_per_l
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.qualification import FAIL, KNOWN_MISS, PASS, measured, verdict

START, REFITTED = named_model("holdfast-start"), named_model("holdfast-1")
FITTED = ("ka_oral", "fgNK", "f_mucosal")
LEVELS = [row for row in load().rows("qualification") if row["group"] == "pk" and row.get("measure")]
MENDED = {"Q-O04": 67.9, "Q-O06": 37.3, "Q-S02": 31.4, "Q-S05": 0.286, "Q-S06": 0.278, "Q-S07": 13.04}
KEPT = {"Q-O01": 0.236, "Q-O03": 26.7, "Q-O05": 0.721, "Q-S01": 0.286, "Q-S03": 67.9, "Q-S04": 0.875}


@pytest.mark.story("HF-MOD-009")
@pytest.mark.parametrize("row", LEVELS, ids=lambda row: row.id)
def test_no_row_that_passed_misses_since_the_refit(row) -> None:
    was = verdict(row, measured(row, START), START.id)
    now = verdict(row, measured(row, REFITTED), REFITTED.id)
    if row.id in MENDED:
        assert (was, now) == (KNOWN_MISS, PASS)
    else:
        assert now == was != FAIL


@pytest.mark.story("HF-MOD-009")
@pytest.mark.parametrize(("row", "value"), [*MENDED.items(), *KEPT.items()])
def test_the_refitted_levels_are_those_of_the_report(row: str, value: float) -> None:
    assert measured(load().row(row), REFITTED) == pytest.approx(value, rel=0.003)


def test_a_mended_row_fails_when_it_is_missed_again() -> None:
    row = load().row("Q-O04")
    assert verdict(row, measured(row, START), REFITTED.id) == FAIL


def test_levels_after_doses_by_vein_and_muscle_and_nasal_ketamine_did_not_move() -> None:
    moved = {row.id for row in LEVELS if abs(measured(row, REFITTED) / measured(row, START) - 1) > 1e-9}
    nasal = {"Q-N03", "Q-N04", "Q-N07", "Q-N08", "Q-N11", "Q-N12", "Q-N20"}  # noresketamine
    assert moved == nasal | {"Q-O07"} | set(MENDED) | set(KEPT) - {"Q-O01"}


@pytest.mark.slow
@pytest.mark.story("HF-MOD-009")
def test_the_table_holds_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert absorption.main(["--check"]) == 0
    assert "fgNK 0.086" in capsys.readouterr().out


def test_a_table_that_is_not_the_fit_is_told() -> None:
    other = fit_absorption.Fit({"ka_oral": 3.44, "fgNK": 0.0861, "f_mucosal": 0.0649}, {}, 0.0)
    assert [fault.split()[0] for fault in fit_absorption.differences(other)] == ["ka_oral"]


@pytest.mark.parametrize("symbol", FITTED)
@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_the_fitted_values_lie_at_a_minimum(symbol: str, factor: float) -> None:
    def squares(values: dict[str, float]) -> float:
        model = with_values(REFITTED, values)
        return sum(fit_absorption.residual(target, model) ** 2 for target in fit_absorption.targets())

    best = squares({})
    assert 5 < best < 12
    assert squares({symbol: REFITTED.parameter(symbol)["value"] * factor}) > best + 0.1


@pytest.mark.story("HF-MOD-009")
def test_only_rows_that_somebody_read_are_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {load().row(target.id)["status"] for target in fit_absorption.targets()} == {"secondary", "transcribed"}
    monkeypatch.setattr(fit_absorption, "TARGETS", {"pk116": "Q-I02"})
    with pytest.raises(ValueError, match="pk116 is unverified"):
        fit_absorption.targets()


def test_errors_are_standard_errors_or_half_the_tolerance() -> None:
    errors = {target.id: target.error for target in fit_absorption.targets()}
    assert errors["pk102"] == pytest.approx(34 / 6**0.5)
    assert errors["pk099"] == pytest.approx(0.09 / 6**0.5)
    assert errors["pk093"] == pytest.approx(0.04 / 2 / 1.645, rel=1e-3)
    assert errors["pk041"] == pytest.approx(0.15 * 180)
    assert fit_absorption.prior_of_ka_oral() == pytest.approx((0.97, 1.0), abs=0.005)


@pytest.mark.story("HF-MOD-009")
@pytest.mark.parametrize(("drug", "enantiomer"), [("esketamine", 0), ("arketamine", 1)])
def test_the_gut_wall_adds_as_much_norketamine_as_it_turns(drug: str, enantiomer: int) -> None:
    """In closed form: the area grows by the amount made over the clearance of norketamine."""
    without = with_values(REFITTED, {"fgNK": 0.0})
    substance = {"esketamine": "noresketamine", "arketamine": "norarketamine"}[drug]
    areas = []
    for model in (REFITTED, without):
        found = simulate(model, regimen([Dose(drug, "oral", 0, 50)]), covariates(), [0.0])
        areas.append(float(area_to_infinity_mg_h_per_l(found, substance)[0]))
        clearance = found.body.p.CLn[0, enantiomer]
    made_mg = 50 * (1 - 0.514) * 0.086 * 223.7 / 237.73
    assert areas[0] - areas[1] == pytest.approx(made_mg / clearance, rel=1e-9)
    assert areas[0] / areas[1] == pytest.approx(1.108, abs=0.001)


def test_the_report_is_of_this_model() -> None:
    """The slow part, refits under other choices, is not repeated here."""
    page = (absorption_report.FOLDER / "absorption.md").read_text(encoding="utf-8")
    assert all(table in page for table in absorption_report.tables(START, REFITTED).values())
    assert all(f" {REFITTED.parameter(symbol)['value']:g} |" in page for symbol in FITTED)
