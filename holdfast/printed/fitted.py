"""How wide the columns of a table are on paper, so that no word and no number is parted and rows are few lines high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from reportlab.pdfbase import pdfmetrics

from holdfast.printed.blocks import Table, mark_of, words_of
from holdfast.printed.letters import BOLD, PLAIN, WIDTH

SIZES = (7.2, 6.8, 6.4, 6.0)  # of the letters, the first that lets every word stand whole
GAP = 8.0  # between columns
HALF = (WIDTH - 16.0) / 2  # what one of two tables side by side has
_MARK = 0.7  # a mark is set smaller
_HEAD_LINES = 3  # of a heading that is no reason to widen a column
_FULL = 0.78  # of the paper's width, from which on a table fills it
_STRETCH = 1.35
_MOST_LINES = 40
_SMALLER = ((SIZES[1], 0.85), (SIZES[2], 0.7))


@dataclass(frozen=True)
class Fit:
    """Widths of the columns in points, and the size of the letters."""

    widths: tuple[float, ...]
    size: float

    @property
    def width(self) -> float:
        """Of all columns."""
        return sum(self.widths)


@cache
def _wide(word: str, font: str, size: float) -> float:
    found: float = pdfmetrics.stringWidth(word, font, size)
    return found


class Column:
    """One column by the widths of its words, its heading among them."""

    def __init__(self, head: str, cells: Sequence[str], size: float) -> None:
        self.space = _wide(" ", PLAIN, size)
        self.head = [_wide(word, BOLD, size) for word in head.split(" ")]
        self.cells = [[_wide(word, PLAIN, size) for word in cell.split(" ")] for cell in cells]

    @cached_property
    def least(self) -> float:
        """No narrower without parting a word; a no-break space holds words together."""
        return max([*self.head, *(word for cell in self.cells for word in cell)], default=0.0) + GAP

    @cached_property
    def whole(self) -> float:
        """With every cell on one line, and a heading on few."""
        head = (sum(self.head) + self.space * len(self.head)) / _HEAD_LINES
        lines = (sum(cell) + self.space * (len(cell) - 1) for cell in self.cells)
        return max([self.least, head + GAP, *(line + GAP for line in lines)]) + 0.5

    def heights(self, width: float) -> list[int]:
        """How many lines each cell has at this width."""
        return [self._lines(cell, width - GAP) for cell in self.cells]

    def lines(self, width: float) -> int:
        """Of its highest cell, at this width."""
        return max(self.heights(width), default=1)

    def _lines(self, words: Sequence[float], room: float) -> int:
        lines, at = 1, 0.0
        for word in words:
            if at and at + self.space + word > room:
                lines, at = lines + 1, word
            else:
                at += word + (self.space if at else 0.0)
        return lines

    def width_for(self, lines: int) -> float:
        """The least width at which no cell is higher than so many lines."""
        low, high = self.least, self.whole
        if self.lines(low) <= lines:
            return low
        while high - low > 1.0:
            middle = (low + high) / 2
            low, high = (low, middle) if self.lines(middle) <= lines else (middle, high)
        return high


def columns_of(table: Table, size: float) -> list[Column]:
    """The columns of a table, marks as wide as they are set."""

    def said(cell: object) -> str:
        return f"{words_of(cell)}{mark_of(cell)}"  # type: ignore[arg-type]

    return [
        Column(said(head), [said(row[place]) for row in table.rows], size) for place, head in enumerate(table.header)
    ]


def natural(table: Table) -> float:
    """Its width with every cell on one line."""
    return sum(one.whole for one in columns_of(table, SIZES[0]))


def fitted(table: Table, room: float = WIDTH) -> Fit:
    """Columns within `room`. Where even the smallest letters do not fit, words are parted after all."""
    for size in SIZES:
        columns = columns_of(table, size)
        if sum(one.least for one in columns) <= room:
            break
    else:
        least = [one.least for one in columns]
        return Fit(tuple(one * room / sum(least) for one in least), size)
    widths = _within(columns, room)
    lines = _lines_at(columns, widths)
    for smaller, much_lower in _SMALLER:  # letters a step smaller where they make the table that much lower
        columns = columns_of(table, smaller)
        tried = _within(columns, room)
        if smaller < size and _lines_at(columns, tried) < much_lower * lines:
            size, widths = smaller, tried
            break
    used = sum(widths)
    wanted = room if used >= _FULL * room else min(room, used * _STRETCH)
    return Fit(tuple(one + (wanted - used) / len(widths) for one in widths), size)


def _lines_at(columns: Sequence[Column], widths: Sequence[float]) -> int:
    return _lines_of_rows([one.heights(width) for one, width in zip(columns, widths, strict=True)])


def _within(columns: Sequence[Column], room: float) -> list[float]:
    """The fewest lines that fit for all; then wider wherever that makes rows lower; what is left to those that wrap."""
    whole = [one.whole for one in columns]
    if sum(whole) <= room:
        return whole
    lines = next((n for n in range(1, _MOST_LINES) if sum(one.width_for(n) for one in columns) <= room), _MOST_LINES)
    widths = [one.width_for(lines) for one in columns]
    while (step := _best_step(columns, widths, room)) is not None:
        widths[step[0]] = step[1]
    spare, wished = room - sum(widths), [wide - own for wide, own in zip(whole, widths, strict=True)]
    share = max(0.0, min(1.0, spare / sum(wished))) if sum(wished) > 0 else 0.0
    return [own + share * wish for own, wish in zip(widths, wished, strict=True)]


def _best_step(columns: Sequence[Column], widths: Sequence[float], room: float) -> tuple[int, float] | None:
    """The column that, made wider, saves most lines of rows for its points; None where nothing is saved."""
    heights = [one.heights(width) for one, width in zip(columns, widths, strict=True)]
    now, spare = _lines_of_rows(heights), room - sum(widths)
    best, found = 0.0, None
    for place, column in enumerate(columns):
        for fewer in range(max(heights[place], default=1) - 1, 0, -1):
            wider = column.width_for(fewer)
            more = wider - widths[place]
            if not 0 < more <= spare:
                continue
            saved = now - _lines_of_rows([*heights[:place], column.heights(wider), *heights[place + 1 :]])
            if saved / more > best:
                best, found = saved / more, (place, wider)
    return found


def _lines_of_rows(heights: Sequence[Sequence[int]]) -> int:
    return sum(max(row) for row in zip(*heights, strict=True))
