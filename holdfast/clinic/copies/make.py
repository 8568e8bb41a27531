"""Making a backup and putting it on record, for the command and for the job of every night."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.copies.actions import record_copy
from holdfast.clinic.copies.archive import Manifest, backup_to
from holdfast.clinic.copies.seal import backup_key
from holdfast.clinic.jobs.kinds import BACKUP_FOLDER, JobFailedError
from holdfast.errors import ConfigurationError, InputError

OF_A_NIGHT = "holdfast-????-??-??-????.backup.unfinished"
KILLED_AFTER = dt.timedelta(hours=1)  # a run that lives writes to its file all the time


@dataclass(frozen=True)
class Made:
    """A backup that lies there under its name."""

    manifest: Manifest
    digest: str
    took_s: float


def make_backup(*, actor: Actor, file: Path, key: bytes, now: dt.datetime) -> Made:
    """Write a backup and record it. Raises `InputError`; then nothing is left."""
    began = time.monotonic()
    with backup_to(file, key, now) as (manifest, digest):
        took_s = round(time.monotonic() - began, 2)
        rows = manifest.contents.all_rows
        record_copy(actor=actor, kind="backup", digest=digest, rows=rows, took_s=took_s, now=now)
    return Made(manifest, digest, took_s)


def nightly(*, subject: str, clock: Callable[[], dt.datetime]) -> None:
    """The job of every day, where a folder for backups is named. Raises `JobFailedError`."""
    now = clock()
    try:
        key = backup_key()
    except ConfigurationError:
        raise JobFailedError("no-backup-key") from None
    file = Path(os.environ[BACKUP_FOLDER]) / f"holdfast-{now:%Y-%m-%d-%H%M}.backup"
    clear_killed_runs(file.parent, now)
    try:
        make_backup(actor=CommandLine(), file=file, key=key, now=now)
    except InputError:
        raise JobFailedError("not-written") from None


def clear_killed_runs(folder: Path, now: dt.datetime) -> None:
    """Delete what nights that were killed left unfinished: each had a name of its own, and no later run takes it."""
    for left in folder.glob(OF_A_NIGHT):
        with suppress(OSError):  # gone meanwhile, or not ours to delete: the backup of tonight goes on
            if now.timestamp() - left.stat().st_mtime > KILLED_AFTER.total_seconds():
                left.unlink()
