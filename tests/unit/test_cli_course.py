"""`holdfast course simulate`: what it prints, writes, draws and refuses."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.model.named_models import named_model
from holdfast.model.pharmacokinetics.dosing import Dose, regimen
from holdfast.model.pharmacokinetics.simulation import simulate
from holdfast.model.population.named_populations import named_population
from holdfast.model.population.virtual_patients import virtual_patients

SMALL = "course simulate iv-racemic --patients 12 --days 25"
TABLE = """ID,TIME,AMT,DUR,CMT,EVID,II,ADDL,DRUG
a,0,35,0.5,iv,1,24,1,ketamine
a,0.5,,,,0,,,
a,0.75,20,1,iv,1,,,ketamine
a,1.25,,,,0,,,
a,24.5,,,,0,,,
a,100,,,,3,,,
a,100.5,,,,0,,,
a,101,10,0,iv,1,,,ketamine
a,101.5,,,,0,,,
b,0,56,,nasal,1,,,esketamine
b,0.75,,,,0,,,
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)


def answer(capsys, words: str):
    assert main([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys, words: str, code: int = 3) -> str:
    before = sorted(Path().rglob("*"))
    assert main(words.split()) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before  # nothing half-written
    return printed.err


def test_the_answer_says_what_it_is_of_and_what_happened(capsys) -> None:
    found = answer(capsys, f"{SMALL} --seed 5")
    assert (found["seed"], found["patients"], found["protocol"], found["model"]) == (5, 12, "iv-racemic", "holdfast-1")
    assert len(found["facts_digest"]) == 16
    assert "no prediction for a patient" in found["said"]
    sessions = found["treatment_sessions"]
    assert 40 < sessions["given"] < 72
    assert 0 < sessions["withheld"] < 30
    assert (sessions["missed"], sessions["most_in_one_patient"]) == (0, 6)
    assert sessions["per_patient"] == sessions["given"] / 12
    assert [week["week"] for week in found["weeks"]] == [0, 1, 2, 3]
    assert found["weeks"][0]["in_course"] == found["weeks"][0]["rated"] == 12
    assert 150 < found["peaks"]["cmax_ng_per_ml"]["p50"] < 230
    assert 25 < found["weeks"][0]["madrs"]["p50"] < 45
    last = found["weeks"][3]
    assert sum(found["stopped"].values()) == 12 - last["in_course"]
    assert 0 < last["response_of_all"] < last["response_of_those_in_course"] <= 1
    assert found["definitions"] == {"response": "response_50", "remission": "madrs_le10", "relapse": "relapse_sustain1"}
    assert main([*SMALL.split(), "--pressure-gate", "override"]) == 0
    told = capsys.readouterr().out
    assert "seed 1" in told
    assert "hypothesis nmda-driven" in told
    assert (
        "treatment sessions: 72, 6.0 a patient (most 6), missed 0, withheld for the pressure before the dose 0" in told
    )
    assert "response: in course  of all" in told
    assert told.splitlines()[-1].startswith("model holdfast-1 version 1, based on holdfast-start; facts ")


@pytest.mark.story("HF-MOD-016")
def test_the_same_seed_writes_the_same_table_and_another_another(capsys) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        words = [*SMALL.split(), "--output", f"{name}.csv", "--seed", str(seed), "--pressure-gate", "override"]
        assert main(words) == 0
    capsys.readouterr()
    a, b, c = (Path(f"{name}.csv").read_bytes() for name in "abc")
    assert a == b != c
    rows = list(csv.DictReader(a.decode().splitlines()))
    assert len(rows) == 12 * 25
    assert {row["patient"] for row in rows} == {str(n) for n in range(1, 13)}
    assert rows[0]["treatment_session"] == "1"
    assert rows[1]["treatment_session"] == ""
    assert json.loads(Path("a.csv.about.json").read_text())["seed"] == 1


@pytest.mark.parametrize(("kind", "starts"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_plot_is_drawn_for_many_and_for_one(capsys, kind, starts) -> None:
    for patients in (6, 1):
        assert main(f"course simulate iv-racemic --days 15 --patients {patients} --plot {patients}.{kind}".split()) == 0
        assert Path(f"{patients}.{kind}").read_bytes().startswith(starts)
    if kind == "svg":
        many, one = (Path(f"{n}.svg").read_text() for n in (6, 1))
        assert "<!-- median -->" in many
        assert "<!-- rating -->" in one
        assert "<!-- median -->" not in one
    capsys.readouterr()


@pytest.mark.story("HF-MOD-018")
def test_a_table_of_doses_is_read_at_its_rows_as_an_independent_solution_gives(capsys) -> None:
    Path("doses.csv").write_text(TABLE)
    found = answer(capsys, "course simulate --doses doses.csv --patients 2 --seed 4 --output rows.csv")
    rows = {(row["patient"], row["person"], row["at_h"]): row for row in found["rows"]}
    assert sorted({at for name, _, at in rows if name == "a"}) == [0.5, 1.25, 24.5, 100.5, 101.5]
    assert len(rows) == 12 == len(Path("rows.csv").read_text().splitlines()) - 1
    model = named_model("holdfast-1")
    people = virtual_patients(model, named_population(), seed=4, count=2)
    infusions = [
        Dose("ketamine", "iv", at, mg, duration_h=h) for at, mg, h in ((0, 35, 0.5), (0.75, 20, 1), (24, 35, 0.5))
    ]
    levels = simulate(model, regimen(infusions), people.who, [0.5, 1.25, 24.5], etas=people.etas)
    for place, at in enumerate((0.5, 1.25, 24.5)):
        for person in (1, 2):
            expected = levels.level_mg_per_l("ketamine", "venous")[person - 1, place] * 1000
            assert rows["a", person, at]["venous_ng_per_ml"] == pytest.approx(expected, rel=1e-6)
            assert expected > 60
    assert [rows["a", 1, at]["treatment_sessions"] for at in (0.5, 1.25, 24.5, 100.5, 101.5)] == [1, 2, 3, 0, 1]
    after_reset = rows["a", 1, 100.5]
    assert after_reset["venous_ng_per_ml"] == after_reset["cadss"] == 0
    assert after_reset["madrs"] == pytest.approx(people.madrs_baseline[0], rel=0.01)
    assert rows["a", 1, 24.5]["madrs"] < 0.9 * after_reset["madrs"]
    assert 20 < rows["b", 1, 0.75]["venous_ng_per_ml"] < 200
    assert found["seed"] == 4


@pytest.mark.story("HF-MOD-018")
def test_a_table_of_our_own_columns_is_read_by_steps(capsys) -> None:
    Path("own.csv").write_text("patient,at_h,drug,route,dose_mg,duration_min\n1,0,ketamine,iv,35,40\n")
    assert "observation row" in refusal(capsys, "course simulate --doses own.csv")
    found = answer(capsys, "course simulate --doses own.csv --every-h 8")
    assert [row["at_h"] for row in found["rows"]] == [0, 8, 16, 24]
    assert 4 > found["rows"][1]["venous_ng_per_ml"] > 2
    assert "0 h lead nowhere" in refusal(capsys, "course simulate --doses own.csv --every-h 0")
    assert "times" in refusal(capsys, "course simulate --doses own.csv --every-h 0.00001")
    too_many = refusal(capsys, "course simulate --doses own.csv --every-h 0.01 --patients 20000")
    assert "48,020,000 rows do not fit in memory" in too_many


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("course simulate", 3, "a protocol, or a table"),
        ("course simulate iv-racemic --patients 0", 3, "empty"),
        ("course simulate iv-racemic --patients -5", 3, "empty"),
        ("course simulate iv-racemic --days 0", 3, "no course"),
        ("course simulate iv-racemik", 5, "iv-racemic"),
        ("course simulate iv-racemic --policy tapper", 5, "taper"),
        ("course simulate iv-racemic --population trd", 5, "trd-adults"),
        ("course simulate iv-racemic --hypothesis nmda", 5, "nmda-driven"),
        ("course simulate iv-racemic --attendance good", 5, "realistic"),
        ("course simulate iv-racemic --pressure-gate open", 5, "override"),
        ("course simulate iv-racemic --model domino-1984 --patients 2 --days 2", 3, "ends at levels"),
        ("course simulate esketamine-nasal --model perez-ruixo-2021", 3, "ends at levels"),
        ("course simulate iv-racemic --remission hamd17_le7", 3, "rated on madrs"),
        ("course simulate iv-racemic --output x.xlsx", 3, ".parquet"),
        ("course simulate iv-racemic --output no/x.csv", 3, "does not exist"),
        ("course simulate iv-racemic --plot x.pdf", 3, ".svg or .png"),
        ("course simulate iv-racemic --processes 0", 3, "0 processes"),
        ("course simulate iv-racemic --threads 0", 3, "0 threads"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(capsys, words, code, says) -> None:
    assert says in refusal(capsys, words, code)


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,0,-35,0.5,iv,1,,,ketamine", "-35"),
        ("a,0,nan,0.5,iv,1,,,ketamine", "AMT"),
        ("a,0,35,0.5,oral,1,,,ketamine", "duration"),
        ("a,0,28,0,nasal,1,,,ketamine", "another product"),
        ("a,0,30,0,nasal,1,,,esketamine", "whole number of devices"),
        ("a,0,35,0.5,rectal,1,,,ketamine", "CMT"),
        ("a,0,35,0.5,iv,0,,,ketamine", "gives no dose"),
        ("a,1,35,0.5,iv,1,,,ketamine\na,0,,,,0,,,", "must not fall"),
    ],
)
def test_a_row_that_contradicts_itself_is_one_sentence(capsys, row, says) -> None:
    Path("doses.csv").write_text(f"ID,TIME,AMT,DUR,CMT,EVID,II,ADDL,DRUG\n{row}\na,30,,,,0,,,\n")
    assert says in refusal(capsys, "course simulate --doses doses.csv --output rows.csv")


@pytest.mark.story("HF-MOD-017")
def test_a_full_disk_leaves_nothing_half_written() -> None:
    """A limit on the size of files is a disk that is full."""

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    words = [sys.executable, "-m", "holdfast", *SMALL.split(), "--patients", "400", "--output", "x.parquet"]
    done = subprocess.run(words, capture_output=True, text=True, preexec_fn=small_files, check=False)
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr
    assert not Path("x.parquet").exists()
    assert not list(Path().rglob("*.unfinished"))
    assert not list(Path().rglob("*.parquet"))


@pytest.mark.story("HF-MOD-017")
@pytest.mark.slow
def test_ten_million_patients_start_and_can_be_stopped() -> None:
    words = ["course", "simulate", "iv-racemic", "--patients", "10000000", "--days", "183", "--output", "big/"]
    running = subprocess.Popen(
        [sys.executable, "-m", "holdfast", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    first = Path("big/part-000000.parquet")
    counted = Path("big/part-000000.parquet.counts.json")  # comes last: then the part counts as whole
    for _ in range(600):
        if counted.exists() or running.poll() is not None:
            break
        time.sleep(0.1)
    os.kill(running.pid, signal.SIGINT)
    told = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 130, told
    assert "of 1000 parts are whole in big; the same command with --resume goes on" in told
    assert first.stat().st_size > 1_000_000
    assert not list(Path().rglob("*.unfinished"))


def test_progress_is_shown_on_a_terminal_alone(capsys) -> None:
    assert main([*SMALL.split(), "--output", "x.csv"]) == 0
    assert capsys.readouterr().err == ""


def test_ray_that_is_not_installed_is_named_with_its_command(capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "pip install 'holdfast[ray]'" in refusal(capsys, f"{SMALL} --ray", 8)


def test_percentiles_bracket_the_scores(capsys) -> None:
    found = answer(capsys, "course simulate iv-racemic --patients 60 --days 1 --output x.csv")
    scores = [float(row["madrs_true"]) for row in csv.DictReader(Path("x.csv").read_text().splitlines())]
    for name, percent in (("p5", 5), ("p50", 50), ("p95", 95)):
        expected = np.percentile(scores, percent, method="inverted_cdf")
        assert found["weeks"][0]["madrs"][name] == pytest.approx(expected, abs=0.13)
