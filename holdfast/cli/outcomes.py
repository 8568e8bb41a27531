"""`holdfast outcomes`: named definitions, and what a score table says by one of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from holdfast.cli.output import emit, read_csv, text_table
from holdfast.cli.parser import Verbs
from holdfast.outcomes import Cell, compute, definition, definitions
from holdfast.outcomes.score_rows import COLUMNS


def add_verbs(verbs: Verbs) -> None:
    """list, compute."""
    verbs.add("list", _list, does="list the named definitions", example="holdfast outcomes list")
    computing = verbs.add(
        "compute",
        _compute,
        does="count who meets a definition, by group, scale and day; one bad row and nothing is computed",
        example="holdfast outcomes compute docs/examples/scores.csv --definition response_50 --scale madrs",
    )
    computing.add_argument("scores", type=Path, help="CSV: participant_id, scale, day, score; optional group, leg")
    computing.add_argument("--definition", required=True, help="a name from `holdfast outcomes list`")
    computing.add_argument("--scale", help="only this scale; default: each that the definition speaks of")


def _list(arguments: argparse.Namespace) -> None:
    answer = [one.as_dict() for one in definitions().values()]
    table = text_table(
        [(d["name"], d["outcome"], d["definition"], d["status"], "to be signed" if d["needs_signature"] else "")
         for d in answer],
        ("name", "outcome", "definition", "status", ""),
    )  # fmt: skip
    emit(arguments, answer, table)


def _compute(arguments: argparse.Namespace) -> None:
    chosen = definition(arguments.definition)
    rows = read_csv(arguments.scores, COLUMNS)
    cells = compute(rows, chosen, scale=arguments.scale, source=str(arguments.scores))
    answer = {"definition": chosen.as_dict(), "cells": [cell.as_dict() for cell in cells]}
    header = ("group", "leg", "scale", "day", "with baseline", "rated", "result", "share", "missing", "change (SD)")
    text = f"{chosen.name}: {chosen.text} ({chosen.status})\n" + text_table([_row(cell) for cell in cells], header)
    emit(arguments, answer, text)


def _row(cell: Cell) -> tuple[object, ...]:
    share = "" if cell.share is None else f"{100 * cell.share:.0f} %"
    change = "" if cell.mean_change is None else f"{cell.mean_change:.2f}"
    change += "" if cell.sd_change is None else f" ({cell.sd_change:.2f})"
    where = (cell.group, cell.leg, cell.scale, f"{cell.day:g}")
    return (*where, cell.n_baseline, cell.n_rated, cell.as_dict()["result"], share, cell.n_missing, change)
