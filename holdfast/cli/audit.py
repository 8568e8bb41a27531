"""`holdfast audit`: read the record of actions, walk its chain, anchor it elsewhere."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError, RefusedError

SHOWN = 50


def add_verbs(verbs: Verbs) -> None:
    """verify, list."""
    verify = verbs.add(
        "verify", _verify, does="walk the whole chain and name every entry changed, removed or moved",
        example="holdfast audit verify",
    )  # fmt: skip
    verify.add_argument("--anchors", type=Path, metavar="FILE", help="hold it against lines that audit anchor wrote")
    verify.add_argument("--anchor-key", metavar="HEX", help="public key of the anchors; default: of this installation")
    anchor = verbs.add(
        "anchor", _anchor, does="sign a line that names the newest entry, to be kept outside the database",
        example="holdfast audit anchor", writes="the line at the end of --output, and on first use a key",
    )  # fmt: skip
    anchor.add_argument("--output", type=Path, metavar="FILE", help="add it to this file; default: only print it")
    listing = verbs.add(
        "list", _list, does="list who did what, newest first", example="holdfast audit list --action user"
    )
    listing.add_argument("--action", default="", help="only this noun, such as user, or this noun.verb")
    listing.add_argument(
        "--limit", type=whole_number_argument, default=SHOWN, help=f"how many; default {SHOWN}, 0 for all"
    )


def _verify(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.audit.queries import verify

    lines, key = _anchors(arguments)
    report = verify(actor=actor, anchor_lines=lines, key=key)
    answer = {
        "sound": report.sound,
        "entries": report.entries,
        "head_hash": report.head_hash,
        "anchors": report.anchors,
        "faults": list(report.faults),
    }
    if report.sound:
        held = f"; it agrees with {report.anchors} anchors" if lines else ""
        emit(arguments, answer, f"{report.entries} entries, no fault; the chain ends in {report.head_hash}{held}")
        return
    if arguments.json:
        emit(arguments, answer, "")
    raise RefusedError("the record of actions is not whole:\n" + "\n".join(report.faults))


def _anchors(arguments: argparse.Namespace) -> tuple[list[str], str]:
    if arguments.anchors is None:
        if arguments.anchor_key is not None:
            raise InputError("--anchor-key goes with --anchors")
        return [], ""
    from holdfast.clinic.audit.anchors import installation_key, read_lines

    return read_lines(arguments.anchors), (arguments.anchor_key or installation_key()).lower()


def _anchor(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.audit.anchors import append, read_lines
    from holdfast.clinic.audit.queries import new_anchor

    path = arguments.output
    kept = read_lines(path) if path is not None and path.exists() else []
    anchor = new_anchor(actor=actor, now=dt.datetime.now(dt.UTC), kept=kept)
    if path is not None:
        append(path, anchor.line())
    answer = {"seq": anchor.seq, "hash": anchor.hash, "at": anchor.at, "key": anchor.key, "line": anchor.line()}
    emit(arguments, answer, anchor.line())


def _list(arguments: argparse.Namespace) -> None:
    actor = opened_by_command_line()
    from holdfast.clinic.audit.queries import entries

    found = entries(actor=actor, action=arguments.action)
    rows = found[: arguments.limit] if arguments.limit > 0 else found
    answer = [
        {
            "seq": entry.seq,
            "at": entry.at,
            "actor": entry.actor.username if entry.actor else entry.actor_ref,
            "role": entry.actor_role,
            "action": entry.action,
            "subject": f"{entry.subject_kind} {entry.subject_ref}",
            "programme": entry.programme_key,
            "details": entry.details,
        }
        for entry in rows
    ]
    table = text_table(
        [(e["seq"], e["at"].isoformat(timespec="seconds"), e["actor"], e["action"], e["subject"]) for e in answer],
        ("seq", "at", "actor", "action", "subject"),
    )
    emit(arguments, answer, table)
