"""`holdfast model`: a reader sees what a model has of its own, what it inherits, and where each one fails."""

from __future__ import annotations

import json

import pytest

from holdfast.cli import main


def printed(capsys, words: str) -> str:
    assert main(["model", *words.split()]) == 0
    return capsys.readouterr().out


def test_list_says_what_a_model_is_based_on(capsys) -> None:
    lines = printed(capsys, "list").splitlines()
    assert lines[0].split("  ")[0] == "model"
    assert "based on" in lines[0]
    first, second = lines[2].split(), lines[3].split()
    assert first[:2] == ["holdfast-1", "holdfast-start"]
    assert second[:2] == ["holdfast-start", "Holdfast"]


@pytest.mark.story("HF-MOD-009")
def test_show_puts_own_parameters_first_and_says_where_the_others_come_from(capsys) -> None:
    text = printed(capsys, "show holdfast-1")
    assert "where it has none of its own, those of holdfast-start" in text
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("kind "))
    place = lines[head].index("from ")
    sources = [line[place:].split()[0] for line in lines[head + 2 :]]
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
    row = next(line for line in text.splitlines() if line.startswith("Q-O04"))
    assert row.endswith("67.9        41.5 (!)")
    assert "holdfast-1 1 of 1, holdfast-start 0 of 1" in text
    assert "perez-ruixo-2021, domino-1984, clements-1981: cannot give this row" in text


@pytest.mark.parametrize(("row", "value"), [("Q-N12", "1104 (!)"), ("Q-V01", "240 (!)")])
def test_numbers_are_written_out(row: str, value: str, capsys) -> None:
    assert value in printed(capsys, f"compare --row {row}")


def test_compare_says_in_json_what_is_inside_the_tolerance(capsys) -> None:
    (found,) = json.loads(printed(capsys, "compare --row Q-I01 --json"))
    assert found["inside_tolerance"] == dict.fromkeys(found["values"])  # that row has no tolerance
    (found,) = json.loads(printed(capsys, "compare --row Q-O06 --json"))
    assert (found["inside_tolerance"]["holdfast-1"], found["inside_tolerance"]["holdfast-start"]) == (True, False)
    assert found["inside_tolerance"]["domino-1984"] is None
