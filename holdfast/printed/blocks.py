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
    """A cell that judges: its words say it, the tone repeats it. `mark` leads to a note below the table."""

    text: str
    tone: str = "plain"
    mark: str = ""


@dataclass(frozen=True)
class Note:
    """What stands below a table. `mark` is where in the table it belongs; without one it is of the whole table."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """The first cell of a row names it. `numbers` are the columns set to the right, counted from 0.

    `widths` are shares of the paper's width, one for each column; without them columns share it evenly, or, where
    `fitted`, are as wide as their words: no word or number is parted, and narrow tables stand side by side. `groups`
    are sub-headings, each with how many rows stand below it; together they hold every row. `label` is its number in
    the document. `folded`: a picture shows the same, so a screen may fold it away; paper never does.
    """

    caption: str
    header: tuple[str | Cell, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    widths: tuple[float, ...] = ()
    groups: tuple[tuple[str, int], ...] = ()
    notes: tuple[Note, ...] = ()
    label: str = ""
    fitted: bool = False
    folded: bool = False

    def __post_init__(self) -> None:
        assert not self.groups or sum(many for _, many in self.groups) == len(self.rows), self.caption

    @property
    def title(self) -> str:
        """Number and caption."""
        return f"{self.label}. {self.caption}" if self.label else self.caption

    @property
    def parts(self) -> tuple[tuple[str, tuple[tuple[str | Cell, ...], ...]], ...]:
        """Rows by sub-heading, in order; one part without a heading where there are none."""
        found, at = [], 0
        for heading, many in self.groups or (("", len(self.rows)),):
            found.append((heading, self.rows[at : at + many]))
            at += many
        return tuple(found)


@dataclass(frozen=True)
class Picture:
    """A drawing; `alternative` says in words what it shows to who cannot see it. `label` is its number."""

    drawing: Drawing
    caption: str
    alternative: str
    label: str = ""

    @property
    def title(self) -> str:
        """Number and caption."""
        return f"{self.label}. {self.caption}" if self.label else self.caption


@dataclass(frozen=True)
class Pictures:
    """Side by side where there is room; one alone has its caption beside it."""

    pictures: tuple[Picture, ...]


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


Block = Paragraph | Bullets | Terms | Notice | Table | Picture | Pictures | Section


@dataclass(frozen=True)
class Document:
    """A whole one. `foot` stands on every page of paper, and at the end of a page on the screen.

    `date` is the day it bears, in the file's own record of itself. Of a long one, paper begins with its `contents`.
    """

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    foot: str
    language: str = "en"
    date: datetime.date | None = None
    contents: bool = False

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


def mark_of(cell: str | Cell) -> str:
    """The mark of a cell that leads to a note; empty where it has none."""
    return cell.mark if isinstance(cell, Cell) else ""
