"""`holdfast restore FILE --to FOLDER`: a backup becomes a data folder again, proved before it gets its name."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from holdfast.cli.backup import KEY_HELP
from holdfast.cli.output import emit
from holdfast.cli.parser import EXIT_CODES

EXAMPLE = "holdfast restore clinic.backup --to restored --key-file backup.key"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Restores a backup into a folder that is new or empty: every digest, the number of rows of each table, the "
        "migrations and the record of actions are proved first. Writes that folder, whole or not at all."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the data folder it becomes")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_HELP)
    parser.add_argument("--database", metavar="URL", help="of a backup of PostgreSQL: the empty database it goes into")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=_restore, example=EXAMPLE)


def _restore(arguments: argparse.Namespace) -> None:
    from holdfast.clinic.config.start import SETTINGS

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()  # which migrations this version knows; the database of this installation is not opened
    from holdfast.clinic.copies.restore import restore
    from holdfast.clinic.copies.seal import backup_key

    found = restore(arguments.file, backup_key(arguments.key_file), arguments.to, database_url=arguments.database)
    answer = {
        "folder": str(arguments.to), "made_at": found.manifest.made_at, "rows": found.rows,
        "audit_entries": found.audit_entries, "database_restored": found.database_restored,
    }  # fmt: skip
    emit(arguments, answer, _said(arguments, found.database_restored, found.rows, found.audit_entries))


def _said(arguments: argparse.Namespace, restored: bool, rows: int, entries: int) -> str:  # noqa: FBT001
    if not restored:
        return (
            f"{arguments.to} holds the secrets and holdfast.dump; every digest holds. The dump is not in a database: "
            "restore again with --database URL of an empty one"
        )
    start = f"HOLDFAST_DATA={arguments.to}"
    if arguments.database:
        start += " HOLDFAST_DATABASE_URL=..."
    return (
        f"Restored and proved: {rows} rows, every digest, {entries} entries of the record of actions without a fault. "
        f"Start it with: {start} holdfast serve"
    )
