"""`holdfast import FOLDER`: what `holdfast export` wrote becomes the records of an empty installation."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit
from holdfast.cli.parser import EXIT_CODES

EXAMPLE = "holdfast import everything"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the noun, which is its own verb."""
    parser.description = (
        "Takes an export in: every digest, table, column and reference is checked, the record of actions is walked. "
        "Writes every record into the empty installation that HOLDFAST_DATA names, all or nothing. Nobody can sign in "
        "until they are given a new password: no export holds one."
    )
    parser.epilog = f"example: {EXAMPLE}\n{EXIT_CODES}"
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what `holdfast export` wrote")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=_import, example=EXAMPLE)


def _import(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line(begins=True)
    from holdfast.clinic.copies.actions import take_in
    from holdfast.clinic.copies.arrival import read_export

    arriving = read_export(arguments.folder)
    rows = take_in(actor=actor, arriving=arriving, now=dt.datetime.now(dt.UTC))
    answer = {"folder": str(arguments.folder), "rows": rows, "tables": len(arriving.rows)}
    told = (
        f"{rows} rows of {len(arriving.rows)} tables taken in; every reference and the record of actions hold. "
        "Give people new passwords: holdfast user reset-password NAME"
    )
    emit(arguments, answer, told)
