"""A table of facts from its CSV file, with every fault by line and column."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from holdfast.facts.schema import Fault, Row, Table


def read_csv_table(path: Path, table: Table) -> tuple[tuple[Row, ...], list[Fault]]:
    """The rows of the file and every fault in it."""
    text, unreadable = read_fact_text(path, table.path)
    if unreadable is not None:
        return (), [unreadable]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows_of(reader, table)
    except csv.Error as error:
        return (), [Fault(table.path, reader.line_num, "-", f"is not a table: {error}")]


def read_fact_text(path: Path, name: str) -> tuple[str, Fault | None]:
    """The text of a file, or the fault that keeps it from being read."""
    try:
        return path.read_text(encoding="utf-8-sig"), None
    except FileNotFoundError:
        return "", Fault(name, 1, "-", "is missing; restore the file or take the table out of the registry")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return "", Fault(name, line, "-", "is not UTF-8; save the file as UTF-8")
    except OSError as error:
        return "", Fault(name, 1, "-", f"cannot be read: {error.strerror}")


def _rows_of(reader: Any, table: Table) -> tuple[tuple[Row, ...], list[Fault]]:
    header: list[str] = next(reader, [])
    faults = [
        Fault(table.path, 1, name, "column is missing from the header")
        for name in table.column_names()
        if name not in header
    ]
    if "id" not in header:  # no row has a name: another separator, or no header at all
        said = "column is missing from the header; a table has a header line, and commas between its cells"
        return (), [Fault(table.path, 1, "id", said)]
    rows = []
    start = reader.line_num + 1
    for cells in reader:
        line, start = start, reader.line_num + 1
        if not cells:
            continue
        if len(cells) != len(header):
            faults.append(
                Fault(
                    table.path,
                    line,
                    "-",
                    f"has {len(cells)} cells, the header has {len(header)}; quote commas",
                )
            )
            continue
        by_name = dict(zip(header, cells, strict=True))
        row, found = table.parse_row(by_name, row_id=by_name.get("id", "").strip(), file=table.path, line=line)
        rows.append(row)
        faults += found
    if not rows and not faults:
        faults.append(Fault(table.path, 1, "-", "holds no row; restore the file"))
    return tuple(rows), faults
