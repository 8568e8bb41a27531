"""Files of simulated courses: names that are no patterns, stops while a part is written, notes cut short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.model.runs.parts import write_columns
from holdfast.model.runs.run import Stopped, simulate
from tests.unit.test_courses import plan_of, stopped_after


@pytest.mark.story("HF-MOD-016")
@pytest.mark.parametrize("name", ["w*", "w[1]", "w?", "seed=1", "it's"])
def test_a_name_is_a_name_and_no_pattern(tmp_path, name):
    """Parts of another simulation lie where such a pattern would find them."""
    other, plan = plan_of(patients=6, days=9), plan_of(patients=9, days=10)
    assert "1 of 2" in str(stopped_after(1, other, tmp_path / "w1.parquet"))
    simulate(plan, tmp_path / f"{name}.parquet", chunk_patients=4)
    simulate(plan, tmp_path / "plain.parquet", chunk_patients=4)
    assert (tmp_path / f"{name}.parquet").read_bytes() == (tmp_path / "plain.parquet").read_bytes()
    with duckdb.connect() as opened:
        read = opened.execute(f"SELECT count(*), max(patient) FROM '{tmp_path}/plain.parquet'").fetchone()
    assert read == (90, 9)


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_stop_while_a_part_is_written_is_a_stop(tmp_path, kind):
    """The signal comes while DuckDB writes; it tells of it in words of its own."""
    rows = {"n": np.arange(3_000_000), "x": np.random.default_rng(1).random(3_000_000)}

    def write_again_and_again() -> None:
        for _ in range(1000):
            write_columns(rows, tmp_path / f"x.{kind}", kind, {})

    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        write_again_and_again()
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("name", ["about.json", "part-000000.parquet.counts.json"])
def test_a_note_that_was_cut_short_is_told(tmp_path, name):
    plan, out = plan_of(patients=12, days=5), tmp_path / "a.parquet"
    stopped_after(1, plan, out)
    cut = tmp_path / "a.parquet.parts" / name
    cut.write_bytes(cut.read_bytes()[:20])
    with pytest.raises(InputError, match=rf"{name} is cut short or changed; remove the folder .*a\.parquet\.parts"):
        simulate(plan, out, chunk_patients=4, resume=True)
    assert cut.stat().st_size == 20


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("content", ["{}", "[1]", "null", '{"by_day": 1, "peaks": {}}'])
def test_counts_that_count_nothing_are_told_as_changed(tmp_path, content):
    plan, out = plan_of(patients=12, days=5), tmp_path / "a.parquet"
    stopped_after(1, plan, out)
    (tmp_path / "a.parquet.parts" / "part-000000.parquet.counts.json").write_text(content)
    with pytest.raises(InputError, match=r"counts\.json is cut short or changed; remove the folder"):
        simulate(plan, out, chunk_patients=4, resume=True)


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("resume", [True, False])
def test_files_of_somebody_else_are_never_advised_away(tmp_path, resume):
    kept = tmp_path / "photos" / "child.jpg"
    kept.parent.mkdir()
    kept.write_bytes(b"x")
    with pytest.raises(InputError, match=r"photos is not a folder of parts: it holds child\.jpg; name") as told:
        simulate(plan_of(patients=2, days=2), kept.parent, folder=True, resume=resume)
    assert "remove" not in str(told.value)
    assert kept.exists()


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("resume", [True, False])
def test_a_run_that_ended_is_kept(tmp_path, resume):
    """Were it simulated anew, and stopped, its parts would be gone."""
    plan, parts = plan_of(patients=12, days=5), tmp_path / "set"
    simulate(plan, parts, folder=True, chunk_patients=4)
    before = {one.name: one.read_bytes() for one in parts.iterdir()}
    with pytest.raises(InputError, match="set holds a run that ended; name another output, or remove the folder"):
        simulate(plan, parts, folder=True, chunk_patients=4, resume=resume)
    assert {one.name: one.read_bytes() for one in parts.iterdir()} == before


@pytest.mark.story("HF-MOD-017")
def test_a_stop_at_the_very_end_of_a_run_takes_no_part_away(tmp_path, monkeypatch):
    """When the last counts have gone, no part counts as whole, and all of them are there."""

    def last_counts_gone(part: Path) -> Path:
        if part.name == "part-000003.parquet":
            raise KeyboardInterrupt
        return part.with_name(part.name + ".counts.json")

    monkeypatch.setattr("holdfast.model.runs.run.counts_of", last_counts_gone)
    monkeypatch.setattr("holdfast.model.runs.run.is_whole", lambda part: False)
    with pytest.raises(Stopped, match=r"0 of 4 parts are whole in .*set; the same command with --resume goes on"):
        simulate(plan_of(patients=16, days=5), tmp_path / "set", folder=True, chunk_patients=4)
    assert len(list((tmp_path / "set").glob("part-*.parquet"))) == 4


@pytest.mark.story("HF-MOD-017")
def test_a_part_that_somebody_spoiled_is_told_in_a_sentence(tmp_path):
    """What DuckDB says of it, whatever class of error that is."""
    plan, out = plan_of(patients=12, days=5), tmp_path / "a.parquet"
    stopped_after(1, plan, out)
    (tmp_path / "a.parquet.parts" / "part-000000.parquet").write_bytes(b"no Parquet file at all")
    with pytest.raises(InputError, match=r"^\S*a\.parquet cannot be written; DuckDB says: .*part-000000") as told:
        simulate(plan, out, chunk_patients=4, resume=True)
    assert len(str(told.value).splitlines()) == 1
    assert not out.exists()


@pytest.mark.story("HF-MOD-017")
@pytest.mark.parametrize("folder", ["x.csv", "x.csv.about.json"])
def test_a_table_and_what_it_is_of_are_written_both_or_neither(tmp_path, folder):
    (tmp_path / folder).mkdir()
    with pytest.raises(InputError, match=f"{folder} cannot be written: it is a folder"):
        write_columns({"n": np.arange(3)}, tmp_path / "x.csv", "csv", {"seed": 1})
    assert [one.name for one in tmp_path.iterdir()] == [folder]


@pytest.mark.story("HF-MOD-017")
@pytest.mark.slow
def test_processes_end_with_the_one_that_began_them_however_it_ends(tmp_path):
    """They hold its stdout too: that is at its end when the last of them has gone."""
    small_chunks = (
        "import sys; from holdfast.model.runs import chunks; chunks.MOST_PATIENTS = 100; "
        "from holdfast.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["course", "simulate", "iv-racemic", "--patients", "100000", "--output", "big/", "--processes", "2"]
    running = subprocess.Popen(
        [sys.executable, "-c", small_chunks, *words], cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        for _ in range(600):
            if (tmp_path / "big" / "part-000003.parquet").exists() or running.poll() is not None:
                break
            time.sleep(0.05)
        assert running.poll() is None
        running.kill()
        assert running.communicate(timeout=10)[0] == b""
        assert running.returncode == -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
