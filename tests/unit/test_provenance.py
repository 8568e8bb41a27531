"""Every answer of the model side says what it is: which program, facts and model; and what its numbers are not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from holdfast import __version__
from holdfast.cli import main
from holdfast.facts import load
from holdfast.model.courses.plan import CoursePlan
from holdfast.model.named_models import named_model
from holdfast.model.provenance import provenance, provenance_line

NASAL = "pk profile --drug esketamine --route nasal --dose-mg 56"
OF_A_MODEL = (
    NASAL, f"{NASAL} --patients 5 --seed 3 --hours 4", "model show holdfast-1", "model qualify",
    "population draw trd-adults --patients 2 --seed 3", "course simulate iv-racemic --patients 3 --days 3 --seed 3",
)  # fmt: skip
OF_FACTS = ("model list", "model compare --row Q-N05", "population list", "population show trd-adults")
pytestmark = [pytest.mark.story("HF-MOD-021"), pytest.mark.usefixtures("qualify_once")]


def printed(capsys, words: str) -> str:
    assert main(words.split()) in ((0, 1) if words.startswith("model qualify") else (0,))
    return capsys.readouterr().out


def answer(capsys, words: str):
    return json.loads(printed(capsys, f"{words} --json"))


@pytest.mark.parametrize("words", [*OF_A_MODEL, *OF_FACTS])
def test_every_answer_says_what_it_is(words: str, capsys) -> None:
    found = answer(capsys, words)
    assert found["holdfast"] == __version__
    assert found["facts_digest"] == load().digest
    assert "no prediction for a patient" in found["said"]
    if words in OF_A_MODEL:
        assert (found["model"], found["model_version"], found["based_on"]) == ("holdfast-1", "1", "holdfast-start")
        assert found["below_verified"] == named_model("holdfast-1").below_verified()
        assert found["known_failures"]
        assert found["compared_with_published_values_by"] == "holdfast model qualify --model holdfast-1"
    if "--seed" in words:
        assert found["seed"] == 3


@pytest.mark.parametrize("words", [words for words in (*OF_A_MODEL, *OF_FACTS) if "draw" not in words])
def test_a_text_ends_in_the_same(words: str, capsys) -> None:
    *_, said, last = printed(capsys, words).splitlines()
    assert "no prediction for a patient" in said
    assert f"facts {load().digest}; holdfast {__version__}" in last
    if words in OF_A_MODEL:
        assert last.startswith("model holdfast-1 version 1, based on holdfast-start; facts ")
    assert last.endswith("; seed 3") == ("--seed 3" in words)


def test_a_value_without_an_interval_is_said_to_be_typical(capsys) -> None:
    assert "without an interval" in answer(capsys, NASAL)["said"]
    assert "not how unsure the model is" in answer(capsys, OF_A_MODEL[1])["said"]


def test_names_are_those_of_stored_courses() -> None:
    course = CoursePlan("iv-racemic", 1, 1, 1).about()
    ours = provenance(named_model(), said="", seed=1)
    shared = ("holdfast", "facts_digest", "model", "model_version", "below_verified", "seed")
    assert {name: ours[name] for name in shared} == {name: course[name] for name in shared}
    assert "said" in course


def test_the_last_line_names_a_base_and_a_seed_only_where_there_is_one() -> None:
    line = provenance_line(provenance(named_model("domino-1984"), said=""))
    assert line == f"model domino-1984 version 1; facts {load().digest}; holdfast {__version__}"
    assert provenance_line(provenance(said="", seed=0)) == f"facts {load().digest}; holdfast {__version__}; seed 0"


def test_drawn_people_are_plain_csv_with_a_note_beside_them(tmp_path: Path, capsys) -> None:
    words = "population draw trd-adults --patients 2 --seed 3"
    assert main(words.split()) == 0
    shown = capsys.readouterr()
    assert [row["patient"] for row in csv.DictReader(shown.out.splitlines())] == ["0", "1"]
    assert "no prediction for a patient" in shown.err
    assert shown.err.rstrip().endswith("; seed 3")
    path = tmp_path / "people.csv"
    printed(capsys, f"{words} --output {path}")
    assert path.read_text(encoding="utf-8") == shown.out
    note = json.loads((tmp_path / "people.csv.about.json").read_text(encoding="utf-8"))
    listed = answer(capsys, words)
    assert len(listed.pop("rows")) == 2
    assert note == listed


@pytest.mark.parametrize("in_the_way", ["people.csv", "people.csv.about.json"])
def test_rows_and_note_are_written_both_or_neither(in_the_way: str, tmp_path: Path, capsys) -> None:
    (tmp_path / in_the_way).mkdir()
    path = tmp_path / "people.csv"
    assert main(["population", "draw", "trd-adults", "--patients", "2", "--seed", "3", "--output", str(path)]) == 3
    shown = capsys.readouterr()
    assert f"{in_the_way} cannot be written: it is a folder" in shown.err
    assert shown.out == ""
    assert [one.name for one in tmp_path.iterdir()] == [in_the_way]


def test_a_file_in_place_of_a_folder_is_told_in_a_sentence(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "people.csv"
    assert main(["population", "draw", "trd-adults", "--patients", "2", "--seed", "3", "--output", str(path)]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
