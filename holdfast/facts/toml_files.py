"""A nested document (scale, protocol) from its TOML file, with every fault by line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from holdfast.facts.csv_files import read_fact_text
from holdfast.facts.schema import Document, DocumentKind, Fault, Row, Table

INHERITED = ("ref", "locator", "status")


def read_toml_document(path: Path, name: str, kind: DocumentKind) -> tuple[Document | None, list[Fault]]:
    """The document, or None where it cannot be one, and every fault in it. `name` is the file's name in a fault."""
    text, unreadable = read_fact_text(path, name)
    if unreadable is not None:
        return None, [unreadable]
    content, not_toml = _parsed(text, name)
    if not_toml is not None:
        return None, [not_toml]
    header_cells = content.get(kind.header.name, {})
    if not isinstance(header_cells, dict):
        return None, [Fault(name, 1, kind.header.name, f"must be written as [{kind.header.name}]")]
    file = _File(name, str(header_cells.get("id", path.stem)), kind, content, _TomlLines(text))
    faults = file.unknown_sections()
    sections: dict[str, tuple[Row, ...]] = {}
    for table in kind.tables():
        sections[table.name], found = file.rows(table)
        faults += found
    if not sections[kind.header.name]:
        faults.append(Fault(name, 1, kind.header.name, f"is missing; a document starts with [{kind.header.name}]"))
        return None, faults
    return Document(file.document_id, sections[kind.header.name][0], MappingProxyType(sections)), faults


def _parsed(text: str, name: str) -> tuple[dict[str, Any], Fault | None]:
    try:
        return tomllib.loads(text), None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return {}, Fault(name, int(found[1]) if found else 1, "-", f"is not TOML: {error}")
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        return {}, Fault(name, 1, "-", "is no TOML of ours: nested too deeply, or a number is too long")


@dataclass(frozen=True)
class _File:
    """One file, parsed: its content, and the line each part stands in."""

    name: str
    document_id: str
    kind: DocumentKind
    content: Mapping[str, Any]
    lines: _TomlLines

    def unknown_sections(self) -> list[Fault]:
        known = [table.name for table in self.kind.tables()]
        message = f"is not a section; sections are {', '.join(known)}"
        unknown = [section for section in self.content if section not in known]
        return [Fault(self.name, self.lines.of(section, 0, None), section, message) for section in unknown]

    def rows(self, table: Table) -> tuple[tuple[Row, ...], list[Fault]]:
        """The rows of one section; none where it is absent or of the wrong shape."""
        written = self.content.get(table.name, [] if table.many else {})
        listed = written if isinstance(written, list) else [written]
        if table.many != isinstance(written, list) or not all(isinstance(cells, dict) for cells in listed):
            shape = f"[[{table.name}]]" if table.many else f"[{table.name}]"
            return (), [Fault(self.name, self.lines.of(table.name, 0, None), table.name, f"must be written as {shape}")]
        if not table.many and not written:
            return (), []
        read = [self._row(table, position, cells) for position, cells in enumerate(listed)]
        return tuple(row for row, _ in read), [fault for _, found in read for fault in found]

    def _row(self, table: Table, position: int, cells: Mapping[str, Any]) -> tuple[Row, list[Fault]]:
        """One row; ref, locator and status come from the header where it gives none."""
        header = self.content.get(self.kind.header.name, {})
        inherited = {} if table is self.kind.header else {key: header.get(key) for key in INHERITED}
        return table.parse_row(
            {**inherited, **cells},
            row_id=_row_id(self.kind, table, self.document_id, cells),
            file=self.name,
            line=self.lines.of(table.name, position, None),
            lines={key: self.lines.of(table.name, position, key) for key in cells},
        )


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
