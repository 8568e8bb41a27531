"""The run on PostgreSQL says why it is skipped, gives back what pytest says, and leaves files out by name only."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import on_postgresql


def test_without_a_server_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(on_postgresql.SETTING, raising=False)
    monkeypatch.setattr(Path, "glob", lambda *_: [])
    monkeypatch.setattr(on_postgresql.shutil, "which", lambda _: None)
    assert on_postgresql.main() == 0
    said = capsys.readouterr().out
    assert "SKIPPED" in said
    assert "apt-get install postgresql" in said


@pytest.mark.parametrize("status", [0, 1, 3])
def test_a_named_server_is_used_and_a_failure_is_one(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    seen: list[str] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> SimpleNamespace:
        seen.append(env[on_postgresql.SETTING])
        return SimpleNamespace(returncode=status)

    monkeypatch.setenv(on_postgresql.SETTING, "postgresql://x@db.example/holdfast")
    monkeypatch.setattr(subprocess, "run", run)
    assert on_postgresql.run([]) == status
    assert seen == ["postgresql://x@db.example/holdfast"]


def test_what_runs_every_time_is_there_and_the_whole_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHOLE", raising=False)
    some = {Path(name).name for name in on_postgresql.files()}
    assert some == set(on_postgresql.EVERY_TIME)
    monkeypatch.setenv("WHOLE", "1")
    assert some < {Path(name).name for name in on_postgresql.files()}
