"""A backup or an export that was killed leaves an open copy of the database; the next one clears it away."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.clinic.config import paths
from holdfast.clinic.copies.archive import note_written, scratch
from holdfast.clinic.copies.make import clear_killed_runs

KILLED = """
import os, signal, sys
from pathlib import Path
from holdfast.clinic.config import paths
paths.data_folder = lambda: Path(sys.argv[1])
from holdfast.clinic.copies.archive import scratch
with scratch() as folder:
    (folder / "holdfast.sqlite3").write_text("an open copy")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_copy_left_is_cleared_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob(".copy-*")
    assert (left / "holdfast.sqlite3").exists()
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    with scratch() as first:
        assert not left.exists()
        with scratch() as second:
            assert first.exists()
            assert second.exists()
    assert list(tmp_path.iterdir()) == []


KILLED_WRITING = """
import os, signal, sys
from pathlib import Path
from holdfast.clinic.config import paths
paths.data_folder = lambda: Path(sys.argv[1])
from holdfast.clinic.copies.archive import note_written, scratch
from holdfast.whole_files import folder_written_whole, written_whole
with scratch() as folder, written_whole(Path(sys.argv[2]) / "by-hand.backup") as file:
    note_written(folder, file)
    file.write_text("sealed")
    with scratch() as other, folder_written_whole(Path(sys.argv[2]) / "by-hand") as tables:
        note_written(other, tables)
        (tables / "patients.csv").write_text("open")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_wrote_under_a_name_of_somebodys_choice_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    for folder in (data, elsewhere):
        folder.mkdir()
    kept = elsewhere / "another.backup.unfinished"
    kept.write_text("of nobody known")
    subprocess.run([sys.executable, "-c", KILLED_WRITING, str(data), str(elsewhere)], check=False)
    left = {path.name for path in elsewhere.iterdir()}
    assert left == {kept.name, "by-hand.backup.unfinished", "by-hand.unfinished"}
    monkeypatch.setattr(paths, "data_folder", lambda: data)
    with scratch():
        assert [path.name for path in elsewhere.iterdir()] == [kept.name]
    assert list(data.iterdir()) == []


def test_a_note_names_nothing_that_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    finished = tmp_path / "mine.backup"
    finished.write_text("whole")
    dead = tmp_path / ".copy-dead"
    dead.mkdir()
    note_written(dead, finished)
    with scratch():
        assert not dead.exists()
    assert finished.exists()


def test_what_killed_nights_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    now = dt.datetime(2026, 11, 2, 3, 0, tzinfo=dt.UTC)
    ages_min = {
        "holdfast-2026-11-01-0200.backup.unfinished": 25 * 60, "holdfast-2026-11-02-0259.backup.unfinished": 1,
        "holdfast-2026-10-01-0200.backup": 999_999, "by-hand.backup.unfinished": 999_999,
    }  # fmt: skip
    for name, age_min in ages_min.items():
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (now.timestamp() - 60 * age_min,) * 2)
    clear_killed_runs(tmp_path, now)
    assert {path.name for path in tmp_path.iterdir()} == set(ages_min) - {"holdfast-2026-11-01-0200.backup.unfinished"}
