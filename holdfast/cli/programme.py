"""`holdfast programme`: import a trial, list programmes."""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs

if TYPE_CHECKING:
    from holdfast.exchange.score_table import ScoreTable


def add_verbs(verbs: Verbs) -> None:
    """import, list."""
    importing = verbs.add(
        "import",
        _import,
        does="import a score table or a trial as published, as a programme of its own",
        writes="patients, courses and ratings into the clinic's database, all or nothing; with --dry-run nothing",
        example="holdfast programme import docs/examples/scores.csv --dry-run",
    )
    importing.add_argument("path", type=Path, help="a CSV file, a folder with scores.csv, or a BIDS folder")
    importing.add_argument("--dry-run", action="store_true", help="report what would come in, and every bad row")
    importing.add_argument("--key", help="short name of the programme; default: from the title")
    importing.add_argument("--name", help="name of the programme; default: the title of the data set")
    importing.add_argument("--protocol", default="iv-racemic", help="protocol the people were treated by")
    importing.add_argument(
        "--for",
        dest="people",
        action="append",
        metavar="USER",
        help="who may open it, repeatable; default: everyone but the administrator and the auditor",
    )
    verbs.add("list", _list, does="list the programmes of this installation", example="holdfast programme list")


def _import(arguments: argparse.Namespace) -> None:
    from holdfast.exchange.trial_folder import read_trial
    from holdfast.protocols.protocol import protocol

    table = read_trial(arguments.path)
    protocol(arguments.protocol)  # a wrong name is told before anything is read into the database
    report = table.report()
    if arguments.dry_run:
        emit(arguments, {"dry_run": True, **report}, _report_text(table, "Would come in"))
        return
    if table.bad_rows:
        print(_report_text(table, "Would come in"), file=sys.stderr)
    programme, people = _import_into_clinic(arguments, table)
    answer = {"dry_run": False, "programme": programme, "may_open_it": people, **report}
    names = ", ".join(people) or "nobody yet; add people with: holdfast user add"
    emit(arguments, answer, f"{_report_text(table, 'Came in')}\nprogramme: {programme}\nmay open it: {names}")


def _import_into_clinic(arguments: argparse.Namespace, table: ScoreTable) -> tuple[str, list[str]]:
    actor = opened_by_command_line(begins=True)
    from holdfast.clinic.accounts.queries import active_users
    from holdfast.clinic.imports.actions import import_score_table

    people = active_users(actor=actor, usernames=arguments.people)
    total = len(table.participants)

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total} people", end="" if done < total else "\n", file=sys.stderr, flush=True)

    programme = import_score_table(
        actor=actor,
        table=table,
        key=arguments.key or _key(table.title),
        name=arguments.name or "",
        protocol=arguments.protocol,
        people=people,
        now=datetime.datetime.now(datetime.UTC),
        progress=progress,
    )
    return programme.key, [person.username for person in people]


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "imported"


def _report_text(table: ScoreTable, heading: str) -> str:
    report = table.report()
    lines = [f"{table.title} ({table.licence or 'no licence stated'}; {table.source})"]
    lines.append(f"{heading}: {report['participants']} people, {report['ratings']} ratings")
    for what in ("participants_by_group", "ratings_by_scale", "ratings_by_day", "left_out"):
        counts = report[what]
        assert isinstance(counts, dict)
        lines += [f"  {what.replace('_', ' ')}: {name}: {count}" for name, count in counts.items()]
    lines.append(f"bad rows: {len(table.bad_rows)}")
    lines += [f"  {bad}" for bad in table.bad_rows]
    return "\n".join(lines)


def _list(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.programmes.queries import programmes

    rows = [
        {"key": p.key, "name": p.name, "kind": p.kind, "jurisdiction": p.jurisdiction, "patients": p.patients.count()}
        for p in programmes(actor=actor)
    ]
    table = text_table([tuple(row.values()) for row in rows], ("key", "name", "kind", "jurisdiction", "patients"))
    emit(arguments, rows, table if rows else "no programme yet; `holdfast serve` loads the example programme")
