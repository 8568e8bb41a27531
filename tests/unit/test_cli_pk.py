"""`holdfast pk` and `holdfast model`: what they print, draw and refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from holdfast.cli import main
from holdfast.facts import load
from holdfast.model.named_models import named_model
from holdfast.model.qualification import FAIL, PASS, measured, verdict

NASAL = "pk profile --drug esketamine --route nasal --dose-mg 56 --weight-kg 70"
INFUSION = "pk profile --drug ketamine --route iv --dose-mg-per-kg 0.5 --duration-min 40"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


def answer(capsys, words: str):
    assert main([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys, words: str, code: int = 3) -> str:
    assert main(words.split()) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    return printed.err


def test_a_nasal_dose_has_its_published_peak_and_area(capsys) -> None:
    found = answer(capsys, NASAL)
    esketamine = found["results"][0]
    assert esketamine["substance"] == "esketamine"
    assert esketamine["cmax"] == {"value": pytest.approx(73, rel=0.02), "unit": "ng/mL"}
    assert esketamine["auc"] == {"value": pytest.approx(255, rel=0.02), "unit": "ng*h/mL"}
    assert esketamine["tmax"]["unit"] == "min"
    assert 7 <= esketamine["half_life"]["value"] <= 12
    assert [r["substance"] for r in found["results"]] == ["esketamine", "noresketamine", "hydroxynoresketamine"]
    assert found["dose"]["unit"] == "mg of base"


def test_an_infusion_has_its_published_venous_peak_and_a_higher_arterial_one(capsys) -> None:
    venous = answer(capsys, INFUSION)["results"][0]["cmax"]["value"]
    arterial = answer(capsys, f"{INFUSION} --site arterial")["results"][0]
    assert venous == pytest.approx(185, rel=0.03)
    assert arterial["cmax"]["value"] / venous == pytest.approx(1.4, abs=0.06)
    assert arterial["tmax"]["value"] == pytest.approx(40, abs=0.01)


def test_a_model_with_one_site_says_which(capsys) -> None:
    found = answer(capsys, f"{INFUSION} --model domino-1984")
    assert found["results"][0]["site"] == "arterial, the model's only site"
    assert [r["substance"] for r in found["results"]] == ["ketamine"]


def test_text_says_what_the_model_is_and_where_it_fails(capsys) -> None:
    assert main([*NASAL.split()]) == 0
    printed = capsys.readouterr().out
    assert "no prediction for a patient" in printed
    assert "fails at: oral levels rest on two groups of 6" in printed
    assert "parameters below verified" in printed


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("--drug esketamine --route nasal --dose-mg 84", None),
        ("--drug esketamine --route nasal --dose-mg 112", "112 mg is beyond the 84 mg of nasal doses"),
        ("--drug ketamine --route iv --dose-mg 140 --duration-min 60", None),
        ("--drug ketamine --route iv --dose-mg 150 --duration-min 60", "beyond the 2 mg/kg of doses by vein"),
        ("--drug ketamine --route oral --dose-mg 25", None),
        ("--drug ketamine --route oral --dose-mg 25 --model holdfast-start", "not fitted to levels after oral doses"),
        ("--drug ketamine --route im --dose-mg 25", "was not fitted to levels after im doses"),
        ("--drug ketamine --route sc --dose-mg 25", "those for muscle are used"),
    ],
)
def test_use_beyond_the_range_of_the_fit_is_flagged(words: str, flag: str | None, capsys) -> None:
    warnings = answer(capsys, f"pk profile {words}")["warnings"]
    assert any(flag in said for said in warnings) if flag else len(warnings) == 1


def test_text_lists_the_levels_at_the_observation_rows(capsys) -> None:
    assert main(["pk", "profile", "--doses", "docs/examples/kamp_2020.csv", "--site", "arterial"]) == 0
    printed = capsys.readouterr().out
    assert "patient  at h  substance   ng/mL" in printed
    assert "1        3     esketamine  252.2" in printed


def test_a_table_of_doses_gives_each_patient_a_profile_and_the_levels_asked_for(capsys) -> None:
    found = answer(capsys, "pk profile --doses docs/examples/pk_doses.csv")
    assert [p["patient"] for p in found["patients"]] == ["anna", "ben"]
    anna, ben = found["patients"]
    assert [level["at_h"] for level in anna["levels"]] == [0.6667, 96]
    assert anna["levels"][0]["value"] > anna["levels"][1]["value"] > 0
    assert ben["results"][0]["cmax"]["value"] == pytest.approx(74.1, rel=0.001)


@pytest.mark.parametrize("suffix", ["svg", "png"])
@pytest.mark.parametrize("words", [NASAL, "model compare --row Q-K01", "model compare --row Q-V01"])
def test_a_plot_is_written_whole(words: str, suffix: str, tmp_path, capsys) -> None:
    path = tmp_path / f"out.{suffix}"
    assert main([*words.split(), "--plot", str(path)]) == 0
    start = path.read_bytes()[:200]
    assert start.startswith(b"\x89PNG") if suffix == "png" else b"<svg" in path.read_bytes()[:600]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("pk profile --drug ketamine --route iv --dose-mg -5 --duration-min 40", "--dose-mg is -5"),
        ("pk profile --drug ketamine --route iv --dose-mg 35", "--duration-min is missing"),
        ("pk profile --drug ketamine --route nasal --dose-mg 28", "another product"),
        ("pk profile --drug esketamine --route nasal --dose-mg 40", "multiple of 28 mg"),
        (f"{NASAL} --weight-kg 0", "weight_kg is 0"),
        ("pk profile --drug ketamine --dose-mg 35", "--route is missing"),
        (f"{INFUSION} --dose-mg 35", "either in mg or in mg/kg"),
        (f"{NASAL} --hours 0", "a span of 0 h"),
        (f"{NASAL} --hours 1e-9", "give at least a minute (0.0167 h)"),
        (f"{NASAL} --plot out.docx", "does not end in .svg or .png"),
        (f"{NASAL} --plot no-such-folder/out.svg", "cannot be written"),
        ("pk profile --doses docs/examples/pk_doses.csv --dose-mg 5", "contradicts --doses"),
        ("pk profile --doses docs/examples/pk_doses.csv --plot out.svg", "draws one patient"),
        ("pk profile --doses no-such.csv", "does not exist"),
        ("model compare --plot out.svg", "name it with --row"),
        ("model compare --row Q-D01 --plot out.svg", "is not on levels"),
        ("model compare --row Q-M13", "is no row that is modelled"),
    ],
)
def test_a_mistake_is_a_sentence(words: str, says: str, capsys) -> None:
    assert says in refusal(capsys, words)


@pytest.mark.parametrize("dose", ["esketamine --route nasal", "ketamine --route oral", "ketamine --route sublingual"])
def test_the_area_of_the_first_minute_is_that_under_the_levels_of_it(dose: str, capsys) -> None:
    """Levels that begin at 0 and only rise: the area lies above 0 and below the rectangle."""
    found = answer(capsys, f"pk profile --drug {dose} --dose-mg 56 --hours 0.0167")["results"]
    assert len(found) == 3
    for result in found:
        assert 0 < result["auc"]["value"] < result["cmax"]["value"] * 0.0167


def test_an_unknown_model_is_told_with_those_there_are(capsys) -> None:
    assert "clements-1981" in refusal(capsys, f"{NASAL} --model domino", code=5)


def test_compare_shows_where_each_model_fails(capsys) -> None:
    (mean_peak,) = answer(capsys, "model compare --row Q-V02")["rows"]
    assert mean_peak["verdicts"] == {
        "holdfast-1": "pass", "holdfast-start": "pass", "perez-ruixo-2021": "FAIL", "domino-1984": None,
        "clements-1981": None, "holdfast-1-no-tolerance": "pass", "holdfast-2": "pass",
    }  # fmt: skip
    (row,) = answer(capsys, "model compare --row Q-V01")["rows"]
    assert row["verdicts"]["domino-1984"] == "FAIL"


def test_show_gives_every_parameter_its_source(capsys) -> None:
    found = answer(capsys, "model show holdfast-start")
    assert all(row["ref"] and row["locator"] and row["status"] for row in found["parameters"])
    assert {row["kind"] for row in found["parameters"]} == {"typical", "omega", "sigma", "covariate_effect"}


@pytest.mark.story("HF-MOD-003")
def test_an_unlisted_miss_fails_the_command(qualify_once, capsys) -> None:
    assert main(["model", "qualify"]) == 0
    assert "78 pass, 6 known miss, 3 report only, 9 to calibrate" in capsys.readouterr().out
    assert main(["model", "qualify", "--model", "holdfast-start"]) == 0
    assert "62 pass, 14 known miss, 3 report only, 17 to calibrate" in capsys.readouterr().out
    assert main(["model", "qualify", "--model", "clements-1981"]) == 1
    assert "6 FAIL" in capsys.readouterr().out


@pytest.mark.story("HF-MOD-003")
def test_a_spoiled_parameter_is_an_unlisted_miss() -> None:
    start, row = named_model(), load().row("Q-V02")
    written = start.parameters["typical"]["Vc"]
    swollen = replace(written, values=MappingProxyType({**written.values, "value": 60.0}))
    typical = MappingProxyType({**start.parameters["typical"], "Vc": swollen})
    spoiled = replace(start, parameters=MappingProxyType({**start.parameters, "typical": typical}))
    assert [verdict(row, measured(row, model), model.id) for model in (start, spoiled)] == [PASS, FAIL]
