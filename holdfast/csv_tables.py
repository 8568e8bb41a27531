"""The one place that writes CSV for people: no cell of text can become a formula in a spreadsheet.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@`, or with a tab or a line end before one, for a formula:
a name or a note would be carried out when the table is opened. Such a cell of text gets an apostrophe before it, which
a spreadsheet shows as text. Numbers stay numbers, negative ones too. `plain_cell` takes the apostrophe off again, so
that what is read back is what was written.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

_BEGINS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four: the same signs, full width
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


def text_cell(value: str) -> str:
    """The text as a cell that no spreadsheet carries out."""
    return f"'{value}" if _would_be_carried_out(value) else value


def plain_cell(cell: str) -> str:
    """The text of a cell that `text_cell` wrote."""
    return cell[1:] if cell.startswith("'") and _would_be_carried_out(cell) else cell


def _would_be_carried_out(text: str) -> bool:
    """Apostrophes before the sign count as none: one more is put before them, and one taken off."""
    return text.lstrip("'").startswith(tuple(_BEGINS)) and not _NUMBER.fullmatch(text)


class TableWriter:
    """Writes rows of CSV: commas, quotes doubled, one line end. Text is safe to open, everything else as it is."""

    def __init__(self, to: TextIO) -> None:
        self._rows = csv.writer(to, lineterminator="\n")

    def row(self, cells: Iterable[Any]) -> None:
        """One row."""
        self._rows.writerow([text_cell(cell) if isinstance(cell, str) else cell for cell in cells])

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Several rows."""
        for cells in rows:
            self.row(cells)
