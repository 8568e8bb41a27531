"""Commands that start together: one brings the database up to date, the others wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.clinic.audit.append_only import append_only_tables, guarded_tables, install_triggers
from holdfast.clinic.config.one_at_a_time import one_at_a_time
from holdfast.errors import ConfigurationError
from tests.clinic.conftest import ROOT
from tests.clinic.postgresql import empty_database

AT_ONCE = 4


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    return {**kept, "HOLDFAST_DATA": str(folder), "HOLDFAST_DATABASE_URL": database_url}


def started_together(env: dict[str, str]) -> list[str]:
    """What went wrong in any of several commands begun at once."""
    command = [sys.executable, "-m", "holdfast", "checkins", "send"]
    begun = [
        subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(AT_ONCE)
    ]
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
