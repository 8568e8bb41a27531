"""`holdfast backup`: a key, an encrypted backup while the server runs, and a rehearsal of restoring it."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit
from holdfast.cli.parser import Verbs

KEY_HELP = "file of the backup key; default HOLDFAST_BACKUP_KEY_FILE, or the value of HOLDFAST_BACKUP_KEY"


def add_verbs(verbs: Verbs) -> None:
    """key, make, rehearse."""
    key = verbs.add(
        "key", _key, does="make a backup key, once; keep it apart from the backups and from this machine",
        example="holdfast backup key backup.key", writes="the file of the key, readable by you alone",
    )  # fmt: skip
    key.add_argument("file", type=Path, metavar="FILE", help="where the key goes")
    make = verbs.add(
        "make", _make, does="back up the database and the secrets it needs, encrypted, while the server runs",
        example="holdfast backup make clinic.backup --key-file backup.key", writes="the backup, whole or not at all",
    )  # fmt: skip
    make.add_argument("file", type=Path, metavar="FILE", help="where the backup goes; a name that is free")
    make.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_HELP)
    rehearse = verbs.add(
        "rehearse", _rehearse, does="make a backup, restore it into a scratch folder, and prove it whole",
        example="holdfast backup rehearse --key-file backup.key", writes="that it was rehearsed; the copies go",
    )  # fmt: skip
    rehearse.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_HELP)
    rehearse.add_argument("--database", metavar="URL", help="on PostgreSQL: an empty database to restore into")


def _key(arguments: argparse.Namespace) -> None:
    from holdfast.clinic.copies.seal import new_key_file

    new_key_file(arguments.file)
    text = f"{arguments.file} is the backup key. Whoever has it reads every backup; without it nobody does"
    emit(arguments, {"key_file": str(arguments.file)}, text)


def _make(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.copies.make import make_backup
    from holdfast.clinic.copies.seal import backup_key

    now = dt.datetime.now(dt.UTC)
    made = make_backup(actor=actor, file=arguments.file, key=backup_key(arguments.key_file), now=now)
    rows = made.manifest.contents.all_rows
    answer = {
        "file": str(arguments.file), "sha256": made.digest, "made_at": now, "rows": rows, "took_s": made.took_s,
        "audit_entries": made.manifest.contents.audit_entries,
    }  # fmt: skip
    text = (
        f"{arguments.file}: {rows} rows, {made.took_s:g} s. SHA-256 {made.digest}. Prove it: holdfast backup rehearse"
    )
    emit(arguments, answer, text)


def _rehearse(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.copies.actions import record_copy
    from holdfast.clinic.copies.archive import backup_to, scratch
    from holdfast.clinic.copies.restore import restore
    from holdfast.clinic.copies.seal import backup_key

    key, now, began = backup_key(arguments.key_file), dt.datetime.now(dt.UTC), time.monotonic()
    with scratch() as folder:
        file = folder / "rehearsal.backup"
        with backup_to(file, key, now) as (_, digest):
            made_s = round(time.monotonic() - began, 2)
        found = restore(file, key, folder / "restored", database_url=arguments.database)
    took_s = round(time.monotonic() - began, 2)
    record_copy(actor=actor, kind="rehearsal", digest=digest, rows=found.rows, took_s=took_s, now=now)
    answer = {
        "rows": found.rows, "tables": len(found.manifest.contents.rows), "audit_entries": found.audit_entries,
        "files": sorted(found.manifest.files), "made_s": made_s, "restored_s": round(took_s - made_s, 2),
        "database_restored": found.database_restored,
    }  # fmt: skip
    emit(arguments, answer, f"{_said(answer)}\nMade in {made_s:g} s, restored and proved in {answer['restored_s']:g} s")


def _said(answer: dict[str, object]) -> str:
    if not answer["database_restored"]:
        return "Every digest holds. The PostgreSQL dump was NOT restored: name an empty database with --database"
    return (
        f"The backup can be restored: {answer['rows']} rows in {answer['tables']} tables as backed up, every digest "
        f"holds, the record of actions is whole ({answer['audit_entries']} entries)"
    )
