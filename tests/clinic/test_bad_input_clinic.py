"""Broken names, a full disk and a broken database: refused in a sentence, and nothing is half done."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from holdfast.clinic.accounts.actions import create_user
from holdfast.clinic.accounts.models import CommandLine, User
from holdfast.clinic.audit.models import AuditEntry
from holdfast.clinic.config import paths
from holdfast.clinic.config.start import database_sentence
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import ConfigurationError, InputError
from tests.clinic.conftest import NOW, PASSWORD, People, new_patient, new_programme

TOO_LONG, STEERING, REVERSED = "x" * 500, "a\x1b[31mb", "a\u202eb"
UNFIT = (TOO_LONG, STEERING, REVERSED, "a\x00b", "a\nb", "\ud800")


@pytest.mark.django_db
@pytest.mark.parametrize("text", UNFIT)
@pytest.mark.parametrize("field", ["key", "name", "licence", "source_note"])
def test_a_programme_has_no_unfit_name(text: str, field: str) -> None:
    if field == "source_note" and text in (TOO_LONG, "a\nb"):
        return  # a note may be long and have lines
    with pytest.raises(InputError):
        new_programme(**{"key": "fit", field: text})
    assert not Programme.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", UNFIT)
@pytest.mark.parametrize("field", ["label", "record_number", "diagnosis", "group"])
def test_a_patient_has_no_unfit_name(people: People, text: str, field: str) -> None:
    with pytest.raises(InputError, match=field):
        new_patient(people, **{field: text})
    assert not Patient.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", UNFIT)
def test_an_account_has_no_unfit_name(text: str) -> None:
    values = {"actor": CommandLine(), "role": "nurse", "now": NOW}
    with pytest.raises(InputError):
        create_user(username="ada", full_name=f"Ada {text}", password=PASSWORD, **values)
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", [text for text in UNFIT if text != TOO_LONG])
def test_a_password_can_be_typed(text: str) -> None:
    with pytest.raises(InputError, match="printed"):
        create_user(actor=CommandLine(), username="ada", role="nurse", password=f"{text}{PASSWORD}", now=NOW)


def test_a_secret_that_could_not_be_written_is_not_left_empty(tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(ConfigurationError, match="full"):
            paths.kept_secret(tmp_path, "secret-key")
    assert list(tmp_path.iterdir()) == []
    secret = paths.kept_secret(tmp_path, "secret-key")
    assert paths.kept_secret(tmp_path, "secret-key") == secret
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == paths.OWNER_ONLY


def test_starts_at_the_same_time_agree_on_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: paths.kept_secret(tmp_path, "secret-key"), range(64)))
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize("said", ["file is not a database", "database disk image is malformed", "no such table: x"])
def test_a_broken_database_says_what_to_do(said: str) -> None:
    assert "backup" in database_sentence(sqlite3.DatabaseError(said))


@pytest.mark.story("HF-CLI-003")
def test_a_database_that_breaks_under_way_is_one_sentence(tmp_path: Path) -> None:
    done = holdfast(tmp_path, "user", "add", "ada", "--role", "nurse")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "holdfast.sqlite3") as database:
        database.execute("DROP TABLE accounts_user_programmes")
        database.execute("DROP TABLE accounts_user")
    done = holdfast(tmp_path, "user", "list")
    assert done.returncode == ConfigurationError.exit_code
    assert done.stderr.count("\n") == 1
    assert "backup" in done.stderr


@pytest.mark.parametrize("url", ["http://[", "x", "https://", "ftp://x", "http://x:99999999"])
def test_an_address_that_is_none_is_one_sentence(tmp_path: Path, url: str) -> None:
    done = holdfast(tmp_path, "user", "add", "ada", "--role", "nurse", HOLDFAST_URL=url)
    assert done.returncode == ConfigurationError.exit_code
    assert "HOLDFAST_URL" in done.stderr
    assert done.stderr.count("\n") == 1


def holdfast(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "holdfast", *words], capture_output=True, text=True, check=False,
        env={**kept, "HOLDFAST_DATA": str(folder), **environment},
    )  # fmt: skip
