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
        self.cells = [[_wide(word, PLAIN, size) for word in cell.split(" ")] for cell in set(cells)]

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

    def lines(self, width: float) -> int:
        """Of its highest cell, at this width."""
        return max((self._lines(cell, width - GAP) for cell in self.cells), default=1)

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
    size, columns = SIZES[-1], columns_of(table, SIZES[-1])
    for own in SIZES:
        tried = columns_of(table, own)
        if sum(one.least for one in tried) <= room:
            size, columns = own, tried
            break
    widths = _within(columns, room)
    used = sum(widths)
    if used > room:
        return Fit(tuple(one * room / used for one in widths), size)
    wanted = room if used >= _FULL * room else min(room, used * _STRETCH)
    return Fit(tuple(one + (wanted - used) / len(widths) for one in widths), size)


def _within(columns: Sequence[Column], room: float) -> list[float]:
    """The fewest lines that fit for all, then fewer for each column that can have them."""
    whole = [one.whole for one in columns]
    if sum(whole) <= room:
        return whole
    lines = next((n for n in range(1, 40) if sum(one.width_for(n) for one in columns) <= room), 40)
    widths = [one.width_for(lines) for one in columns]
    for fewer in range(lines - 1, 0, -1):
        for place in sorted(range(len(columns)), key=lambda i: columns[i].width_for(fewer) - widths[i]):
            wider = columns[place].width_for(fewer)
            if sum(widths) - widths[place] + wider <= room:
                widths[place] = max(widths[place], wider)
    return widths
