"""`holdfast registry own-report`: the report of one programme's rows, as the clinic asks for it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from holdfast.cli.output import emit
from holdfast.cli.parser import Verbs
from holdfast.errors import InputError


def add_own_verb(verbs: Verbs) -> None:
    """own-report."""
    own = verbs.add(
        "own-report", _own_report,
        does="for the clinic's pages, not for people: answer rows of a programme with its report",
        example="holdfast registry own-report docs/examples/registry_rows.json",
    )  # fmt: skip
    own.add_argument("file", metavar="FILE", help="JSON with manifest and rows by table; - for standard input")


def _own_report(arguments: argparse.Namespace) -> None:
    given = _read(arguments.file)
    from holdfast.registry.report.own import own_report

    answer = own_report(given)
    sections = [one["title"] for one in answer["page"] if one["title"]]
    told = f"{answer['courses']} courses, digest {answer['digest'][:16]}, {len(answer['files'])} files"
    emit(arguments, answer, "\n".join([told, *sections]))


def _read(name: str) -> dict[str, object]:
    """The file as JSON. Raises `InputError`."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{name} is not JSON") from None
    if not isinstance(found, dict):
        raise InputError(f"{name} holds no object with manifest and rows")
    return found
