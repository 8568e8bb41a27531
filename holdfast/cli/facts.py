"""`holdfast facts`: check, show, cite and fingerprint the tables."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from holdfast import facts
from holdfast.cli.output import emit, text_table
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, TableError
from holdfast.facts.loader import PACKAGED, fact_files
from holdfast.facts.schema import Row


def add_verbs(verbs: Verbs) -> None:
    """check, list, show, cite, digest."""
    check = verbs.add(
        "check", _check, does="check every table and name all faults at once", example="holdfast facts check"
    )
    check.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=PACKAGED,
        help="a folder of tables; default: the packaged ones",
    )
    listing = verbs.add(
        "list", _list, does="list the tables, or the ids of one", example="holdfast facts list care_rules"
    )
    listing.add_argument("table", nargs="?", help="name of a table, a scale or a protocol")
    show = verbs.add(
        "show", _show, does="show one fact with its source", example="holdfast facts show pre.bp.iv.sbp_max"
    )
    show.add_argument("id")
    cite = verbs.add("cite", _cite, does="cite the source of one fact", example="holdfast facts cite pre.bp.iv.sbp_max")
    cite.add_argument("id")
    verbs.add("digest", _digest, does="print the fingerprint of the tables", example="holdfast facts digest")


def _check(arguments: argparse.Namespace) -> None:
    if not os.path.isdir(arguments.folder):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        raise InputError(f"{arguments.folder} is not a folder of tables")
    found, faults = facts.read_tables(arguments.folder)
    if found is None:
        if arguments.json:
            emit(arguments, {"sound": False, "faults": [vars(fault) for fault in faults]}, "")
        raise TableError([f"{len(faults)} fault{'s' * (len(faults) != 1)} in {arguments.folder}", *map(str, faults)])
    files = len(fact_files(arguments.folder))
    answer = {"sound": True, "files": files, "facts": len(found.by_id), "digest": found.digest}
    emit(arguments, answer, f"{files} files, {len(found.by_id)} facts, no fault; digest {found.digest}")


def _list(arguments: argparse.Namespace) -> None:
    known = facts.load()
    if arguments.table is None:
        counts = {name: len(rows) for name, rows in known.tables.items()}
        counts |= {name: len(documents) for name, documents in known.documents.items()}
        emit(arguments, counts, text_table(counts.items(), ("table", "rows")))
        return
    ids = [row.id for row in known.tables.get(arguments.table, ())]
    ids += [
        name for name, row in known.by_id.items() if row.file == f"{arguments.table}" or _within(name, arguments.table)
    ]
    ids += sorted(known.documents.get(arguments.table, ()))
    if not ids:
        known.row(arguments.table)  # raises with near names
    emit(arguments, ids, "\n".join(ids))


def _within(name: str, stem: str) -> bool:
    return name == stem or name.startswith(stem + ".")


def _show(arguments: argparse.Namespace) -> None:
    known = facts.load()
    row = known.row(arguments.id)
    parts = [other for name, other in known.by_id.items() if name != row.id and _within(name, row.id)]
    answer = {**row.as_dict(), "parts": [part.as_dict() for part in parts]}
    lines = [f"{key}: {_shown(value)}" for key, value in row.as_dict().items()]
    lines += [f"  {part.id}" for part in parts]
    emit(arguments, answer, "\n".join(lines))


def _shown(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cite(arguments: argparse.Namespace) -> None:
    known = facts.load()
    row = known.row(arguments.id)
    references = [known.by_id[f"references.{name}"] for name in _reference_names(row)]
    answer = {
        "id": row.id,
        "locator": row.get("locator"),
        "status": row.get("status"),
        "as_printed": row.get("as_printed"),
        "references": [reference.as_dict() for reference in references],
    }
    lines = [f"{row.id} ({row.get('status', 'a reference')})"]
    for reference in references:
        where = row.get("locator", "") if reference.id == row.get("ref") else "see note"
        lines.append(f"  {reference['citation']}. {reference.get('url', '')} [{where}; read: {reference['read']}]")
    emit(arguments, answer, "\n".join(lines))


def _reference_names(row: Row) -> tuple[str, ...]:
    if "citation" in row.values:
        return (row.id,)
    return (row["ref"], *row.get("further_refs", ()))


def _digest(arguments: argparse.Namespace) -> None:
    known = facts.load()
    emit(arguments, {"digest": known.digest}, known.digest)
