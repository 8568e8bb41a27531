"""Making a backup and putting it on record, for the command and for the job of every night."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.clinic.accounts.models import Actor, CommandLine
from holdfast.clinic.copies.actions import record_copy
from holdfast.clinic.copies.archive import Manifest, backup_to
from holdfast.clinic.copies.seal import backup_key
from holdfast.clinic.jobs.kinds import BACKUP_FOLDER, JobFailedError
from holdfast.errors import ConfigurationError, InputError


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
    try:
        make_backup(actor=CommandLine(), file=file, key=key, now=now)
    except InputError:
        raise JobFailedError("not-written") from None
