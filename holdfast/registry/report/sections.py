"""What a report is made of: sections with tables, pictures and notes, as plain values. Setters come after.

Every column that holds a share names in words whom it is a share of (`of`), and every share carries both counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from holdfast.printed.drawing import Drawing
from holdfast.statistics.estimate import LEVEL, Estimate
from holdfast.statistics.intervals import exact_share

KINDS = ("words", "count", "number", "p_value", "estimate", "share")
DIGITS_KEPT = 12  # significant ones in JSON and CSV: more is rounding of the machine


@dataclass(frozen=True)
class Share:
    """Courses (or whatever the column says) with something, of how many, with the exact interval."""

    events: int
    people: int
    level: float = LEVEL

    @property
    def estimate(self) -> Estimate:
        """As a share of 1; no value of nobody."""
        return exact_share(self.events, self.people, self.level)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, the share in per cent."""
        return {"n": self.events, "of": self.people, **percents(self.estimate)}


def percents(estimate: Estimate) -> dict[str, Any]:
    """A share of 1 with its interval, in per cent. Without anybody there is neither."""
    if estimate.value is None:
        return {"percent": None, "low": None, "high": None}
    low, high = (kept(None if one is None else 100 * one) for one in (estimate.low, estimate.high))
    return {"percent": kept(100 * estimate.value), "low": low, "high": high}


Value = str | int | float | Share | Estimate | None


@dataclass(frozen=True)
class Column:
    """`kind`: words, count, number, p_value, estimate (with its interval), share.

    `of` names the denominator of a share. `digits` are those shown after the point; files for machines keep all that
    mean something.
    """

    name: str
    title: str
    kind: str = "words"
    of: str = ""
    unit: str = ""
    digits: int = 1

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind
        assert self.kind != "share" or self.of, f"column {self.name} is a share of nobody knows whom"


@dataclass(frozen=True)
class Shown:
    """How people are shown a table. Files for machines hold every column and every row, whatever stands here.

    Names are names of columns. `groups`: their words become sub-headings over the rows that share them. `noted`: their
    words become numbered notes below the table, each once. `left_out`: they stand in the files only, and `why` says
    so where that is not plain. `parts`: more than one table, each with its title and these columns beside the first.
    `together`: the heading under which tables with the same columns, one after the other, become one, each with its
    title as a sub-heading. `drawn`: a picture shows the same, where the section has one. `counted`: rows of whom this
    column counts none are named in a note. `in_words` stands instead of rows that say nothing.
    """

    groups: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    why: str = ""
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    together: str = ""
    drawn: bool = False
    counted: str = ""
    in_words: str = ""


@dataclass(frozen=True)
class Table:
    """One table; `key` names its file. The first column names the row."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    shown: Shown = Shown()

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.columns) for row in self.rows), self.key
        how, in_parts = self.shown, (name for _, names in self.shown.parts for name in names)
        named = {*how.groups, *how.noted, *how.left_out, *in_parts, *filter(None, (how.counted,))}
        assert named <= {one.name for one in self.columns}, self.key

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: rows by column."""
        names = [one.name for one in self.columns]
        return {
            "key": self.key, "title": self.title,
            "columns": [
                {"name": one.name, "title": one.title, "kind": one.kind, "of": one.of, "unit": one.unit}
                for one in self.columns
            ],
            "rows": [dict(zip(names, map(plain, row), strict=True)) for row in self.rows],
        }  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One plot; `key` names its file. `alternative` says in words what it shows; the numbers stand in a table."""

    key: str
    drawing: Drawing
    caption: str
    alternative: str

    def as_dict(self) -> dict[str, Any]:
        """What it is, without its lines."""
        return {"key": self.key, "caption": self.caption, "shows": self.alternative}


@dataclass(frozen=True)
class Section:
    """One matter. `basis` says whom it counts; `notes` are sentences a reader must know. All may be without tables."""

    key: str
    title: str
    basis: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "key": self.key, "title": self.title, "basis": self.basis, "notes": list(self.notes),
            "tables": [one.as_dict() for one in self.tables], "pictures": [one.as_dict() for one in self.pictures],
        }  # fmt: skip


def plain(value: Value) -> Any:
    """A cell for JSON."""
    if isinstance(value, Share):
        return value.as_dict()
    if isinstance(value, Estimate):
        return {"value": kept(value.value), "low": kept(value.low), "high": kept(value.high)}
    return kept(value) if isinstance(value, float) else value


def kept(value: float | None) -> float | None:
    """Without the last digits, in which machines differ."""
    return None if value is None else float(f"{value:.{DIGITS_KEPT}g}")
