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
from holdfast.clinic.copies.archive import scratch
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
