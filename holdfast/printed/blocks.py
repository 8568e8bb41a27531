"""What a document is made of. All text is plain: setters escape it, and no markup hides in it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.printed.drawing import Drawing

TONES = ("plain", "good", "bad", "unsure")


@dataclass(frozen=True)
class Paragraph:
    """Running text; `soft` for what is said beside."""

    text: str
    soft: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list without order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """Names with what stands for each."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Notice:
    """A few words that must not be overlooked."""

    title: str
    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Cell:
    """A cell that judges: its words say it, the tone repeats it."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Table:
    """The first cell of a row names it. `numbers` are the columns set to the right, counted from 0.

    `widths` are shares of the paper's width, one for each column; without them columns share it evenly.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A drawing; `alternative` says in words what it shows to who cannot see it."""

    drawing: Drawing
    caption: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; `key` names it in links. Sections of sections are set one size smaller."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False

    @property
    def parts(self) -> tuple[Section, ...]:
        """The sections in it."""
        return tuple(one for one in self.blocks if isinstance(one, Section))


Block = Paragraph | Bullets | Terms | Notice | Table | Picture | Section


@dataclass(frozen=True)
class Document:
    """A whole one. `foot` stands on every page of paper, and at the end of a page on the screen.

    `date` is the day it bears, in the file's own record of itself.
    """

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    foot: str
    language: str = "en"
    date: datetime.date | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the first rank."""
        return tuple(one for one in self.blocks if isinstance(one, Section))


def words_of(cell: str | Cell) -> str:
    """The text of a cell."""
    return cell.text if isinstance(cell, Cell) else cell


def tone_of(cell: str | Cell) -> str:
    """The tone of a cell; plain where it does not judge."""
    return cell.tone if isinstance(cell, Cell) else "plain"
