"""Tables on paper: a caption above, notes below, sub-headings with their rows, none of them left alone on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as Grid

from holdfast.printed.blocks import Cell, Note, Table, mark_of, tone_of, words_of
from holdfast.printed.fitted import GAP, HALF, Fit, fitted, natural
from holdfast.printed.inks import LIGHT
from holdfast.printed.letters import HEIGHT, WIDTH, style

FLUSH = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 7),
    ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]  # fmt: skip
WHOLE = "whole"  # the ident of a grid that is never parted
_KEPT_ROWS = 8  # a table as short as that is not parted by the end of a page
_KEPT_HEIGHT = 0.4  # of a page: no fitted table lower than that is parted
_BESIDE_HEIGHT = 0.6  # of a page: two tables side by side are never parted
_HALVED_FROM = 9  # rows
_TOGETHER = 3  # rows at the head and at the foot of a table that are never parted
_AFTER = 5 * mm


def set_table(table: Table, room: float = WIDTH) -> Grid:
    """One table as a grid that may be parted between rows, though not everywhere."""
    fit = fitted(table, room) if table.fitted else Fit(_shared(table, room), 0.0)
    head = int(bool(table.title))  # rows above the header: a caption, or none
    rows: list[list[Any]] = [_across(_caption(table), table)] * head + [_header(table, fit)]
    looks = _looks(table, fit, head)
    for heading, own in table.parts:
        if heading:
            rows.append(_across(Set(escape(heading), style("group", size=fit.size)), table))
            looks += _sub_heading(len(rows) - 1, last=len(own) < 2)
        rows += [[_cell(cell, place, table, fit) for place, cell in enumerate(row)] for row in own]
    looks.append(("LINEBELOW", (0, len(rows) - 1), (-1, len(rows) - 1), 0.9, HexColor(LIGHT["rule"])))
    if table.notes:
        rows.append(_across(notes_below(table.notes), table))
        looks += [("SPAN", (0, -1), (-1, -1)), ("TOPPADDING", (0, -1), (-1, -1), 3)]
        looks.append(("NOSPLIT", (0, max(head, len(rows) - 1 - _TOGETHER)), (0, len(rows) - 1)))
    return Grid(rows, colWidths=fit.widths, repeatRows=(head,), style=looks, hAlign="LEFT", spaceAfter=_AFTER)


def _shared(table: Table, room: float) -> tuple[float, ...]:
    shares = table.widths or (1.0,) * len(table.header)
    return tuple(room * share / sum(shares) for share in shares)


def _looks(table: Table, fit: Fit, head: int) -> list[tuple[Any, ...]]:
    rule = HexColor(LIGHT["rule"])
    close = [
        ("RIGHTPADDING", (0, 0), (-1, -1), GAP - 0.2), ("TOPPADDING", (0, head), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, head), (-1, -1), 1.5), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]  # fmt: skip
    return [
        *FLUSH, *(close if fit.size else ()), *([("SPAN", (0, 0), (-1, 0))] * head),
        ("LINEBELOW", (0, head), (-1, head), 0.9, rule), ("VALIGN", (0, head), (-1, head), "BOTTOM"),
        ("LINEBELOW", (0, head + 1), (-1, -1 - bool(table.notes)), 0.4, rule),
        ("NOSPLIT", (0, 0), (0, min(head + _TOGETHER - 1, head + len(table.rows)))),
    ]  # fmt: skip


def _sub_heading(row: int, *, last: bool) -> list[tuple[Any, ...]]:
    """It fills its line, stands on ground, and stays with two rows below it."""
    return [
        ("SPAN", (0, row), (-1, row)), ("BACKGROUND", (0, row), (-1, row), HexColor(LIGHT["ground"])),
        ("NOSPLIT", (0, row), (0, row + (1 if last else 2))),
    ]  # fmt: skip


def _across(content: Any, table: Table) -> list[Any]:
    return [content, *[""] * (len(table.header) - 1)]


def _caption(table: Table) -> Flowable:
    label = f"<b>{escape(table.label)}.</b> " if table.label else ""
    return Set(f"{label}{escape(table.caption)}", style("soft"))


def notes_below(notes: Sequence[Note]) -> Flowable:
    """One run of text, each note after its mark."""
    told = [f"{f'<super>{escape(one.mark)}</super>' if one.mark else ''}{escape(one.text)}" for one in notes]
    return Set(" ".join(told), style("note"))


def _header(table: Table, fit: Fit) -> list[Flowable]:
    return [
        Set(f'<para align="right">{_marked(name)}</para>' if place in table.numbers else _marked(name),
            style("head", size=fit.size))
        for place, name in enumerate(table.header)
    ]  # fmt: skip


def _cell(cell: str | Cell, column: int, table: Table, fit: Fit) -> Flowable:
    return Set(_marked(cell), style("number" if column in table.numbers else "cell", tone_of(cell), fit.size))


def _marked(cell: str | Cell) -> str:
    mark = mark_of(cell)
    return f"{escape(words_of(cell))}{f'<super>{escape(mark)}</super>' if mark else ''}"


def tables(several: Sequence[Table]) -> list[Flowable]:
    """Tables that follow each other: narrow ones side by side, notes and sub-headings with their rows."""
    found: list[Flowable] = []
    waits: Table | None = None
    for one in several:
        if waits is not None:
            beside = _beside(waits, one) if _narrow(one) and not _halves(one) else None
            found += [beside] if beside else _alone(waits)
            waits = None
            if beside:
                continue
        if _narrow(one) and not _halves(one):
            waits = one
        else:
            found += _alone(one)
    return found if waits is None else [*found, *_alone(waits)]


def _narrow(table: Table) -> bool:
    return table.fitted and natural(table) <= HALF


def _alone(table: Table) -> list[Flowable]:
    """One by itself: in two halves where it is long and narrow, kept whole where it is low."""
    if _narrow(table) and (halves := _halves(table)) and (halved := _beside(*halves, of=table)):
        return [halved]
    grid = set_table(table)
    if not table.fitted:
        return [KeepTogether([grid]) if len(table.rows) <= _KEPT_ROWS else grid]
    if grid.wrap(WIDTH, HEIGHT)[1] < _KEPT_HEIGHT * HEIGHT:
        grid.setStyle([("NOSPLIT", (0, 0), (0, -1))])
        grid.ident = WHOLE
    return [grid]


def _halves(table: Table) -> tuple[Table, Table] | None:
    """Parted between sub-headings, as near to the middle as they allow; without caption and notes."""
    if len(table.groups) < 2 or len(table.rows) < _HALVED_FROM:
        return None
    sizes = [many for _, many in table.groups]
    cut = min(range(1, len(sizes)), key=lambda n: abs(sum(sizes[:n]) - sum(sizes[n:])))
    at, bare = sum(sizes[:cut]), replace(table, groups=(), caption="", label="", notes=())
    first = replace(bare, rows=table.rows[:at], groups=table.groups[:cut])
    return first, replace(bare, rows=table.rows[at:], groups=table.groups[cut:])


def _beside(left: Table, right: Table, of: Table | None = None) -> Flowable | None:
    """Two tables, or the halves `of` one, that no page parts; None where they would be too high for it."""
    grids = [set_table(one, HALF) for one in (left, right)]
    if max(one.wrap(HALF, HEIGHT)[1] for one in grids) > _BESIDE_HEIGHT * HEIGHT:
        return None
    rows: list[list[Any]] = [[grids[0], "", grids[1]]]
    if of is not None:
        rows = [[_caption(of), "", ""], *rows, *([[notes_below(of.notes), "", ""]] if of.notes else [])]
    looks = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("NOSPLIT", (0, 0), (0, -1)),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0),
        *((("SPAN", (0, 0), (-1, 0)), ("SPAN", (0, -1), (-1, -1))) if of is not None else ()),
    ]  # fmt: skip
    if of is not None and not of.notes:
        looks = looks[:-1]
    return Grid(
        rows, colWidths=[HALF, WIDTH - 2 * HALF, HALF], style=looks, hAlign="LEFT", spaceAfter=_AFTER, ident=WHOLE
    )
