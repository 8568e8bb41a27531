"""Tables of a report as people are shown them: rows below sub-headings, sources as notes, nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from holdfast.printed.blocks import Block, Cell, Note, Paragraph
from holdfast.printed.blocks import Table as PrintedTable
from holdfast.registry.report.cells import heading, text
from holdfast.registry.report.sections import Column, Table, Value

_LETTERS = "abcdefghijklmnop"
_NUMBERS = ("count", "number", "p_value")


def tables_set(tables: Sequence[Table], *, drawn: bool) -> list[Block]:
    """Every table of a section; folded where one of its pictures shows the same, if it has any that are `drawn`."""
    told: list[Block] = []
    for together, several in groupby(tables, lambda one: one.shown.together):
        if together:
            told.append(_joined(together, [one for one in several if one.rows]))
        else:
            told += [block for one in several for part in _parts(one) for block in _told(part)]
    return [replace(one, folded=one.folded and drawn) if isinstance(one, PrintedTable) else one for one in told]


def _parts(table: Table) -> Iterator[Table]:
    """The table itself, or what it is parted into."""
    if not table.shown.parts:
        yield table
    names = [one.name for one in table.columns]
    for title, own in table.shown.parts:
        kept = [0, *(names.index(one) for one in own), *(names.index(one) for one in table.shown.groups)]
        kept = sorted(set(kept))
        yield Table(
            table.key, title, tuple(table.columns[i] for i in kept),
            tuple(tuple(row[i] for i in kept) for row in table.rows), replace(table.shown, parts=()),
        )  # fmt: skip


def _told(table: Table) -> list[Block]:
    if table.shown.in_words:
        return [Paragraph(table.shown.in_words)]
    if table.rows and table.shown.counted and not (table := _with_somebody(table)).rows:
        return [Paragraph(f"{table.title}: {table.shown.why}", soft=True)]
    if not table.rows:
        return [Paragraph(f"{table.title}: no row.", soft=True)]
    return [_printed(table)]


def _with_somebody(table: Table) -> Table:
    """Without the rows that count nobody; a note names them."""
    names = [one.name for one in table.columns]
    place = names.index(table.shown.counted)
    nobody = [row for row in table.rows if not row[place]]
    if not nobody:
        return table
    by_group: dict[str, list[str]] = {}
    for row in nobody:
        heading = ", ".join(text(row[names.index(one)], table.columns[names.index(one)]) for one in table.shown.groups)
        by_group.setdefault(heading, []).append(text(row[0], table.columns[0]))
    listed = "; ".join(f"{heading}: {', '.join(dict.fromkeys(rows))}" for heading, rows in by_group.items())
    why = f"{table.shown.why} Published, and counted of nobody here: {listed}.".strip()
    return replace(table, rows=tuple(row for row in table.rows if row[place]), shown=replace(table.shown, why=why))


def _joined(title: str, tables: Sequence[Table]) -> PrintedTable:
    """Several with the same columns as one."""
    made = [_printed(one) for one in tables]
    first = made[0]
    return replace(
        first, caption=title, header=("Group", *first.header[1:]), rows=tuple(row for one in made for row in one.rows),
        groups=tuple((f"by {table.columns[0].title.lower()}", len(table.rows)) for table in tables),
    )  # fmt: skip


def _printed(table: Table) -> PrintedTable:
    names = [one.name for one in table.columns]
    groups, noted, left_out = (
        [names.index(one) for one in of] for of in (table.shown.groups, table.shown.noted, table.shown.left_out)
    )
    kept = [i for i in range(len(names)) if i not in (*groups, *noted, *left_out)]
    columns = [table.columns[i] for i in kept]
    by_group: dict[str, list[tuple[Value, ...]]] = {}
    for row in table.rows:
        words = ", ".join(text(row[i], table.columns[i]) for i in groups)
        by_group.setdefault(words, []).append(row)
    rows = [row for own in by_group.values() for row in own]
    marks, sources = _sources([[text(row[i], table.columns[i]) for i in noted] for row in rows])
    letters, of_whom = _of_whom(columns)
    cells = tuple(
        tuple(_cell(row[i], table.columns[i], mark if place == 0 else "") for place, i in enumerate(kept))
        for row, mark in zip(rows, marks, strict=True)
    )
    why = (Note(table.shown.why),) if table.shown.why else ()
    return PrintedTable(
        table.title, tuple(_head(one, letters.get(one.of, "")) for one in columns), cells,
        frozenset(place for place, one in enumerate(columns) if one.kind in _NUMBERS),
        groups=tuple((words, len(own)) for words, own in by_group.items()) if groups else (),
        notes=(*of_whom, *sources, *why), fitted=True, folded=table.shown.drawn,
    )  # fmt: skip


def _cell(value: Value, column: Column, mark: str) -> str | Cell:
    words = text(value, column)
    return Cell(words, mark=mark) if mark else words


def _head(column: Column, mark: str) -> str | Cell:
    """Its title with its unit, and the letter of whom it is of."""
    return Cell(heading(column), mark=mark) if mark else heading(column)


def _of_whom(columns: Sequence[Column]) -> tuple[dict[str, str], tuple[Note, ...]]:
    """Denominators in words, each once, with the letter that leads to it."""
    every = list(dict.fromkeys(one.of for one in columns if one.of))
    letters = dict(zip(every, _LETTERS, strict=False))
    return letters, tuple(
        Note(f"Of {whom}{'.' if place == len(every) - 1 else ';'}", letters.get(whom, ""))
        for place, whom in enumerate(every)
    )


def _sources(told: Sequence[Sequence[str]]) -> tuple[list[str], tuple[Note, ...]]:
    """The number of each row's note, and the notes; a source is told once."""
    words = ["; ".join(one) for one in told]
    numbers = {one: str(place) for place, one in enumerate(dict.fromkeys(filter(None, words)), start=1)}
    return [numbers.get(one, "") for one in words], tuple(Note(f"{one}.", mark) for one, mark in numbers.items())
