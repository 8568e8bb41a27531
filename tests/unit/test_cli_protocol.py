"""`holdfast protocol`: what it prints, and which exit code a mistake has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.cli import main


def answer(capsys, words):
    assert main(["protocol", *words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_schedule_as_documented(capsys):
    found = answer(capsys, "schedule esketamine-nasal --start 2026-12-01")
    assert [s["on"] for s in found["treatment_sessions"][:3]] == ["2026-12-01", "2026-12-04", "2026-12-08"]
    assert found["treatment_sessions"][0]["allowed_doses"] == [56]


def test_schedule_from_what_happened(capsys, tmp_path):
    path = tmp_path / "given.json"
    sessions = [
        {"on": "2026-12-01", "dose": 56},
        {"on": "2026-12-05", "dose": 84},
        {"on": "2026-12-08", "outcome": "missed"},
    ]
    path.write_text(json.dumps({"treatment_sessions": sessions, "intervals": []}), encoding="utf-8")
    found = answer(capsys, f"schedule esketamine-nasal --start 2026-12-01 --given {path}")
    assert found["treatment_sessions"][0]["number"] == 3
    assert found["treatment_sessions"][0]["on"] == "2026-12-12"
    assert found["treatment_sessions"][0]["usual_dose"] == 84


def test_the_documented_past_can_be_read(capsys):
    past = f"--given {Path(__file__).parents[2] / 'docs' / 'examples' / 'given.json'}"
    found = answer(capsys, f"schedule esketamine-nasal --start 2026-12-01 --jurisdiction EU --born 1961-12-15 {past}")[
        "treatment_sessions"
    ]
    assert (found[0]["number"], found[0]["on"]) == (4, "2026-12-12")


def test_dose_as_documented(capsys):
    found = answer(capsys, "dose iv-racemic --weight-kg 82 --height-cm 178")
    assert (found["dose_mg"], found["rate_mg_per_h"], found["duration_min"]) == (41, 61.5, 40)
    found = answer(capsys, "dose iv-racemic --weight-kg 82 --height-cm 178 --concentration-mg-per-ml 2")
    assert found["rate_ml_per_h"] == 30.75


def test_devices(capsys):
    found = answer(capsys, "dose esketamine-nasal --dose-mg 84 --day 1 --jurisdiction US")
    assert found["devices"] == 3
    assert [stop["code"] for stop in found["decision"]["stops_a_physician_may_override"]] == ["not-the-day-1-dose"]


def test_standing(capsys):
    found = answer(capsys, "standing --drug esketamine --setting home --jurisdiction EU")
    assert found["standing"] == "refused"
    assert found["decision"]["hard_stops"][0]["rule"] == "dose.home"


@pytest.mark.parametrize("words", ["list", "show iv-racemic", "show oral-racemic", "show esketamine-nasal"])
def test_list_and_show(words, capsys):
    assert main(["protocol", *words.split()]) == 0
    assert capsys.readouterr().out
    assert answer(capsys, words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("dose iv-racemic --weight-kg 82 --height-cm 1.78", "height_cm is 1.78"),
        ("dose iv-racemic --weight-kg 0", "weight_kg is 0"),
        ("dose iv-racemic --weight-kg 181 --height-cm 178", "may be in pounds"),
        ("dose iv-racemic", "weight_kg: give the weight; iv-racemic is dosed by it"),
        ("dose iv-racemic --weight-kg 80 --choose dose_weight", "SETTING=KEY"),
        ("dose iv-racemic --weight-kg 80 --choose dose_weight=moon", "cannot be 'moon'"),
        ("dose iv-racemic --weight-kg 80 --jurisdiction Mars", "'Mars' is not known"),
        ("dose esketamine-nasal", "--dose-mg: is missing"),
        ("dose esketamine-nasal --dose-mg 56 --day 0", "day: 0"),
        ("dose esketamine-nasal --dose-mg 56 --age-y 6", "age_y is 6"),
        ("schedule iv-racemic --start 2026-12-01 --weeks 0", "until_week"),
        ("schedule iv-racemic --start 2026-12-01 --given nowhere.json", "does not exist"),
        ("schedule iv-racemic --start 2026-12-01 --indication psychiatric-emergency", "no plan for"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_3(words, says, capsys):
    assert main(["protocol", *words.split()]) == 3
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"treatment_sessions": [{"on": "1 December"}]}, "treatment_sessions[0]: on is '1 December', not a date"),
        ({"treatment_sessions": [{"on": 20261201}]}, "treatment_sessions[0]: on is 20261201, not a date"),
        ({"treatment_sessions": [{"on": "2026-12-01", "outcome": "cancelled"}]}, "neither given nor missed"),
        ({"treatment_sessions": [{"on": "2026-12-01", "dose": "56"}]}, "dose '56' is not a number"),
        ({"treatment_sessions": {"on": "2026-12-01"}}, "must be a list"),
        ({"intervals": [{"chosen_on": "2026-12-01", "interval_d": 7.5}]}, "not a whole number"),
        ({"doses": []}, "doses is not a field"),
    ],
)
def test_a_faulty_file_names_the_place(content, says, capsys, tmp_path):
    path = tmp_path / "given.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["protocol", "schedule", "iv-racemic", "--start", "2026-12-01", "--given", str(path)]) == 3
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", ["show iv", "dose iv-racemic --weight-kg 80 --signed dose.moon"])
def test_an_unknown_name_has_its_own_exit_code(words, capsys):
    assert main(["protocol", *words.split()]) == 5
    assert "Known" in capsys.readouterr().err
