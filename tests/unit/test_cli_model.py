"""`holdfast model`: a reader sees what a model has of its own, what it inherits, and where each one fails."""

from __future__ import annotations

import json

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.facts import load
from holdfast.model.named_models import named_model, named_models
from holdfast.model.pharmacokinetics.covariates import covariates
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.figures import band_figure, level_figure
from holdfast.model.qualification.figures import compared_figure


def printed(capsys, words: str) -> str:
    assert main(["model", *words.split()]) == 0
    return capsys.readouterr().out


def test_list_says_what_a_model_is_based_on(capsys) -> None:
    lines = printed(capsys, "list").splitlines()
    assert lines[0].split("  ")[0] == "model"
    assert "based on" in lines[0]
    rows = {line.split()[0]: line.split() for line in lines[2:] if line}
    assert rows["holdfast-1"][1:3] == ["holdfast-start", "1"]
    assert rows["holdfast-start"][1:3] == ["1", "Holdfast"]


@pytest.mark.story("HF-MOD-009")
def test_show_puts_own_parameters_first_and_says_where_the_others_come_from(capsys) -> None:
    text = printed(capsys, "show holdfast-1")
    assert "where it has none of its own, those of holdfast-start" in text
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("kind "))
    place = lines[head].index("from ")
    sources = [line[place:].split()[0] for line in lines[head + 2 : lines.index("", head)]]
    own = sources.count("holdfast-1")
    assert sources == ["holdfast-1"] * own + ["holdfast-start"] * (len(sources) - own)
    assert f"own parameters: {own} of {len(sources)};" in text
    symbols = [line.split()[1] for line in lines[head + 2 : head + 2 + own]]
    assert {"ka_oral", "fgNK", "f_mucosal", "ka_sublingual"} <= set(symbols)
    assert symbols.count("ka_oral") == 1


def test_show_of_a_model_without_a_base_names_none(capsys) -> None:
    text = printed(capsys, "show domino-1984")
    assert "own parameters: 7 of 7\n" in text


def test_compare_leaves_out_models_that_cannot_give_the_row(capsys) -> None:
    text = printed(capsys, "compare --row Q-O04")
    assert "racemate oral 25 mg" in text.splitlines()
    lines = text.splitlines()
    (header,), (row,) = ([line for line in lines if line.startswith(start)] for start in ("row ", "Q-O04"))
    shown = {name: row[header.index(f"  {name}  ") + 2 :].split("  ")[0] for name in ("holdfast-1", "holdfast-start")}
    assert shown == {"holdfast-1": "67.9", "holdfast-start": "41.5 (!)"}
    assert "holdfast-1 1 of 1, " in text
    assert "holdfast-start 0 of 1" in text
    assert "perez-ruixo-2021, domino-1984, clements-1981: cannot give this row" in text


@pytest.mark.parametrize(("row", "value"), [("Q-N12", "1104 (!)"), ("Q-V01", "240 (!)")])
def test_numbers_are_written_out(row: str, value: str, capsys) -> None:
    assert value in printed(capsys, f"compare --row {row}")


def test_compare_says_in_json_what_is_inside_the_tolerance(capsys) -> None:
    (found,) = json.loads(printed(capsys, "compare --row Q-I01 --json"))["rows"]
    assert found["inside_tolerance"] == dict.fromkeys(found["values"])  # that row has no tolerance
    (found,) = json.loads(printed(capsys, "compare --row Q-O06 --json"))["rows"]
    assert (found["inside_tolerance"]["holdfast-1"], found["inside_tolerance"]["holdfast-start"]) == (True, False)
    assert found["inside_tolerance"]["domino-1984"] is None


def qualified(capsys, options: str) -> str:
    assert main(["model", "qualify", *options.split()]) in (0, 1)  # whether it passes is asked elsewhere
    return capsys.readouterr().out


def test_qualify_words_units_and_names_the_known_misses(qualify_once, capsys) -> None:
    text = qualified(capsys, "")
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith("Q-")}
    assert "0.48 (label), 0.54            " in rows["Q-N16"]
    assert "  fraction  " in rows["Q-N16"]
    assert "  ordered    " in rows["Q-D03"]
    assert "  1 is ordered  " in rows["Q-D03"]
    assert "  1.7 +/- 0.8    " in rows["Q-H09"]
    assert not any(wrong in text for wrong in ("0.54 1 ", "ordered order", "ratio ratio", "order  "))
    found = json.loads(qualified(capsys, "--json"))
    assert found["known_misses"] == [row["id"] for row in found["rows"] if row["verdict"] == "known miss"]
    assert "Q-N19" in found["known_misses"]
    assert found["counts"]["known miss"] == len(found["known_misses"])


def test_a_seed_is_told_where_people_were_drawn_and_only_there(qualify_once, capsys) -> None:
    found = json.loads(qualified(capsys, "--json"))
    assert found["seed"] == 20261121
    assert "20,000 virtual patients" in found["said"]
    found = json.loads(qualified(capsys, "--model clements-1981 --json"))
    assert found["seed"] is None
    assert "virtual patients" not in found["said"]


def test_compare_says_of_each_model_its_version_and_where_it_fails(capsys) -> None:
    found = json.loads(printed(capsys, "compare --row Q-V01 --json"))
    assert [one["model"] for one in found["models"]] == list(found["rows"][0]["values"])
    assert all(one["model_version"] and one["known_failures"] for one in found["models"])


def test_a_figure_says_what_is_drawn_and_what_it_is_not() -> None:
    row = next(row for row in load().rows("qualification") if row.id == "Q-V01")
    (legend,) = compared_figure(row, list(named_models().values())).legends
    assert legend.get_title().get_text() == "typical person, no prediction for a patient"
    assert {"holdfast-1 version 1", "holdfast-start version 1"} <= {text.get_text() for text in legend.get_texts()}
    given = regimen([Dose("ketamine", "iv", 0, 35)])
    drawn = level_figure(named_model("holdfast-1"), given, covariates(70.0), ["ketamine"], site="venous", hours_h=1)
    assert drawn.get_supxlabel() == "holdfast-1 version 1: typical person, no prediction for a patient"
    times = np.array([0.0, 1.0])
    bands = band_figure(named_model("holdfast-1"), given, times, {"ketamine": np.ones((3, 2))}, people="3 people")
    assert bands.get_supxlabel() == "holdfast-1 version 1: virtual patients, no prediction for a patient"
