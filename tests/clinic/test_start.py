"""Commands that start together: one brings the database up to date, the others wait for it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.cli import main
from holdfast.clinic.audit.append_only import append_only_tables, guarded_tables, install_triggers
from holdfast.clinic.config import paths
from holdfast.clinic.config.one_at_a_time import one_at_a_time
from holdfast.clinic.config.start import database_sentence
from holdfast.errors import ConfigurationError
from tests.clinic.conftest import ROOT
from tests.clinic.postgresql import empty_database

AT_ONCE = 4


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    return {**kept, "HOLDFAST_DATA": str(folder), "HOLDFAST_DATABASE_URL": database_url}


def started_together(env: dict[str, str]) -> list[str]:
    """What went wrong in any of several commands begun at once."""
    command = [sys.executable, "-m", "holdfast", "user", "add", "--role", "nurse"]
    begun = [
        subprocess.Popen(
            [*command, f"nurse-{uuid4().hex}"], cwd=ROOT, env=env, text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(AT_ONCE)
    ]  # fmt: skip
    said = [process.communicate(timeout=240)[1] for process in begun]
    return [text for process, text in zip(begun, said, strict=True) if process.returncode]


@pytest.mark.slow
@pytest.mark.story("HF-OPS-001")
def test_four_first_starts_at_once_all_work(tmp_path: Path) -> None:
    """Without the lock two or three of the four ended with `table ... already exists`."""
    assert started_together(environment(tmp_path)) == []


@pytest.fixture
def new_database() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with empty_database("start") as url:
        yield url


@pytest.mark.slow
@pytest.mark.story("HF-OPS-001")
def test_on_postgresql_four_starts_at_once_all_work_first_and_later(new_database: str, tmp_path: Path) -> None:
    """Without the lock three of four first starts failed, and of later ones one with `tuple concurrently updated`."""
    env = environment(tmp_path, new_database)
    assert started_together(env) == []
    assert started_together(env) == []


@pytest.mark.django_db
def test_who_waits_too_long_for_another_start_is_told(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("one connection of PostgreSQL may take its own lock twice")
    with (
        one_at_a_time(tmp_path),
        pytest.raises(ConfigurationError, match="another Holdfast has been bringing"),
        one_at_a_time(tmp_path, wait_s=0.1),
    ):
        pytest.fail("two starts held the lock")
    with one_at_a_time(tmp_path, wait_s=0.1):
        assert (tmp_path / ".start-lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
@pytest.mark.story("HF-REC-002")
def test_a_guard_that_stands_is_left_alone_and_a_missing_one_is_made() -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        install_triggers()
    assert [q["sql"] for q in asked if "CREATE" in q["sql"]] == []
    gone = "audit_auditentry"
    drop = {
        "sqlite": f'DROP TRIGGER "{gone}_no_delete"',  # the other one still stands
        "postgresql": f'ALTER TABLE "{gone}" DISABLE TRIGGER "{gone}_append_only"',
    }
    with connection.cursor() as cursor:
        cursor.execute(drop[connection.vendor])
    assert guarded_tables() == set(append_only_tables()) - {gone}
    with CaptureQueriesContext(connection) as asked:
        install_triggers()
    made = [q["sql"] for q in asked if "TRIGGER" in q["sql"] and "CREATE" in q["sql"]]
    assert made
    assert all(gone in sql for sql in made)
    assert guarded_tables() == set(append_only_tables())


KILLED = """
import os, signal
from django.db.migrations.recorder import MigrationRecorder
recorded = MigrationRecorder.record_applied
def killed(self, app, name):
    if app == "endings":
        os.kill(os.getpid(), signal.SIGKILL)  # its table is made, and not on record yet
    recorded(self, app, name)
MigrationRecorder.record_applied = killed
from holdfast.cli import main
main(["user", "add", "ada", "--role", "nurse"])
"""


def holdfast(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "holdfast", *words]
    return subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)


def killed_first_start(env: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.story("HF-OPS-008")
def test_a_first_start_that_was_killed_is_a_first_start_again(tmp_path: Path) -> None:
    """Before, every start after it ended with `table "endings_courseending" already exists`."""
    env = environment(tmp_path)
    killed_first_start(env)
    assert (tmp_path / paths.DATABASE).exists()
    refused = holdfast(env, "user", "list")
    assert (refused.returncode, refused.stderr.startswith("holdfast: there is no installation in")) == (9, True)
    begun = holdfast(env, "user", "add", "ada", "--role", "nurse")
    assert (begun.returncode, begun.stderr) == (0, "")
    assert "ada" in holdfast(env, "user", "list").stdout
    with closing(sqlite3.connect(tmp_path / paths.DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
@pytest.mark.story("HF-OPS-008")
def test_on_postgresql_a_first_start_that_was_killed_is_a_first_start_again(new_database: str, tmp_path: Path) -> None:
    env = environment(tmp_path, new_database)
    killed_first_start(env)
    begun = holdfast(env, "user", "add", "ada", "--role", "nurse")
    assert (begun.returncode, begun.stderr) == (0, "")
    assert "ada" in holdfast(env, "user", "list").stdout


@pytest.mark.slow
@pytest.mark.story("HF-OPS-008")
def test_an_upgrade_that_was_killed_leaves_the_records_as_they_stood(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert holdfast(env, "user", "add", "ada", "--role", "nurse").returncode == 0
    with closing(sqlite3.connect(tmp_path / paths.DATABASE)) as database, database:  # as an older version left it
        for table in ("endings_followupdone", "endings_courseending"):
            database.execute(f"DROP TABLE {table}")
        database.execute("DELETE FROM django_migrations WHERE app = 'endings'")
    killed_first_start(env)
    with closing(sqlite3.connect(tmp_path / paths.DATABASE)) as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'endings_courseending'").fetchone() is None
        assert database.execute("SELECT username FROM accounts_user").fetchall() == [("ada",)]
    done = holdfast(env, "user", "list")
    assert (done.returncode, "ada" in done.stdout) == (0, True)


def test_a_half_made_database_of_an_older_version_says_what_to_do() -> None:
    said = database_sentence(Exception('table "endings_courseending" already exists'))
    assert "a start was cut off" in said
    assert "restore it from a backup" in said


NO_BEGINNING = (
    ("user list", "programme list", "jobs list", "jobs run", "checkins send", "audit verify", "audit list",
     "backup make clinic.backup", "export everything", "user reset-password ada", "expected-ranges compute")
)  # fmt: skip


@pytest.mark.story("HF-OPS-008")
@pytest.mark.parametrize("words", NO_BEGINNING)
def test_a_verb_that_needs_records_makes_no_installation(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOLDFAST_DATABASE_URL", raising=False)
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path / "mistyped"))
    monkeypatch.chdir(tmp_path)
    assert main(words.split()) == 9
    told = capsys.readouterr().err
    assert told.startswith(f"holdfast: there is no installation in {tmp_path / 'mistyped'}; name its folder by")
    assert "holdfast serve" in told
    assert list(tmp_path.iterdir()) == []
