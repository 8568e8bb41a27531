"""Tables on paper: a caption above, notes below, sub-headings with their rows, none of them left alone on a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import zip_longest
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
_KEPT_HEIGHT = 0.27  # of a page: no fitted table lower than that is parted
_BESIDE_HEIGHT = 0.6  # of a page: two tables side by side are never parted
_HALVED_FROM = 7  # rows
_TOGETHER = 3  # rows at the head and at the foot of a table that are never parted
_AFTER = 3 * mm


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
    close = [  # cells that are spanned hold no word, and no line of their own
        ("FONTSIZE", (0, 0), (-1, -1), 1), ("LEADING", (0, 0), (-1, -1), 1),
        ("RIGHTPADDING", (0, 0), (-1, -1), GAP - 0.2), ("TOPPADDING", (0, head), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, head), (-1, -1), 1.5), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]  # fmt: skip
    return [
        *FLUSH, *(close if fit.size else ()), *([("SPAN", (0, 0), (-1, 0))] * head),
        ("VALIGN", (0, head), (-1, head), "BOTTOM"),
        ("NOSPLIT", (0, 0), (0, min(head + _TOGETHER - 1, head + len(table.rows)))),
        ("LINEBELOW", (0, head), (-1, head), 0.9, rule),
        ("LINEBELOW", (0, head + 1), (-1, -1 - bool(table.notes)), 0.4, rule),
    ]  # fmt: skip


def _sub_heading(row: int, *, last: bool, columns: tuple[int, int] = (0, -1)) -> list[tuple[Any, ...]]:
    """It fills its line, stands on ground, and stays with two rows below it."""
    first, end = columns
    return [
        ("SPAN", (first, row), (end, row)), ("BACKGROUND", (first, row), (end, row), HexColor(LIGHT["ground"])),
        ("NOSPLIT", (first, row), (first, row + (1 if last else 2))),
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
            beside = _beside(waits, one) if is_narrow(one) and not _halves(one) else None
            found += [beside] if beside else _alone(waits)
            waits = None
            if beside:
                continue
        if is_narrow(one) and not _halves(one):
            waits = one
        else:
            found += _alone(one)
    return found if waits is None else [*found, *_alone(waits)]


def is_narrow(table: Table, room: float = HALF) -> bool:
    return table.fitted and natural(table) <= room


def _alone(table: Table) -> list[Flowable]:
    """One by itself: in two halves where it is long and narrow, kept whole where it is low."""
    cut = _halves(table) if is_narrow(table) else 0
    grid = _halved(table, cut) if cut else set_table(table)
    if not table.fitted:
        return [KeepTogether([grid]) if len(table.rows) <= _KEPT_ROWS else grid]
    if grid.wrap(WIDTH, HEIGHT)[1] < _KEPT_HEIGHT * HEIGHT:
        grid.setStyle([("NOSPLIT", (0, 0), (0, -1))])
        grid.ident = WHOLE
    return [grid]


def _halves(table: Table) -> int:
    """After which sub-heading's rows a long and narrow table is parted, near the middle; 0 where it is not."""
    if len(table.groups) < 2 or len(table.rows) < _HALVED_FROM:
        return 0
    sizes = [many for _, many in table.groups]
    return min(range(1, len(sizes)), key=lambda n: abs(sum(sizes[:n]) - sum(sizes[n:])))


def _halved(table: Table, cut: int) -> Grid:
    """Its two halves side by side in one grid, so that a page may part both between the same rows."""
    fit, many = fitted(table, HALF), len(table.header)
    fit = Fit(tuple(one * HALF / fit.width for one in fit.widths), fit.size)
    rule, right = HexColor(LIGHT["rule"]), many + 1
    every = 2 * many + 1
    head = _header(table, fit)
    rows: list[list[Any]] = [[_caption(table), *[""] * (every - 1)], [*head, "", *_header(table, fit)]]
    looks: list[tuple[Any, ...]] = [
        *_looks(table, fit, 1)[:-2], ("LEFTPADDING", (right, 0), (right, -1), 0),
        *(("LINEBELOW", (at, 1), (at + many - 1, 1), 0.9, rule) for at in (0, right)),
    ]  # fmt: skip
    sides = [_side(table.parts[:cut], table, fit), _side(table.parts[cut:], table, fit)]
    for number, (one, other) in enumerate(zip_longest(*sides, fillvalue=([""] * many, False)), start=2):
        rows.append([*one[0], "", *other[0]])
        for at, (cells, is_heading) in ((0, one), (right, other)):
            if is_heading:
                looks += _sub_heading(number, last=False, columns=(at, at + many - 1))
            elif cells[0] != "":
                looks.append(("LINEBELOW", (at, number), (at + many - 1, number), 0.4, rule))
    if table.notes:
        rows.append([notes_below(table.notes), *[""] * (every - 1)])
        looks += [("SPAN", (0, -1), (-1, -1)), ("NOSPLIT", (0, len(rows) - 1 - _TOGETHER), (0, len(rows) - 1))]
    widths = [*fit.widths, WIDTH - 2 * HALF, *fit.widths]
    return Grid(rows, colWidths=widths, repeatRows=(1,), style=looks, hAlign="LEFT", spaceAfter=_AFTER)


def _side(parts: Sequence[tuple[str, Any]], table: Table, fit: Fit) -> list[tuple[list[Any], bool]]:
    """Rows of one half, and whether each is a sub-heading."""
    found: list[tuple[list[Any], bool]] = []
    for heading, rows in parts:
        found.append((_across(Set(escape(heading), style("group", size=fit.size)), table), True))
        found += [([_cell(cell, place, table, fit) for place, cell in enumerate(row)], False) for row in rows]
    return found


def _beside(left: Table, right: Table) -> Flowable | None:
    """Two tables that no page parts; None where they would be too high for it."""
    grids = [set_table(one, HALF) for one in (left, right)]
    if max(one.wrap(HALF, HEIGHT)[1] for one in grids) > _BESIDE_HEIGHT * HEIGHT:
        return None
    looks = [("VALIGN", (0, 0), (-1, -1), "TOP"),
             *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM"))]  # fmt: skip
    widths = [HALF, WIDTH - 2 * HALF, HALF]
    return Grid(
        [[grids[0], "", grids[1]]], colWidths=widths, style=looks, hAlign="LEFT", spaceAfter=_AFTER, ident=WHOLE
    )
