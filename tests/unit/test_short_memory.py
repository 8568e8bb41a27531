"""Memory that does not suffice is a sentence; whole parts stay; threads that cannot be had are done without."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from holdfast.cli import main
from holdfast.errors import InputError
from holdfast.model.courses.batch import simulate_batch
from holdfast.model.runs.run import simulate
from tests.unit.test_courses import plan_of

pytestmark = pytest.mark.story("HF-MOD-017")


def too_little(*_, **__):
    raise MemoryError


def test_a_chunk_that_does_not_fit_leaves_the_parts_before_it(tmp_path: Path, monkeypatch) -> None:
    plan, output = plan_of(patients=8, days=3), tmp_path / "course.csv"
    lived: list[int] = []

    def second_is_too_much(plan, first, count, *, threads):
        lived.append(first)
        return too_little() if first else simulate_batch(plan, first, count, threads=threads)

    monkeypatch.setattr("holdfast.model.runs.chunks.simulate_batch", second_is_too_much)
    with pytest.raises(InputError, match=r"memory does not suffice .*; 1 of 2 parts are whole in .* --resume goes on"):
        simulate(plan, output, chunk_patients=4)
    assert lived == [0, 4]
    monkeypatch.undo()
    simulate(plan, output, chunk_patients=4, resume=True)
    assert len(output.read_text().splitlines()) == 1 + 8 * 3


def test_where_nothing_fits_nothing_is_left(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("holdfast.model.runs.chunks.simulate_batch", too_little)
    with pytest.raises(InputError, match=r"memory does not suffice .*; nothing was written"):
        simulate(plan_of(patients=2, days=3), tmp_path / "course.csv")
    assert list(tmp_path.iterdir()) == []


def test_any_verb_says_so_in_a_sentence(monkeypatch, capsys) -> None:
    monkeypatch.setattr("holdfast.cli.pk.named_model", too_little)
    assert main(["pk", "profile", "--drug", "ketamine", "--route", "im", "--dose-mg", "20"]) == 3
    told = capsys.readouterr().err
    assert told == "holdfast: memory does not suffice; ask for less at once, or close other programs\n"


def test_threads_that_cannot_be_had_change_nothing(monkeypatch) -> None:
    plan, asked = plan_of(patients=200, days=4), []
    expected = simulate_batch(plan, 0, 200, threads=1).values["madrs_true"]

    def refused(*_, **__):
        asked.append(1)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refused)
    assert np.array_equal(simulate_batch(plan, 0, 200, threads=3).values["madrs_true"], expected)
    assert asked


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no full device here")
def test_people_are_drawn_though_nobody_can_read_what_is_said_of_them() -> None:
    words = ["-m", "holdfast", "population", "draw", "trd-adults", "--patients", "2", "--seed", "1"]
    with Path("/dev/full").open("w") as full:
        found = subprocess.run([sys.executable, *words], stdout=subprocess.PIPE, stderr=full)
    assert found.returncode == 0
    assert len(found.stdout.splitlines()) == 3
