"""Read every table, check every cell, and say everything that is wrong at once.

The tables of the package are read once per process (`load`). `read_tables` takes any folder of the same shape,
so that a clinic can check a changed copy, and tests can feed faults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from holdfast.errors import TableError, UnknownNameError
from holdfast.facts.csv_files import read_csv_table
from holdfast.facts.digest import digest_of_files
from holdfast.facts.documents import DOCUMENT_KINDS
from holdfast.facts.evidence_checks import evidence_faults, span_faults
from holdfast.facts.information_tables import information_faults
from holdfast.facts.model_tables import miss_faults
from holdfast.facts.schema import Document, Fault, Row, Table
from holdfast.facts.tables import TABLES
from holdfast.facts.toml_files import read_toml_document

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
    faults: list[Fault] = []
    tables: dict[str, tuple[Row, ...]] = {}
    documents: dict[str, dict[str, Document]] = {}
    for table in TABLES:
        rows, found = read_csv_table(folder / table.path, table)
        tables[table.name] = rows
        faults += found
    for kind in DOCUMENT_KINDS:
        documents[kind.name] = {}
        paths = sorted((folder / kind.folder).glob("*.toml"))
        if not paths:
            faults.append(Fault(kind.folder, 1, "-", "holds no document; restore the folder"))
        for path in paths:
            document, found = read_toml_document(path, f"{kind.folder}/{path.name}", kind)
            faults += found
            if document is not None:
                documents[kind.name][document.id] = document
    if not all(tables.values()):  # what follows would blame every row that names one of a table nobody could read
        return None, _in_order(faults)
    by_id, found = _index(tables, documents)
    faults += found
    faults += _dangling(tables, documents)
    faults += evidence_faults(tables)
    faults += span_faults(tables, documents["scales"])
    faults += miss_faults(tables)
    faults += information_faults(tables, by_id)
    if faults:
        return None, _in_order(faults)
    frozen = {name: MappingProxyType(found_documents) for name, found_documents in documents.items()}
    digest = digest_of_files(fact_files(folder), folder)
    return Facts(MappingProxyType(tables), MappingProxyType(frozen), MappingProxyType(by_id), digest), []


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))


def fact_files(folder: Path) -> list[Path]:
    """Every file that holds facts, in a fixed order."""
    paths = [folder / table.path for table in TABLES]
    for kind in DOCUMENT_KINDS:
        paths += sorted((folder / kind.folder).glob("*.toml"))
    return paths


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
