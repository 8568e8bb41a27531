"""Restoring a backup into a new data folder, and proving that what stands there is what was backed up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from holdfast.clinic.config.database import database
from holdfast.clinic.copies import snapshot
from holdfast.clinic.copies.archive import DATABASES, SECRETS, Manifest, unpacked
from holdfast.errors import InputError
from holdfast.whole_files import folder_written_whole, require_new_folder


@dataclass(frozen=True)
class Restored:
    """What was restored and proved. `database_restored` is false where a PostgreSQL dump lies in the folder only."""

    manifest: Manifest
    audit_entries: int
    database_restored: bool

    @property
    def rows(self) -> int:
        """Rows of all tables, as counted after restoring."""
        return self.manifest.contents.all_rows


def restore(file: Path, key: bytes, folder: Path, *, database_url: str | None = None) -> Restored:
    """Restore into `folder`, which is absent or empty; it takes its name only when everything was proved.

    A backup of PostgreSQL goes into the empty database `database_url` too. Raises `InputError`.
    """
    require_new_folder(folder)
    with folder_written_whole(folder, owner_only=True) as unfinished:
        manifest = unpacked(file, key, unfinished)
        _migrations_known(manifest)
        if manifest.database == "sqlite":
            if database_url:
                raise InputError("this backup is of SQLite and needs no --database; leave it out")
            _same_contents(manifest, snapshot.contents_of_sqlite(unfinished / DATABASES["sqlite"]))
            return Restored(manifest, _audit_of_a_copy(unfinished, manifest), database_restored=True)
        if not database_url:
            return Restored(manifest, 0, database_restored=False)
        setting = database(database_url, unfinished)
        _same_contents(manifest, snapshot.into_postgresql(setting, unfinished / DATABASES["postgresql"]))
        return Restored(manifest, _audit_sound(unfinished, manifest, database_url), database_restored=True)


def _migrations_known(manifest: Manifest) -> None:
    """A database of a newer version must not be opened by this one; an older one is brought up to date when opened."""
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := [name for name in manifest.contents.migrations if name not in known]:
        raise InputError(
            f"this backup was made by Holdfast {manifest.holdfast}, which is newer ({unknown[0]} is not known here); "
            "restore it with that version"
        )


def _same_contents(manifest: Manifest, found: snapshot.Contents) -> None:
    if found != manifest.contents:
        differ = sorted(
            name for name in found.rows.keys() | manifest.contents.rows.keys()
            if found.rows.get(name) != manifest.contents.rows.get(name)
        )  # fmt: skip
        what = f"table {differ[0]}" if differ else "the end of the audit"
        raise InputError(f"what was restored is not what was backed up: {what} differs")


def _audit_of_a_copy(folder: Path, manifest: Manifest) -> int:
    """Open a copy as a first start would, migrations included, and walk its audit; what is restored stays untouched."""
    proof = folder / ".proof"
    proof.mkdir(mode=0o700)
    try:
        for name in (DATABASES["sqlite"], *SECRETS):
            if (folder / name).exists():
                shutil.copy2(folder / name, proof / name)
        return _audit_sound(proof, manifest, "")
    finally:
        shutil.rmtree(proof, ignore_errors=True)


def _audit_sound(folder: Path, manifest: Manifest, database_url: str) -> int:
    """Run `holdfast audit verify` in a process of its own on that data folder; how many entries it walked."""
    # a password kept in a file is that of the database in use, and would take the place of the one in `database_url`
    other = ("DJANGO_", "HOLDFAST_DATABASE_PASSWORD_FILE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(other)}
    env = {**kept, "HOLDFAST_DATA": str(folder), "HOLDFAST_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "holdfast", "audit", "verify", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        said = next(iter(done.stderr.strip().splitlines()), "no reason given").removeprefix("holdfast: ")
        raise InputError(f"the restored database cannot be opened: {said}") from None
    if not report["sound"] or report["entries"] != manifest.contents.audit_entries:
        fault = next(iter(report["faults"]), "it has another length")
        raise InputError(f"the restored record of actions is not whole: {fault}")
    return int(report["entries"])
