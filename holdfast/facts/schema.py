"""One schema object per table: it validates rows, prints the table's documentation and draws test rows.

A `Table` describes either a CSV file or one section of a TOML document (protocols and scales are nested,
everything else is flat). Validation never stops at the first fault.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any

from holdfast.errors import InputError
from holdfast.facts.written import written_number
from holdfast.units import KNOWN_UNITS

STATUSES = ("assumed", "unverified", "press", "secondary", "transcribed", "verified", "superseded")
CLASSES = ("label", "guideline", "secondary", "practice", "house", "unverified")


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one cell: where it is and what to do about it."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line} column {self.column}: {self.message}"


@dataclass(frozen=True)
class Row:
    """One fact: its values by column name, and the file and line it stands in.

    `lines` gives the line of each cell that is written on a line of its own, as in a TOML document; it is empty for
    a row of a CSV file.
    """

    id: str
    values: Mapping[str, Any]
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def get(self, column: str, default: Any = None) -> Any:
        """Value of `column`, or `default` where the cell is empty or the column absent."""
        value = self.values.get(column)
        return default if value is None else value

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with the place the fact stands in."""
        plain = {key: _plain(value) for key, value in self.values.items() if value is not None}
        return {"id": self.id, **plain, "file": self.file, "line": self.line}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


RowCheck = Callable[[Row], Iterable[tuple[str, str]]]  # yields (column, message)


@dataclass(frozen=True)
class Column:
    """A column: what it means, how its cells read, and what they may refer to.

    `kind`: text, integer, number, numbers (`;` between), words (`;` between), flag (yes/no), date (ISO), unit.
    `refers_to` names a table whose ids the cell (or each word of it) must be one of.
    """

    name: str
    doc: str
    kind: str = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    refers_to: str = ""

    def parse(self, cell: Any) -> Any:
        """The cell's value; None where empty. Raises `ValueError` with a sentence for the user."""
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            if self.required:
                raise ValueError(f"is empty; every row needs {_article(self.doc)}")
            return None
        value = _PARSERS[self.kind](cell)
        for word in value if isinstance(value, tuple) else (value,):
            if self.choices and word not in self.choices:
                raise ValueError(f"{word!r} is not one of {', '.join(self.choices)}")
        return value

    def draw(self, random: Random) -> str:
        """A cell that `parse` accepts (references are left to the caller)."""
        if self.choices:
            return random.choice(self.choices)
        return _DRAWS[self.kind](random)


def _article(doc: str) -> str:
    return doc[0].lower() + doc[1:].rstrip(".")


def _text(cell: Any) -> str:
    if not isinstance(cell, str):
        raise ValueError(f"must be text, not {cell!r}")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in cell.strip()):
        raise ValueError("holds a sign that steers a terminal or ends a text; write it again in plain signs")
    return cell.strip()


def _number(cell: Any) -> float | int:
    if isinstance(cell, bool):
        raise ValueError("must be a number, not true or false")
    try:
        value = written_number(cell) if isinstance(cell, str) else float(cell)
    except (TypeError, ValueError, OverflowError, InputError):
        raise ValueError(f"{cell!r} is not a number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{cell!r} is not a finite number")
    return int(value) if value.is_integer() else value


def _integer(cell: Any) -> int:
    value = _number(cell)
    if not isinstance(value, int):
        raise ValueError(f"{cell!r} is not a whole number")
    return value


def _many(cell: Any, one: Callable[[Any], Any]) -> tuple[Any, ...]:
    parts = cell if isinstance(cell, list) else str(cell).split(";")
    return tuple(one(part.strip() if isinstance(part, str) else part) for part in parts)


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    if cell in ("yes", "no"):
        return cell == "yes"
    raise ValueError(f"{cell!r} is neither yes nor no")


def _date(cell: Any) -> datetime.date:
    if isinstance(cell, datetime.date):
        return cell
    try:
        return datetime.date.fromisoformat(str(cell))
    except ValueError:
        raise ValueError(f"{cell!r} is not a date like 2026-11-21") from None


def _unit(cell: Any) -> str:
    if cell not in KNOWN_UNITS:
        raise ValueError(f"{cell!r} is not a unit Holdfast knows; see holdfast/units.py")
    return str(cell)


_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "numbers": lambda cell: _many(cell, _number),
    "words": lambda cell: _many(cell, _text),
    "flag": _flag,
    "date": _date,
    "unit": _unit,
}
_DRAWS: Mapping[str, Callable[[Random], str]] = {
    "text": lambda random: f"words {random.randrange(1000)}",
    "number": lambda random: f"{random.uniform(0, 100):.3f}",
    "integer": lambda random: str(random.randrange(100)),
    "numbers": lambda random: ";".join(str(random.randrange(100)) for _ in range(random.randint(1, 3))),
    "words": lambda random: ";".join(f"word{random.randrange(100)}" for _ in range(random.randint(1, 3))),
    "flag": lambda random: random.choice(("yes", "no")),
    "date": lambda random: f"20{random.randint(10, 30)}-0{random.randint(1, 9)}-1{random.randrange(10)}",
    "unit": lambda random: random.choice(sorted(KNOWN_UNITS)),
}

PROVENANCE = (
    Column("ref", "Row of references.csv that this was read in", refers_to="references"),
    Column("locator", "Table, page, section or sentence of the source", required=True),
    Column("as_printed", "The source's own words, misprints included", required=False),
    Column("status", "How far the value is checked against its source", choices=STATUSES),
    Column("checked_by", "Second reader of the source; needed from status verified", required=False),
    Column("note", "Why the value is held to mean this", required=False),
)
KEY = Column("key", "Name of the row within its section")


@dataclass(frozen=True)
class Table:
    """A table of facts: file or section name, meaning, columns and the checks across columns."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    path: str = ""
    many: bool = True  # in a TOML document: [[section]] rather than [section]
    checks: tuple[RowCheck, ...] = field(default=())

    def column_names(self) -> tuple[str, ...]:
        """Names in the order they are printed."""
        return tuple(column.name for column in self.columns)

    def parse_row(
        self,
        cells: Mapping[str, Any],
        *,
        row_id: str,
        file: str,
        line: int,
        lines: Mapping[str, int] | None = None,
    ) -> tuple[Row, list[Fault]]:
        """The row and every fault in it. `lines` gives the line of a cell where cells stand on several."""
        faults = []
        values: dict[str, Any] = {}

        def fault(column: str, message: str) -> None:
            faults.append(Fault(file, (lines or {}).get(column, line), column, message))

        for column in self.columns:
            try:
                values[column.name] = column.parse(cells.get(column.name))
            except ValueError as error:
                values[column.name] = None
                fault(column.name, str(error))
        for name in cells.keys() - set(self.column_names()):
            fault(str(name), f"is not a column of {self.name}; columns are {', '.join(self.column_names())}")
        row = Row(row_id, MappingProxyType(values), file, line, MappingProxyType(dict(lines or {})))
        if not faults:  # checks across columns rest on sound cells
            for check in self.checks:
                for name, message in check(row):
                    fault(name, message)
        return row, faults

    def document(self) -> str:
        """Markdown: what the table holds and what each column means."""
        lines = [f"### `{self.name}`", "", self.doc, "", "| column | kind | meaning |", "|---|---|---|"]
        for column in self.columns:
            kind = column.kind if not column.choices else " / ".join(column.choices)
            optional = "" if column.required else " (may be empty)"
            target = f" → `{column.refers_to}`" if column.refers_to else ""
            lines.append(f"| `{column.name}` | {kind}{target} | {column.doc}{optional} |")
        return "\n".join(lines) + "\n"

    def draw_row(self, random: Random) -> dict[str, str]:
        """A row of cells that `parse_row` accepts, for tests; optional cells are sometimes empty."""
        return {
            column.name: "" if not column.required and random.random() < 0.3 else column.draw(random)
            for column in self.columns
        }


@dataclass(frozen=True)
class DocumentKind:
    """A folder of TOML documents of one shape: a header section and further sections.

    Rows of further sections take `ref`, `locator` and `status` from the header where they give none.
    """

    name: str
    folder: str
    doc: str
    header: Table
    sections: tuple[Table, ...]

    def tables(self) -> Iterator[Table]:
        """Header first, then the sections."""
        yield self.header
        yield from self.sections


@dataclass(frozen=True)
class Document:
    """One TOML document, read: its header row and its rows by section."""

    id: str
    header: Row
    sections: Mapping[str, tuple[Row, ...]]

    def rows(self, section: str) -> tuple[Row, ...]:
        """Rows of `section`, in the order of the file; empty where the document has none."""
        return self.sections.get(section, ())

    def row(self, section: str) -> Row | None:
        """The only row of a section that is not repeated; None where the document has none."""
        rows = self.rows(section)
        return rows[0] if rows else None
