"""Read every table, check every cell, and say everything that is wrong at once.

The tables of the package are read once per process (`load`). `read_tables` takes any folder of the same shape,
so that a clinic can check a changed copy, and tests can feed faults.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from holdfast.errors import TableError, UnknownNameError
from holdfast.facts.documents import DOCUMENT_KINDS
from holdfast.facts.schema import Document, DocumentKind, Fault, Row, Table
from holdfast.facts.tables import TABLES

PACKAGED = Path(__file__).parent


@dataclass(frozen=True)
class Facts:
    """All facts, read and checked. Immutable; every stored result names its `digest`."""

    tables: Mapping[str, tuple[Row, ...]]
    documents: Mapping[str, Mapping[str, Document]]
    by_id: Mapping[str, Row]
    digest: str

    def rows(self, table: str) -> tuple[Row, ...]:
        """Rows of a CSV table, in the order of the file."""
        return self.tables[table]

    def row(self, fact_id: str) -> Row:
        """The fact of that id. Raises `UnknownNameError` with near names."""
        try:
            return self.by_id[fact_id]
        except KeyError:
            stem = fact_id.split(".")[0]
            near = [name for name in self.by_id if name.split(".")[0] == stem] or sorted(self.tables)
            raise UnknownNameError("fact", fact_id, near[:20]) from None

    def document(self, kind: str, document_id: str) -> Document:
        """A protocol or a scale by id. Raises `UnknownNameError` naming those there are."""
        try:
            return self.documents[kind][document_id]
        except KeyError:
            raise UnknownNameError(kind.removesuffix("s"), document_id, sorted(self.documents[kind])) from None

    def reference(self, row: Row) -> Row:
        """The row of references.csv that `row` was read in."""
        return self.by_id["references." + row["ref"]]


@cache
def load() -> Facts:
    """The facts that ship with this package. Raises `TableError` with every fault."""
    facts, faults = read_tables(PACKAGED)
    if faults or facts is None:
        raise TableError([str(fault) for fault in faults])
    return facts


def read_tables(folder: Path) -> tuple[Facts | None, list[Fault]]:
    """Read `folder` whole. Returns the facts, or None, and every fault by file, line and column."""
    from holdfast.facts.digest import digest_of_files

    faults: list[Fault] = []
    tables: dict[str, tuple[Row, ...]] = {}
    documents: dict[str, dict[str, Document]] = {}
    for table in TABLES:
        rows, found = _read_csv(folder / table.path, table)
        tables[table.name] = rows
        faults += found
    for kind in DOCUMENT_KINDS:
        documents[kind.name] = {}
        paths = sorted((folder / kind.folder).glob("*.toml"))
        if not paths:
            faults.append(Fault(kind.folder, 1, "-", "holds no document; restore the folder"))
        for path in paths:
            document, found = _read_toml(path, f"{kind.folder}/{path.name}", kind)
            faults += found
            if document is not None:
                documents[kind.name][document.id] = document
    by_id, found = _index(tables, documents)
    faults += found
    faults += _dangling(tables, documents)
    if faults:
        return None, sorted(faults, key=lambda f: (f.file, f.line, f.column))
    frozen = {name: MappingProxyType(found_documents) for name, found_documents in documents.items()}
    digest = digest_of_files(fact_files(folder), folder)
    return Facts(MappingProxyType(tables), MappingProxyType(frozen), MappingProxyType(by_id), digest), []


def fact_files(folder: Path) -> list[Path]:
    """Every file that holds facts, in a fixed order."""
    paths = [folder / table.path for table in TABLES]
    for kind in DOCUMENT_KINDS:
        paths += sorted((folder / kind.folder).glob("*.toml"))
    return paths


def _read_csv(path: Path, table: Table) -> tuple[tuple[Row, ...], list[Fault]]:
    text, unreadable = _read_text(path, table.path)
    if unreadable is not None:
        return (), [unreadable]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows_of(reader, table)
    except csv.Error as error:
        return (), [Fault(table.path, reader.line_num, "-", f"is not a table: {error}")]


def _read_text(path: Path, name: str) -> tuple[str, Fault | None]:
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


def _read_toml(path: Path, name: str, kind: DocumentKind) -> tuple[Document | None, list[Fault]]:
    text, unreadable = _read_text(path, name)
    if unreadable is not None:
        return None, [unreadable]
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return None, [Fault(name, int(found[1]) if found else 1, "-", f"is not TOML: {error}")]
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        return None, [Fault(name, 1, "-", "is no TOML of ours: nested too deeply, or a number is too long")]
    lines = _TomlLines(text)
    faults: list[Fault] = []
    known = {table.name: table for table in kind.tables()}
    for section in content.keys() - known.keys():
        faults.append(
            Fault(
                name,
                lines.of(section, 0, None),
                section,
                f"is not a section; sections are {', '.join(known)}",
            )
        )
    header_cells = content.get(kind.header.name, {})
    if not isinstance(header_cells, dict):
        return None, [Fault(name, 1, kind.header.name, f"must be written as [{kind.header.name}]")]
    document_id = str(header_cells.get("id", path.stem))
    inherited = {key: header_cells.get(key) for key in ("ref", "locator", "status")}
    sections: dict[str, tuple[Row, ...]] = {}
    for table in kind.tables():
        cells_of_rows = content.get(table.name, [] if table.many else {})
        found_rows = cells_of_rows if isinstance(cells_of_rows, list) else [cells_of_rows]
        if table.many != isinstance(cells_of_rows, list) or not all(isinstance(cells, dict) for cells in found_rows):
            shape = f"[[{table.name}]]" if table.many else f"[{table.name}]"
            faults.append(Fault(name, lines.of(table.name, 0, None), table.name, f"must be written as {shape}"))
            continue
        rows = []
        for position, cells in enumerate(cells_of_rows if table.many else [cells_of_rows] if cells_of_rows else []):
            filled = cells if table is kind.header else {**inherited, **cells}
            row_id = _row_id(kind, table, document_id, cells)
            at = {key: lines.of(table.name, position, key) for key in cells}
            row, found_faults = table.parse_row(
                filled, row_id=row_id, file=name, line=lines.of(table.name, position, None), lines=at
            )
            rows.append(row)
            faults += found_faults
        sections[table.name] = tuple(rows)
    if not sections.get(kind.header.name):
        faults.append(Fault(name, 1, kind.header.name, f"is missing; a document starts with [{kind.header.name}]"))
        return None, faults
    header = sections[kind.header.name][0]
    return Document(document_id, header, MappingProxyType(sections)), faults


def _row_id(kind: DocumentKind, table: Table, document_id: str, cells: Mapping[str, Any]) -> str:
    """`phq-9` is the scale, `phq-9.band.mild` its band, `iv-racemic.observation` a section of its own."""
    if table is kind.header:
        return document_id
    return f"{document_id}.{table.name}.{cells['key']}" if "key" in cells else f"{document_id}.{table.name}"


class _TomlLines:
    """Line of each section and key of a TOML text; tomllib keeps none. Sections are one level deep here."""

    _HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]\]?\s*(?:#.*)?$")
    _KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, int, str | None], int] = {}
        counts: dict[str, int] = {}
        section, position = "", 0
        for number, line in enumerate(text.splitlines(), start=1):
            if header := self._HEADER.match(line):
                section = header[1]
                position = counts.get(section, 0)
                counts[section] = position + 1
                self._lines[section, position, None] = number
            elif key := self._KEY.match(line):
                self._lines.setdefault((section, position, key[1]), number)

    def of(self, section: str, position: int, key: str | None) -> int:
        """Line of the key, of its section where the key is absent, or 1."""
        return self._lines.get((section, position, key)) or self._lines.get((section, position, None), 1)


def _every_row(
    tables: Mapping[str, tuple[Row, ...]], documents: Mapping[str, Mapping[str, Document]]
) -> Iterator[tuple[Table, Row]]:
    for table in TABLES:
        for row in tables[table.name]:
            yield table, row
    for kind in DOCUMENT_KINDS:
        for document in documents[kind.name].values():
            for table in kind.tables():
                for row in document.rows(table.name):
                    yield table, row


def _index(
    tables: Mapping[str, tuple[Row, ...]], documents: Mapping[str, Mapping[str, Document]]
) -> tuple[dict[str, Row], list[Fault]]:
    by_id: dict[str, Row] = {}
    faults = []
    for table, row in _every_row(tables, documents):
        name = f"references.{row.id}" if table.name == "references" else row.id
        if name in by_id:
            first = by_id[name]
            faults.append(Fault(row.file, row.line, "id", f"{row.id!r} is already in {first.file} line {first.line}"))
        by_id[name] = row
    return by_id, faults


def _dangling(
    tables: Mapping[str, tuple[Row, ...]], documents: Mapping[str, Mapping[str, Document]]
) -> Iterable[Fault]:
    known = {name: {row.id for row in rows} for name, rows in tables.items()}
    files = {table.name: table.path for table in TABLES}
    for table, row in _every_row(tables, documents):
        for column in table.columns:
            if not column.refers_to or (row.lines and column.name not in row.lines):
                continue  # a cell taken from the header of its document is told there, once
            value = row.get(column.name)
            for word in value if isinstance(value, tuple) else (value,):
                if word is not None and word not in known[column.refers_to]:
                    target = files[column.refers_to]
                    message = f"{word!r} is not in {target}; add the source there first"
                    if column.refers_to != "references":
                        message = f"{word!r} is not in {target}"
                    yield Fault(row.file, row.lines.get(column.name, row.line), column.name, message)
