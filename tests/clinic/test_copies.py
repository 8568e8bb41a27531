"""Backup, restore, rehearsal, export on a real data folder; what is wrong is one sentence and leaves nothing behind."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from holdfast.clinic.copies import archive, left_out, restore, seal, snapshot
from holdfast.clinic.copies.export import columns_of, exported_models
from holdfast.clinic.copies.seal import new_key_file
from holdfast.clinic.copies.snapshot import contents_of_sqlite, of_sqlite
from holdfast.errors import InputError
from tests.clinic.conftest import ROOT
from tests.clinic.postgresql import empty_database
from tests.clinic.test_seal import flipped

PATIENT = "A1"


# -- a snapshot while somebody writes


@pytest.mark.story("HF-OPS-002")
def test_a_snapshot_is_of_one_moment_while_somebody_writes(tmp_path: Path) -> None:
    source = tmp_path / "live.sqlite3"
    with closing(sqlite3.connect(source)) as made:
        made.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE one (n); CREATE TABLE two (n);"
            "CREATE TABLE audit_audithead (seq, hash); CREATE TABLE django_migrations (id, app, name);"
        )
    stop, wrote = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=20)) as live:
            while not stop.is_set():
                with live:
                    live.execute("INSERT INTO one VALUES (?)", ("x" * 2000,))
                    live.execute("INSERT INTO two VALUES (?)", ("x" * 2000,))
                wrote.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [of_sqlite(source, tmp_path / f"copy-{number}") for number in range(12)]
    finally:
        stop.set()
        writer.join()
    assert [found.rows["one"] - found.rows["two"] for found in seen] == [0] * 12
    assert 0 < seen[-1].rows["one"] <= len(wrote)
    assert not list(tmp_path.glob("copy-*-*"))  # one file each, nothing beside it


def test_a_database_that_is_not_whole_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"not a database at all" * 500)
    with pytest.raises(InputError, match="the database is not whole"):
        contents_of_sqlite(tmp_path / "broken")


# -- what an export has


def secret_columns(labels: dict[str, list[str]]) -> list[str]:
    """Columns that look like a secret and would be exported."""
    return [
        f"{label}.{name}" for label, names in labels.items() for name in names
        if left_out.SECRET_WORDS & set(name.split("_")) and f"{label}.{name}" not in left_out.OPEN
    ]  # fmt: skip


@pytest.mark.story("HF-OPS-004")
def test_every_table_is_exported_or_left_out_with_a_reason() -> None:
    exported = {model._meta.label for model in exported_models()}
    every = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    assert exported & set(left_out.TABLES) == set()
    missing = every.keys() - exported - set(left_out.TABLES)
    assert all(not every[label].__module__.startswith("holdfast.") for label in missing)
    assert {"patients.Patient", "assessments.Assessment", "audit.AuditEntry", "accounts.User"} <= exported
    assert {"mfa.Authenticator", "sessions.Session"} & exported == set()
    assert len(exported) > 40


@pytest.mark.story("HF-OPS-004")
def test_no_column_that_looks_like_a_secret_is_exported() -> None:
    named = {model._meta.label: [field.name for field in columns_of(model)] for model in exported_models()}
    assert secret_columns(named) == []
    assert "password" not in named["accounts.User"]
    assert "hash" in named["audit.AuditEntry"]


def test_the_gate_of_secrets_can_go_red() -> None:
    assert secret_columns({"accounts.QuickPin": ["person", "pin_hash"]}) == ["accounts.QuickPin.pin_hash"]
    assert left_out.column("accounts.QuickPin", "pin_hash") == "may be a secret"
    assert left_out.table("new.Keys", "package_of_keys.models") == "of a package, not of Holdfast"


def test_a_rehearsal_asks_its_own_database_with_its_own_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, str] = {}

    def run(command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.update(env)
        return subprocess.CompletedProcess(command, 0, json.dumps({"sound": True, "entries": 7}), "")

    monkeypatch.setattr(restore.subprocess, "run", run)
    monkeypatch.setenv("HOLDFAST_DATABASE_PASSWORD_FILE", "/run/secrets/of-the-database-in-use")
    contents = snapshot.Contents({}, 7, "", ())
    manifest = archive.Manifest(1, "0", "", "postgresql", contents, {})
    url = "postgresql://rehearsal:its-own@localhost/rehearsal"
    assert restore._audit_sound(tmp_path, manifest, url) == 7
    assert asked["HOLDFAST_DATABASE_URL"] == url
    assert "HOLDFAST_DATABASE_PASSWORD_FILE" not in asked


# -- commands on a real data folder

FORMULA = "=1+1"  # a spreadsheet would carry it out


@dataclass(frozen=True)
class Installation:
    """A data folder with a small imported trial, and a key."""

    folder: Path
    key: Path
    outside: Path

    def run(self, *words: str, folder: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
        given = {**kept, "HOLDFAST_DATA": str(folder or self.folder), seal.KEY_FILE: str(self.key), **env}
        command = [sys.executable, "-m", "holdfast", *words]
        return subprocess.run(command, cwd=ROOT, env=given, text=True, capture_output=True, timeout=300, check=False)

    def done(self, *words: str, folder: Path | None = None, **env: str) -> str:
        ran = self.run(*words, folder=folder, **env)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def refused(self, *words: str, **env: str) -> str:
        ran = self.run(*words, **env)
        assert ran.returncode in (3, 9), (ran.returncode, ran.stderr)
        assert ran.stderr.startswith("holdfast: ")
        assert ran.stderr.count("\n") == 1, ran.stderr
        assert ran.stdout == ""
        return ran.stderr


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    outside = tmp_path_factory.mktemp("copies")
    made = Installation(outside / "data", outside / "backup.key", outside)
    made.done("backup", "key", str(made.key))
    made.done("programme", "import", "docs/examples/scores.csv", "--key", "trial")
    made.done("user", "add", "formula", "--role", "auditor", "--full-name", f"{FORMULA} Hand")
    return made


@pytest.fixture(scope="module")
def backup(clinic: Installation) -> Path:
    file = clinic.outside / "clinic.backup"
    said = json.loads(clinic.done("backup", "make", str(file), "--json"))
    assert said["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert said["rows"] > 100
    return file


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "unfinished" in path.name or path.name.startswith(".copy"))


@pytest.mark.slow
@pytest.mark.story("HF-OPS-002")
def test_a_backup_restores_to_the_same_records_and_starts(clinic: Installation, backup: Path, tmp_path: Path) -> None:
    assert not any(
        word in backup.read_bytes() for word in (b"SQLite format 3", b"patients_patient", b"holdfast.sqlite3")
    )
    assert backup.stat().st_mode & 0o777 == 0o600
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "new", tmp_path / "empty"):
        said = json.loads(clinic.done("restore", str(backup), "--to", str(folder), "--json"))
        assert said["database_restored"]
        assert said["audit_entries"] > 5
    restored = tmp_path / "new"
    assert restored.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in restored.iterdir()} == {"holdfast.sqlite3", "secret-key"}
    assert (restored / "secret-key").read_bytes() == (clinic.folder / "secret-key").read_bytes()
    with closing(sqlite3.connect(restored / "holdfast.sqlite3")) as database:
        labels = {label for (label,) in database.execute("SELECT label FROM patients_patient")}
    assert PATIENT in labels
    assert "no fault" in clinic.done("audit", "verify", folder=restored)
    assert "backup make" not in clinic.done("audit", "list", "--action", "copy", folder=restored)
    assert "copy.backup" in clinic.done("audit", "list", "--action", "copy")


@pytest.mark.slow
@pytest.mark.story("HF-OPS-002")
def test_what_a_killed_run_left_is_no_part_of_the_next_backup(clinic: Installation, tmp_path: Path) -> None:
    (tmp_path / "again.backup.unfinished").write_bytes(b"x" * 30_000_000)  # far longer than the backup
    clinic.done("backup", "make", str(tmp_path / "again.backup"))
    assert clinic.done("restore", str(tmp_path / "again.backup"), "--to", str(tmp_path / "restored"))


@pytest.mark.slow
@pytest.mark.story("HF-OPS-003")
def test_the_rehearsal_restores_proves_and_leaves_nothing(clinic: Installation) -> None:
    said = clinic.done("backup", "rehearse")
    assert "The backup can be restored" in said
    assert "the record of actions is whole" in said
    assert left_behind(clinic.folder) == []
    assert "copy.rehearsal" in clinic.done("audit", "list", "--action", "copy")


@pytest.mark.slow
@pytest.mark.story("HF-OPS-002")
def test_what_cannot_be_restored_is_one_sentence_and_leaves_no_folder(
    clinic: Installation, backup: Path, tmp_path: Path
) -> None:
    content = backup.read_bytes()
    for name, harmed, says in (
        ("cut", content[: len(content) // 2], "damaged or cut off"),
        ("flipped", flipped(content, len(content) // 2), "damaged or cut off"),
        ("other", b"PK\x03\x04" + content, "is no backup of Holdfast"),
    ):
        file = tmp_path / name
        file.write_bytes(harmed)
        assert says in clinic.refused("restore", str(file), "--to", str(tmp_path / "to"))
        assert not (tmp_path / "to").exists()
    other = tmp_path / "other.key"
    new_key_file(other)
    said = clinic.refused("restore", str(backup), "--to", str(tmp_path / "to"), "--key-file", str(other))
    assert "the key is not the one" in said
    assert "no backup key" in clinic.refused(
        "restore", str(backup), "--to", str(tmp_path / "to"), **{seal.KEY_FILE: ""}
    )  # fmt: skip
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert "is not empty" in clinic.refused("restore", str(backup), "--to", str(tmp_path / "full"))
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
    assert left_behind(tmp_path) == []


SHORT_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from holdfast.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
@pytest.mark.story("HF-OPS-002")
@pytest.mark.parametrize("verb", ["backup", "restore", "export"])
def test_a_disk_that_takes_no_more_is_one_sentence_and_nothing_is_left(
    clinic: Installation, backup: Path, tmp_path: Path, verb: str
) -> None:
    """A limit on the size of files stands for the full disk: what is written past it is refused by the system."""
    target = tmp_path / "target"
    words = {
        "backup": ["backup", "make", str(target)],
        "restore": ["restore", str(backup), "--to", str(target)],
        "export": ["export", str(target)],
    }[verb]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "DJANGO_"))}
    env = {**kept, "HOLDFAST_DATA": str(clinic.folder), seal.KEY_FILE: str(clinic.key)}
    limit = 100_000  # the database is larger
    ran = subprocess.run(
        [sys.executable, "-c", SHORT_DISK, str(limit), *words], cwd=ROOT, env=env, text=True, capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode in (3, 9), ran.stderr
    assert ran.stderr.count("\n") == 1
    assert "Traceback" not in ran.stderr
    assert not target.exists()
    assert left_behind(tmp_path) == []
    assert left_behind(clinic.folder) == []


@pytest.mark.slow
def test_a_file_that_is_there_is_never_replaced_and_a_newer_version_is_told(
    clinic: Installation, backup: Path, tmp_path: Path
) -> None:
    before = backup.read_bytes()
    assert "give a name that is free" in clinic.refused("backup", "make", str(backup))
    assert backup.read_bytes() == before
    restored = tmp_path / "newer"
    clinic.done("restore", str(backup), "--to", str(restored))
    with closing(sqlite3.connect(restored / "holdfast.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('patients', '9999_later', '2027-01-01')"
        )
    again = tmp_path / "newer.backup"
    clinic.done("backup", "make", str(again), folder=restored)
    assert "which is newer" in clinic.refused("restore", str(again), "--to", str(tmp_path / "to"))


@pytest.mark.slow
@pytest.mark.story("HF-OPS-003")
def test_a_record_that_was_rewritten_before_the_backup_is_found(clinic: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "rewritten"
    first = clinic.outside / "before.backup"
    clinic.done("backup", "make", str(first))
    clinic.done("restore", str(first), "--to", str(folder))
    with closing(sqlite3.connect(folder / "holdfast.sqlite3")) as database, database:
        database.execute("DROP TRIGGER audit_auditentry_no_update")
        database.execute("UPDATE audit_auditentry SET action = 'user.nothing' WHERE seq = 2")
    second = tmp_path / "rewritten.backup"
    clinic.done("backup", "make", str(second), folder=folder)
    said = clinic.refused("restore", str(second), "--to", str(tmp_path / "to"))
    assert "the restored record of actions is not whole: entry 2 was changed" in said
    assert not (tmp_path / "to").exists()


@pytest.mark.slow
@pytest.mark.story("HF-OPS-002")
def test_the_server_backs_up_by_itself_where_a_folder_is_named(clinic: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    said = clinic.done("jobs", "run", "--once", HOLDFAST_BACKUP_FOLDER=str(folder))
    assert "0 failed" in said
    (file,) = folder.iterdir()
    clinic.done("restore", str(file), "--to", str(tmp_path / "restored"))
    clinic.done("jobs", "run", "--once", HOLDFAST_BACKUP_FOLDER=str(folder))
    assert list(folder.iterdir()) == [file]  # one a day
    assert "copies.backup" not in clinic.done("jobs", "run", "--once") + clinic.done("jobs", "list")


@pytest.fixture(scope="module")
def export(clinic: Installation) -> Path:
    folder = clinic.outside / "everything"
    said = clinic.done("export", str(folder))
    assert "NOT encrypted" in said
    return folder


@pytest.mark.slow
@pytest.mark.story("HF-OPS-004")
@pytest.mark.story("HF-OPS-007")
def test_an_export_has_every_row_twice_and_says_what_it_is(clinic: Installation, export: Path) -> None:
    schema = json.loads((export / "schema.json").read_text())
    with closing(sqlite3.connect(clinic.folder / "holdfast.sqlite3")) as database:
        for name, table in schema["tables"].items():
            lines = [json.loads(line) for line in (export / "tables" / f"{name}.jsonl").read_text().splitlines()]
            with (export / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            (count,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            after = {"audit_auditentry", "copies_copymade", "audit_audithead"}  # the export itself is on record now
            assert len(lines) == len(rows) == table["rows"] or name in after
            assert count == table["rows"] or name in after, name
            assert table["meaning"]
            assert [column["name"] for column in table["columns"]] == list(rows[0] if rows else lines or []) or not rows
            for file_name, digest in table["sha256"].items():
                assert hashlib.sha256((export / "tables" / file_name).read_bytes()).hexdigest() == digest
    assert schema["tables"]["patients_patient"]["rows"] > 0
    assert schema["tables"]["assessments_assessment"]["rows"] > 10
    assert any(column.get("refers_to") == "patients_patient.id" for column in
               schema["tables"]["courses_course"]["columns"])  # fmt: skip
    labels = {json.loads(line)["label"] for line in (export / "tables" / "patients_patient.jsonl").open()}
    assert PATIENT in labels
    people = (export / "tables" / "accounts_user.csv").read_text()
    assert f",'{FORMULA}," in people
    assert f",{FORMULA}," not in people
    assert f'"first_name": "{FORMULA}"' in (export / "tables" / "accounts_user.jsonl").read_text()
    assert "password" not in (export / "tables" / "accounts_user.csv").read_text().splitlines()[0]
    assert "mfa.Authenticator" in schema["left_out"]["tables"]
    assert "names patients" in (export / "README.txt").read_text()
    assert "copy.export" in clinic.done("audit", "list", "--action", "copy")


@pytest.mark.slow
@pytest.mark.story("HF-OPS-004")
def test_the_exported_audit_can_be_walked_by_anybody(export: Path) -> None:
    """From the files alone, as README.txt says: each entry's hash, and the hash of the one before."""
    covered = (
        "seq", "at", "actor_id", "actor_ref", "actor_role", "action", "subject_kind", "subject_ref", "programme_id",
        "programme_key", "details", "previous_hash",
    )  # fmt: skip
    previous, count = "0" * 64, 0
    for line in (export / "tables" / "audit_auditentry.jsonl").open(encoding="utf-8"):
        entry: dict[str, Any] = json.loads(line)
        assert entry["previous_hash"] == previous
        content = {name: entry[name] for name in covered}
        moment = entry["at"].removesuffix("Z")
        content["at"] = f"{moment}{'' if '.' in moment else '.000000'}+00:00"
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == entry["hash"]
        previous, count = entry["hash"], count + 1
    assert count > 5


@pytest.mark.slow
@pytest.mark.story("HF-OPS-003")
def test_on_postgresql_a_backup_goes_into_an_empty_database_and_into_no_other(
    clinic: Installation, tmp_path: Path
) -> None:
    with empty_database("live") as live, empty_database("scratch") as scratch, empty_database("anew") as anew:
        folder, file = tmp_path / "data", tmp_path / "clinic.backup"

        def done(*words: str) -> str:
            return clinic.done(*words, folder=folder, HOLDFAST_DATABASE_URL=live)

        done("programme", "import", "docs/examples/scores.csv", "--key", "trial")
        assert "NOT restored" in done("backup", "rehearse")
        said = json.loads(done("backup", "rehearse", "--database", scratch, "--json"))
        assert said["database_restored"]
        assert said["rows"] > 100
        done("backup", "make", str(file))
        assert "not empty" in clinic.refused("restore", str(file), "--to", str(tmp_path / "to"), "--database", scratch)
        assert not (tmp_path / "to").exists()
        assert "Restored and proved" in clinic.done(
            "restore", str(file), "--to", str(tmp_path / "to"), "--database", anew
        )  # fmt: skip
        listed = clinic.done("audit", "list", folder=tmp_path / "to", HOLDFAST_DATABASE_URL=anew)
        assert "copy.rehearsal" in listed
        assert "copy.backup" not in listed  # it was put down after the moment of the backup
        done("export", str(tmp_path / "everything"))
        lines = (tmp_path / "everything" / "tables" / "patients_patient.jsonl").read_text().splitlines()
        assert PATIENT in {json.loads(line)["label"] for line in lines}
