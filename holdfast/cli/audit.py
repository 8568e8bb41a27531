"""`holdfast audit`: read the record of actions and walk its chain."""

from __future__ import annotations

import argparse

from holdfast.cli.clinic import opened_by_command_line
from holdfast.cli.output import emit, text_table, whole_number_argument
from holdfast.cli.parser import Verbs
from holdfast.errors import RefusedError

SHOWN = 50


def add_verbs(verbs: Verbs) -> None:
    """verify, list."""
    verbs.add(
        "verify", _verify, does="walk the whole chain and name every entry changed, removed or moved",
        example="holdfast audit verify",
    )  # fmt: skip
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

    report = verify(actor=actor)
    answer = {
        "sound": report.sound,
        "entries": report.entries,
        "head_hash": report.head_hash,
        "faults": list(report.faults),
    }
    if report.sound:
        emit(arguments, answer, f"{report.entries} entries, no fault; the chain ends in {report.head_hash}")
        return
    if arguments.json:
        emit(arguments, answer, "")
    raise RefusedError("the record of actions is not whole:\n" + "\n".join(report.faults))


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
