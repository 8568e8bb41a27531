"""`holdfast treatment-session expected-range`: where the model expects readings of one treatment session."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast.cli.output import emit, json_from_stdin, read_json, text_table
from holdfast.cli.parser import Verbs
from holdfast.model.provenance import provenance_line

FILE = "docs/examples/treatment_session_expected_range.json"
_QUANTITIES = {"sbp_mmhg": "systolic mmHg", "dbp_mmhg": "diastolic mmHg", "cadss_total": "CADSS points"}
_EVERY = 3  # of the steps: a line each 15 minutes
_MOST_SIGNS = 10_000


def add_expected_range(verbs: Verbs) -> None:
    """expected-range."""
    verb = verbs.add(
        "expected-range", _expected_range,
        does="tell where the model expects readings of blood pressure and dissociation, by minute",
        example=f"holdfast treatment-session expected-range {FILE}",
    )  # fmt: skip
    verb.add_argument("file", type=Path, help=f"JSON, - for standard input; {FILE} shows its fields")


def _expected_range(arguments: argparse.Namespace) -> None:
    from holdfast.model.expected_range import expected_range, read_asked

    asked = json_from_stdin(_MOST_SIGNS) if str(arguments.file) == "-" else dict(read_json(arguments.file))
    asked.pop("about", None)
    answer = expected_range(read_asked(asked)).as_dict()
    emit(arguments, answer, _told(answer))


def _told(answer: Mapping[str, Any]) -> str:
    about, lines = answer["about"], []
    for name, band in answer["bands"].items():
        for at in range(0, len(answer["minutes"]), _EVERY):
            inner, outer = (f"{low:g} to {high:g}" for low, high in (band["inner"][at], band["outer"][at]))
            lines.append((_QUANTITIES[name], answer["minutes"][at], f"{band['median'][at]:g}", inner, outer))
    shares = [f"{100 * answer['shares'][which]:g} % lie in" for which in ("inner", "outer")]
    table = text_table(lines, ("reading", "minute", "middle", *shares))
    misses = [f"known miss {one['row']}: {one['quantity']}, {one['scenario']}" for one in about["known_misses"]]
    notes = [*about["beyond"], f"fails at: {about['known_failures']}", *misses, about["said"], provenance_line(about)]
    return "\n".join([table, "", *notes])
