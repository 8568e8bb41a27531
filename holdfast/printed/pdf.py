"""A document as PDF on A4: numbered pages, a foot on each, bookmarks, pictures as lines that stay sharp.

Set with reportlab, which needs nothing of the system. The letters are DejaVu Sans, which comes with matplotlib and
covers the names of people in many scripts, not in all: `is_set_as_written` says which. The same document gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    ListFlowable,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as Grid

from holdfast.errors import ConfigurationError
from holdfast.printed.blocks import (
    Block,
    Bullets,
    Cell,
    Document,
    Notice,
    Paragraph,
    Picture,
    Section,
    Table,
    Terms,
    tone_of,
    words_of,
)
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words
from holdfast.printed.inks import LIGHT

_PLAIN, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_SIDE, _TOP, _FOOT = 17 * mm, 17 * mm, 20 * mm
_WIDTH = A4[0] - 2 * _SIDE
_HEADINGS = {1: 17.0, 2: 13.0, 3: 10.5}
_ROOM_BELOW_HEADING = 32 * mm
_LEFTWARD = ("R", "AL")  # scripts written from right to left, which nothing here puts in order
_KEPT_ROWS = 8  # a table as short as that is not parted by the end of a page


def pdf(document: Document) -> bytes:
    """The whole file. Raises `ConfigurationError` where the letters are not installed."""
    return _built(document)[0]


def one_page(document: Document) -> bytes | None:
    """The whole file where it fits on one page of A4; None where it does not."""
    file, pages = _built(document)
    return file if pages == 1 else None


def is_set_as_written(text: str) -> bool:
    """Do the letters of the paper have every sign of it, and set it in its order? Not Chinese, nor right to left."""
    _letters()
    known = pdfmetrics.getFont(_PLAIN).face.charToGlyph
    return all(sign.isspace() or (ord(sign) in known and bidirectional(sign) not in _LEFTWARD) for sign in text)


def _built(document: Document) -> tuple[bytes, int]:
    """The file, and how many pages it has."""
    _letters()
    written = io.BytesIO()
    template = _Template(
        written, pagesize=A4, leftMargin=_SIDE, rightMargin=_SIDE, topMargin=_TOP, bottomMargin=_FOOT,
        title=document.title, author="Holdfast", subject=document.subtitle, lang=document.language, invariant=1,
    )  # fmt: skip
    frame = Frame(
        _SIDE, _FOOT, _WIDTH, A4[1] - _TOP - _FOOT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    template.addPageTemplates(PageTemplate(frames=[frame]))
    head = [_heading(document.title, 1, "top"), Set(escape(document.subtitle), _style("soft")), Spacer(0, 4 * mm)]
    template.build([*head, *_flow(document.blocks, 2)], canvasmaker=_numbering(document))
    return written.getvalue(), template.page


class _Template(BaseDocTemplate):
    """Notes each heading as a bookmark when it has found its place."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the name reportlab calls
        rank = getattr(flowable, "rank", None)
        if rank is not None:
            self.canv.bookmarkPage(flowable.key)
            self.canv.addOutlineEntry(flowable.words, flowable.key, level=rank - 1, closed=rank > 1)


@cache
def _letters() -> None:
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ConfigurationError("a PDF needs the letters that come with matplotlib, which is not installed")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in (_PLAIN, _BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


@cache
def _style(name: str, tone: str = "plain") -> ParagraphStyle:
    sizes = {"text": 9.0, "soft": 8.0, "cell": 7.5, "number": 7.5, "head": 7.5, "title": 9.0}
    size = sizes[name]
    soft = name in ("soft", "head")
    bold = name in ("head", "title") or tone != "plain"
    return ParagraphStyle(
        f"{name}-{tone}", fontName=_BOLD if bold else _PLAIN, fontSize=size, leading=size * 1.38,
        textColor=HexColor(LIGHT["soft" if soft else "ink" if tone == "plain" else tone]),
        spaceAfter=0 if name in ("cell", "number", "head") else 2 * mm, alignment=TA_RIGHT if name == "number" else 0,
        splitLongWords=1,
    )  # fmt: skip


def _heading(text: str, rank: int, key: str) -> Flowable:
    size = _HEADINGS[min(rank, max(_HEADINGS))]
    style = ParagraphStyle(
        f"h{rank}", fontName=_BOLD, fontSize=size, leading=size * 1.25, textColor=HexColor(LIGHT["ink"]),
        spaceBefore=(7 if rank == 2 else 4) * mm if rank > 1 else 0, spaceAfter=2 * mm, keepWithNext=1,
    )  # fmt: skip
    heading = Set(escape(text), style)
    heading.rank, heading.key, heading.words = rank, key, text
    return heading


def _flow(blocks: Iterable[Block], rank: int) -> list[Flowable]:
    return [flowable for block in blocks for flowable in _block(block, rank)]


def _block(block: Block, rank: int) -> list[Flowable]:
    match block:
        case Paragraph(text, soft):
            return [Set(escape(text), _style("soft" if soft else "text"))]
        case Bullets(items):
            shown = [Set(escape(item), _style("text")) for item in items]
            return [ListFlowable(shown, bulletType="bullet", bulletFontSize=6, bulletOffsetY=-2, leftIndent=10)]
        case Terms(pairs):
            return [_terms(pairs), Spacer(0, 2 * mm)]
        case Notice():
            return [_notice(block), Spacer(0, 3 * mm)]
        case Table():
            table = _table(block)
            return [KeepTogether([table]) if len(block.rows) <= _KEPT_ROWS else table, Spacer(0, 4 * mm)]
        case Picture():
            caption = Set(escape(block.caption), _style("soft"))
            return [KeepTogether([_Drawn(block.drawing), Spacer(0, 1 * mm), caption, Spacer(0, 2 * mm)])]
        case Section(key, title, inside, new_page):
            room = PageBreak() if new_page else CondPageBreak(_ROOM_BELOW_HEADING)
            return [room, _heading(title, rank, key), *_flow(inside, rank + 1)]


def _terms(pairs: Iterable[tuple[str, str]]) -> Flowable:
    rows = [[Set(escape(a), _style("soft")), Set(escape(b), _style("text"))] for a, b in pairs]
    return Grid(rows, colWidths=[0.26 * _WIDTH, 0.74 * _WIDTH], style=[*_FLUSH, ("BOTTOMPADDING", (0, 0), (-1, -1), 0)])


_FLUSH = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 7),
    ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]  # fmt: skip


def _notice(notice: Notice) -> Flowable:
    edge = LIGHT["rule" if notice.tone == "plain" else notice.tone]
    inside = [Set(escape(notice.title), _style("title")), Set(escape(notice.text), _style("text"))]
    return Grid([[inside]], colWidths=[_WIDTH], style=[
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(LIGHT["ground"])), ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(edge)),
        ("LEFTPADDING", (0, 0), (-1, -1), 9), ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ])  # fmt: skip


def _table(table: Table) -> Flowable:
    rule = HexColor(LIGHT["rule"])
    shares = table.widths or (1.0,) * len(table.header)
    widths = [_WIDTH * share / sum(shares) for share in shares]
    caption = [Set(escape(table.caption), _style("soft")), *[""] * (len(table.header) - 1)]
    head = [_cell(name, i, table, head=True) for i, name in enumerate(table.header)]
    rows = [[_cell(cell, i, table) for i, cell in enumerate(row)] for row in table.rows]
    return Grid([caption, head, *rows], colWidths=widths, repeatRows=(1,), style=[
        *_FLUSH, ("SPAN", (0, 0), (-1, 0)), ("LINEBELOW", (0, 1), (-1, 1), 0.9, rule),
        ("LINEBELOW", (0, 2), (-1, -1), 0.4, rule), ("VALIGN", (0, 1), (-1, 1), "BOTTOM"), ("NOSPLIT", (0, 0), (0, 2)),
    ])  # fmt: skip


def _cell(cell: str | Cell, column: int, table: Table, *, head: bool = False) -> Flowable:
    words = escape(words_of(cell))
    if head:
        return Set(f'<para align="right">{words}</para>' if column in table.numbers else words, _style("head"))
    return Set(words, _style("number" if column in table.numbers else "cell", tone_of(cell)))


class _Drawn(Flowable):
    """A drawing with its own size; y turns from downwards to upwards."""

    def __init__(self, drawing: Drawing) -> None:
        super().__init__()
        self.drawing, self.width, self.height = drawing, drawing.width, drawing.height

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        for shape in self.drawing.shapes:
            self._shape(shape)

    def _shape(self, shape: Shape) -> None:
        canvas, ink, height = self.canv, HexColor(LIGHT[shape.ink]), self.height
        canvas.saveState()
        canvas.setStrokeColor(ink)
        canvas.setFillColor(ink)
        match shape:
            case Line(places, _, width, dashed):
                canvas.setLineWidth(width)
                canvas.setDash((4, 3) if dashed else ())
                canvas.drawPath(self._path(places), stroke=1, fill=0)
            case Area(places, _, opacity):
                canvas.setFillColor(Color(ink.red, ink.green, ink.blue, alpha=opacity))
                canvas.drawPath(self._path(places), stroke=0, fill=1)
            case Dot(x, y, radius, _, filled):
                canvas.setFillColor(ink if filled else HexColor(LIGHT["paper"]))
                canvas.setLineWidth(1.4)
                canvas.circle(x, height - y, radius, stroke=1, fill=1)
            case Words(x, y, text, _, size, anchor):
                canvas.setFont(_PLAIN, size * 0.9)  # as large as the page's letters, which are narrower
                _WRITE[anchor](canvas, x, height - y, text)
        canvas.restoreState()

    def _path(self, places: Iterable[tuple[float, float]]) -> Any:
        path = self.canv.beginPath()
        for number, (x, y) in enumerate(places):
            (path.lineTo if number else path.moveTo)(x, self.height - y)
        return path


_WRITE = {"start": Canvas.drawString, "middle": Canvas.drawCentredString, "end": Canvas.drawRightString}


def _numbering(document: Document) -> Callable[..., Canvas]:
    """A canvas with the document's date, that writes foot and `page of pages` when the number of pages is known."""

    class Numbered(Canvas):
        def __init__(self, *words: Any, **named: Any) -> None:
            super().__init__(*words, **named)
            self._kept: list[dict[str, Any]] = []
            if (day := document.date) is not None:  # else the day that reportlab writes into files that are alike
                self.setDateFormatter(lambda *_: f"D:{day:%Y%m%d}000000Z")

        def showPage(self) -> None:  # noqa: N802 - the name reportlab calls
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                self._foot(f"{number} of {len(self._kept)}")
                super().showPage()
            super().save()

        def _foot(self, place: str) -> None:
            self.setFont(_PLAIN, 7)
            self.setFillColor(HexColor(LIGHT["soft"]))
            self.drawString(_SIDE, 11 * mm, document.foot)
            self.drawRightString(A4[0] - _SIDE, 11 * mm, place)

    return Numbered
