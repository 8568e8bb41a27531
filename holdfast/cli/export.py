"""`holdfast export FOLDER`: everything of the installation in open formats, any day."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit
from holdfast.cli.parser import EXIT_CODES

EXAMPLE = "holdfast export everything"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Writes every table as CSV and as JSON lines with a schema that says what they hold, the record of actions "
        "included, and names what is left out: secrets. NOT encrypted. Writes that folder, whole or not at all."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is new or empty")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=_export, example=EXAMPLE)


def _export(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.copies.actions import record_copy
    from holdfast.clinic.copies.export import export_to
    from holdfast.clinic.copies.left_out import COLUMNS, FILES, TABLES

    now, began = dt.datetime.now(dt.UTC), time.monotonic()
    with export_to(arguments.folder, now) as found:
        took_s = round(time.monotonic() - began, 2)
        record_copy(actor=actor, kind="export", digest=found.digest, rows=found.rows, took_s=took_s, now=now)
    left_out = {**TABLES, **COLUMNS, **FILES}
    answer = {
        "folder": str(arguments.folder), "tables": found.tables, "rows": found.rows, "took_s": took_s,
        "left_out": left_out,
    }  # fmt: skip
    text = (
        f"{arguments.folder}: {found.rows} rows of {found.tables} tables as CSV and JSON lines; schema.json says what "
        f"they hold. NOT encrypted. Left out: passwords, second factors, keys, links ({len(left_out)} in all)"
    )
    emit(arguments, answer, text)
