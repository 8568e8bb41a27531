"""A report as a folder of files: page, paper, tables and plots, whole or not at all, with the same bytes twice."""

from __future__ import annotations

import io
import json
from pathlib import Path

from holdfast.csv_tables import TableWriter
from holdfast.printed.html import html
from holdfast.printed.pdf import pdf
from holdfast.printed.svg import svg_file
from holdfast.registry.report.cells import columns_of, fields
from holdfast.registry.report.document import document
from holdfast.registry.report.report import Report
from holdfast.registry.report.sections import Table
from holdfast.whole_files import folder_written_whole

HTML, PDF, JSON = "report.html", "report.pdf", "report.json"
COLUMNS = "columns.csv"


def as_files(report: Report) -> dict[str, bytes]:
    """Every file by its name within the folder."""
    printed = document(report)
    files = {HTML: html(printed).encode(), PDF: pdf(printed), JSON: as_json(report).encode(), COLUMNS: _columns(report)}
    for section in report.sections:
        files |= {f"tables/{one.key}.csv": table_csv(one) for one in section.tables}
        files |= {f"plots/{one.key}.svg": svg_file(one.drawing, one.alternative).encode() for one in section.pictures}
    return files


def write_report(folder: Path, report: Report) -> tuple[str, ...]:
    """Write the folder; names of its files come back. Raises `InputError` where the disk refuses: then nothing is."""
    files = as_files(report)
    with folder_written_whole(folder) as place:
        for name, content in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(content)
    return tuple(files)


def as_json(report: Report) -> str:
    """The whole report as JSON."""
    return json.dumps(report.as_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def table_csv(table: Table) -> bytes:
    """One table; a share has columns for count, denominator, per cent and the ends of its interval."""
    rows = [[name for column in table.columns for name in columns_of(column)]]
    rows += [
        [cell for value, column in zip(row, table.columns, strict=True) for cell in fields(value, column)]
        for row in table.rows
    ]
    return _csv(rows)


def _columns(report: Report) -> bytes:
    """What each column of each table means, and of whom its shares are."""
    rows = [["file", "table", "column", "meaning", "share_of", "unit"]]
    rows += [
        [f"tables/{table.key}.csv", table.title, name, column.title, column.of, "%" if column.of else column.unit]
        for section in report.sections for table in section.tables
        for column in table.columns for name in columns_of(column)
    ]  # fmt: skip
    return _csv(rows)


def _csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    TableWriter(written).rows(rows)
    return written.getvalue().encode()
