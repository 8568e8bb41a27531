"""A document as PDF on A4: numbered pages, a foot on each, bookmarks, pictures as lines that stay sharp.

Set with reportlab, which needs nothing of the system. The letters are DejaVu Sans, which comes with matplotlib and
covers the names of people in many scripts, not in all: `is_set_as_written` says which. The same document gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import takewhile
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
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

from holdfast.printed.blocks import (
    Block,
    Bullets,
    Document,
    Note,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
    Terms,
)
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words
from holdfast.printed.fitted import HALF
from holdfast.printed.inks import LIGHT
from holdfast.printed.letters import (
    BOLD,
    FOOT,
    HEIGHT,
    PLAIN,
    SIDE,
    TOP,
    WIDTH,
    is_set_as_written,
    letters,
    set_words,
    style,
)
from holdfast.printed.paper_table import FLUSH, WHOLE, is_narrow, set_table, tables

__all__ = ["is_set_as_written", "one_page", "pdf"]
_HEADINGS = {1: 17.0, 2: 13.0, 3: 10.5}
_MOST_ROOM = 0.6  # of a page: what a heading may ask to have below it
_ROWS_BELOW = 5  # of a table that may be parted, caption and header among them
_TEXTS_BELOW = 2
_SHORT = 160  # letters of a last note that is set with the table before it
_FIRST_ITEM = 12 * mm
_CAPTION = 24.0  # points below a picture
_GAP = WIDTH - 2 * HALF
_BARE = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
]


def pdf(document: Document) -> bytes:
    """The whole file. Raises `ConfigurationError` where the letters are not installed."""
    return _built(document)[0]


def one_page(document: Document) -> bytes | None:
    """The whole file where it fits on one page of A4; None where it does not."""
    file, pages = _built(document)
    return file if pages == 1 else None


def _built(document: Document) -> tuple[bytes, int]:
    """The file, and how many pages it has. With its contents it is set twice: first to find where sections begin."""
    letters()
    if not document.contents:
        template, written = _set(document, {})
    else:
        found, _ = _set(document, {one.key: 0 for one in document.sections})
        template, written = _set(document, found.begins)
    return written.getvalue(), template.page


def _set(document: Document, begins: Mapping[str, int]) -> tuple[_Template, io.BytesIO]:
    written = io.BytesIO()
    template = _Template(
        written, pagesize=A4, leftMargin=SIDE, rightMargin=SIDE, topMargin=TOP, bottomMargin=FOOT,
        title=document.title, author="Holdfast", subject=document.subtitle, lang=document.language, invariant=1,
    )  # fmt: skip
    frame = Frame(SIDE, FOOT, WIDTH, HEIGHT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    template.addPageTemplates(PageTemplate(frames=[frame]))
    head = [_heading(document.title, 1, "top"), set_words(document.subtitle, "soft"), Spacer(0, 4 * mm)]
    contents = [_contents(document, begins), Spacer(0, 4 * mm)] if begins else []
    template.build([*head, *contents, *_flow(document.blocks, 2)], canvasmaker=_numbering(document))
    return template, written


class _Template(BaseDocTemplate):
    """Notes each heading as a bookmark when it has found its place, and on which page that is."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.begins: dict[str, int] = {}

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the name reportlab calls
        rank = getattr(flowable, "rank", None)
        if rank is not None:
            self.begins[flowable.key] = self.page
            self.canv.bookmarkPage(flowable.key)
            self.canv.addOutlineEntry(flowable.words, flowable.key, level=rank - 1, closed=rank > 1)


def _contents(document: Document, begins: Mapping[str, int]) -> Flowable:
    """Sections with their pages, in two columns."""
    lines = [
        (Set(f'<a href="#{escape(one.key)}">{escape(one.title)}</a>', style("cell")),
         set_words(str(begins[one.key]), "number"))
        for one in document.sections
    ]  # fmt: skip
    half = -(-len(lines) // 2)
    rows = [[*lines[i], "", *(lines[i + half] if i + half < len(lines) else ("", ""))] for i in range(half)]
    page = 22.0
    widths = [HALF - page, page, _GAP, HALF - page, page]
    return Grid(rows, widths, style=[*_BARE, ("LINEBELOW", (0, 0), (1, -1), 0.3, HexColor(LIGHT["rule"])),
                                     ("LINEBELOW", (3, 0), (4, -1), 0.3, HexColor(LIGHT["rule"])),
                                     ("BOTTOMPADDING", (0, 0), (-1, -1), 2)], hAlign="LEFT")  # fmt: skip


def _heading(text: str, rank: int, key: str) -> Flowable:
    size = _HEADINGS[min(rank, max(_HEADINGS))]
    look = ParagraphStyle(
        f"h{rank}", fontName=BOLD, fontSize=size, leading=size * 1.25, textColor=HexColor(LIGHT["ink"]),
        spaceBefore=(6 if rank == 2 else 4) * mm if rank > 1 else 0, spaceAfter=2 * mm, keepWithNext=1,
    )  # fmt: skip
    heading = Set(escape(text), look)
    heading.rank, heading.key, heading.words = rank, key, text
    return heading


def _flow(blocks: Iterable[Block], rank: int) -> list[Flowable]:
    found: list[Flowable] = []
    left = list(blocks)
    while left:
        match left[0]:
            case Table():
                several = [one for one in takewhile(lambda one: isinstance(one, Table), left) if isinstance(one, Table)]
                left = left[len(several) :]
                match left:  # a short last word is not left to stand alone on the next page
                    case [Paragraph(text, True)] if len(text) < _SHORT:
                        last = replace(several[-1], notes=(*several[-1].notes, Note(text)))
                        several, left = [*several[:-1], last], []
                found += tables(several)
            case Pictures(pictures):
                rows, used = _side_by_side(pictures, left[1:])
                found += rows
                left = left[1 + used :]
            case block:
                found += _block(block, rank)
                left = left[1:]
    return found


def _block(block: Block, rank: int) -> list[Flowable]:
    match block:
        case Paragraph(text, soft):
            return [set_words(text, "soft" if soft else "text")]
        case Bullets(items):
            shown = [set_words(item, "item") for item in items]
            return [ListFlowable(shown, bulletType="bullet", bulletFontSize=6, bulletOffsetY=-2, leftIndent=10)]
        case Terms(pairs):
            return [_terms(pairs), Spacer(0, 2 * mm)]
        case Notice():
            return [_notice(block), Spacer(0, 3 * mm)]
        case Table():
            return tables([block])
        case Picture():
            return [KeepTogether([_Drawn(block.drawing), Spacer(0, 1 * mm), _caption(block), Spacer(0, 2 * mm)])]
        case Pictures(pictures):
            return _side_by_side(pictures, ())[0]
        case Section(key, title, inside, new_page):
            told = [_heading(title, rank, key), *_flow(inside, rank + 1)]
            return [PageBreak() if new_page else CondPageBreak(_room_for(told)), *told]


def _room_for(told: Sequence[Flowable]) -> float:
    """What must find room below a heading: the text to the first picture or table, and its beginning."""
    room, texts = 0.0, 0
    for one in told:
        if isinstance(one, Set):
            room += one.getSpaceBefore() + one.wrap(WIDTH, HEIGHT)[1] + one.getSpaceAfter()
            texts += 1
            if texts > _TEXTS_BELOW:
                break
        elif not isinstance(one, CondPageBreak | PageBreak):
            room += _beginning(one)
            break
    return min(room, _MOST_ROOM * HEIGHT)


def _beginning(flowable: Flowable) -> float:
    """The whole of what is not parted, the first rows of what is."""
    if isinstance(flowable, ListFlowable):
        return _FIRST_ITEM
    if isinstance(flowable, KeepTogether):
        return sum(one.wrap(WIDTH, HEIGHT)[1] for one in flowable._content)
    height: float = flowable.wrap(WIDTH, HEIGHT)[1]
    parted = isinstance(flowable, Grid) and flowable.ident != WHOLE
    return sum(flowable._rowHeights[:_ROWS_BELOW]) if parted else height


def _caption(picture: Picture) -> Flowable:
    label = f"<b>{escape(picture.label)}.</b> " if picture.label else ""
    return Set(f"{label}{escape(picture.caption)}", style("soft"))


def _side_by_side(pictures: Sequence[Picture], after: Sequence[Block]) -> tuple[list[Flowable], int]:
    """Two in a row where both are narrow; beside one by itself stands what follows, as far as it is no higher.

    Also how many of the blocks after it that took.
    """
    found: list[Flowable] = []
    left, used = list(pictures), 0
    while left:
        pair = left[: 2 if max(one.drawing.width for one in left[:2]) <= HALF else 1]
        left = left[len(pair) :]
        if len(pair) == 1:
            row, used = _alone(pair[0], () if left else after)
            found.append(row)
        else:
            own = [[_Drawn(one.drawing), Spacer(0, 1 * mm), _caption(one)] for one in pair]
            found.append(_row(own[0], own[1], HALF))
    return found, used


def _row(first: Any, second: Any, width: float) -> Flowable:
    widths = [width, _GAP, WIDTH - width - _GAP]
    return Grid([[first, "", second]], widths, style=_BARE, ident=WHOLE, hAlign="LEFT", spaceAfter=3 * mm)


def _alone(picture: Picture, after: Sequence[Block]) -> tuple[Flowable, int]:
    """A picture, and beside it its caption and the text or narrow tables that follow, as far as they are no higher.

    The caption stands below the picture where more finds room beside it so.
    """
    width, height = picture.drawing.width, picture.drawing.height
    room, drawn, caption = WIDTH - width - _GAP, _Drawn(picture.drawing), _caption(picture)
    high = caption.wrap(room, HEIGHT)[1] + caption.getSpaceAfter()
    with_caption, without = _fitting(after, room, height - high), _fitting(after, room, height + _CAPTION)
    if with_caption[1] >= without[1]:
        return _row([drawn], [caption, *with_caption[0]], width), with_caption[1]
    return _row([drawn, Spacer(0, 1 * mm), caption], without[0], width), without[1]


def _fitting(after: Sequence[Block], room: float, height: float) -> tuple[list[Flowable], int]:
    """As many of the blocks as fit into a column, and how many they are."""
    found: list[Flowable] = []
    for used, block in enumerate(after):
        told = _beside_picture(block, room)
        height -= sum(one.wrap(room, HEIGHT)[1] + one.getSpaceAfter() for one in told)
        if not told or height < 0:
            return found, used
        found += told
    return found, len(after)


def _beside_picture(block: Block, room: float) -> list[Flowable]:
    """What may stand beside a picture."""
    match block:
        case Paragraph(text, True):
            return [set_words(text, "soft")]
        case Table() if is_narrow(block, room):
            return [set_table(block, room)]
        case _:
            return []


def _terms(pairs: Iterable[tuple[str, str]]) -> Flowable:
    rows = [[set_words(a, "soft"), set_words(b, "text")] for a, b in pairs]
    return Grid(rows, colWidths=[0.26 * WIDTH, 0.74 * WIDTH], style=[*FLUSH, ("BOTTOMPADDING", (0, 0), (-1, -1), 0)])


def _notice(notice: Notice) -> Flowable:
    edge = LIGHT["rule" if notice.tone == "plain" else notice.tone]
    inside = [set_words(notice.title, "title"), set_words(notice.text, "text")]
    return Grid([[inside]], colWidths=[WIDTH], style=[
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(LIGHT["ground"])), ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(edge)),
        ("LEFTPADDING", (0, 0), (-1, -1), 9), ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ])  # fmt: skip


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
                canvas.setFont(PLAIN, size * 0.9)  # as large as the page's letters, which are narrower
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
            self.setFont(PLAIN, 7)
            self.setFillColor(HexColor(LIGHT["soft"]))
            self.drawString(SIDE, 11 * mm, document.foot)
            self.drawRightString(A4[0] - SIDE, 11 * mm, place)

    return Numbered
