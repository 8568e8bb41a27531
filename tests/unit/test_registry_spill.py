"""What a killed run spilled of registry rows is cleared by the next one; nothing else is."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from holdfast.registry.relations import MADE_JUST_NOW_S, connected


@pytest.mark.story("HF-REG-187")
def test_what_a_killed_run_spilled_is_cleared_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with connected(threads=1):
        (in_use,) = tmp_path.iterdir()
        (in_use / "duckdb_temp_storage-0.tmp").write_text("rows in use")
        killed, empty, theirs = (tmp_path / f"holdfast-registry-{name}" for name in ("killed", "empty", "notes"))
        for folder in (killed, empty, theirs):
            folder.mkdir()
        (killed / "duckdb_temp_storage-0.tmp").write_text("rows")
        (theirs / "thesis.txt").write_text("years of work")
        for folder in (in_use, killed, empty, theirs):
            os.utime(folder, (time.time() - 2 * MADE_JUST_NOW_S,) * 2)
        fresh = tmp_path / "holdfast-registry-fresh"  # of a run that holds it the next moment
        fresh.mkdir()
        with connected(threads=1):
            assert {killed, empty}.isdisjoint(tmp_path.iterdir())
        assert set(tmp_path.iterdir()) == {in_use, theirs, fresh}
        assert (in_use / "duckdb_temp_storage-0.tmp").exists()
        assert (theirs / "thesis.txt").exists()
