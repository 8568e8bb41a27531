"""A comparison as CSV: a row a policy, frontier first, with every mean, error and interval."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from holdfast.csv_tables import TableWriter
from holdfast.errors import InputError
from holdfast.whole_files import require_writable, written_whole

_NUMBERS = ("weeks_well", "weeks_well_against_unchanged", "relapse", "treatment_sessions", "dose_mg", "dose_mg_per_kg",
            "hours_in_clinic", "left")  # fmt: skip
_PARTS = ("mean", "error", "low", "high")
_PLAIN = ("policy", "kind", "words", "dose", "dose_unit", "on_frontier", "share_of_worlds_on_frontier",
          "share_of_worlds_near_frontier", "share_of_worlds_better_than_unchanged", "check_ins_answered")  # fmt: skip


def require_table(path: Path) -> None:
    """Raises `InputError` where the table could not be written there: told before long work is done for it."""
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} does not end in .csv; name the table so")
    require_writable(path)


def write_table(of: dict[str, Any], path: Path) -> None:
    """The table, whole or not at all. What nobody could show (no patient at risk) is an empty cell."""
    text = io.StringIO()
    rows = TableWriter(text)
    rows.row([*_PLAIN, *(f"{name}_{part}" for name in _NUMBERS for part in _PARTS)])
    for one in of["policies"]:
        numbers = [one[name][part] for name in _NUMBERS for part in _PARTS]
        rows.row([*(one[name] for name in _PLAIN), *("" if value is None else value for value in numbers)])
    with written_whole(path) as place:
        place.write_text(text.getvalue(), encoding="utf-8")
