"""The letters of paper, their sizes and styles. DejaVu Sans comes with matplotlib."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from unicodedata import bidirectional

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph as Set

from holdfast.errors import ConfigurationError
from holdfast.printed.inks import LIGHT

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
SIDE, TOP, FOOT = 17 * mm, 17 * mm, 20 * mm
WIDTH, HEIGHT = A4[0] - 2 * SIDE, A4[1] - TOP - FOOT  # of what is written on a page
_SIZES = {
    "text": 9.0,
    "soft": 8.0,
    "cell": 7.5,
    "number": 7.5,
    "head": 7.5,
    "title": 9.0,
    "note": 7.0,
    "group": 7.5,
    "item": 9.0,
}
_LEFTWARD = ("R", "AL")  # scripts written from right to left, which nothing here puts in order


@cache
def letters() -> None:
    """Makes them known. Raises `ConfigurationError` where they are not installed."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ConfigurationError("a PDF needs the letters that come with matplotlib, which is not installed")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def is_set_as_written(text: str) -> bool:
    """Do the letters of the paper have every sign of it, and set it in its order? Not Chinese, nor right to left."""
    letters()
    known = pdfmetrics.getFont(PLAIN).face.charToGlyph
    return all(sign.isspace() or (ord(sign) in known and bidirectional(sign) not in _LEFTWARD) for sign in text)


@cache
def style(name: str, tone: str = "plain", size: float = 0.0) -> ParagraphStyle:
    """Of text, cells and notes. `size` other than its own sets cells closer, as in a table fitted to its words."""
    own = size or _SIZES[name]
    soft = name in ("soft", "head", "note")
    bold = name in ("head", "title", "group") or tone != "plain"
    after = 0.0 if name in ("cell", "number", "head", "group", "note") else 1.2 if name in ("item", "soft") else 2.0
    return ParagraphStyle(
        f"{name}-{tone}-{own:g}", fontName=BOLD if bold else PLAIN, fontSize=own,
        leading=own * (1.24 if size else 1.38),
        textColor=HexColor(LIGHT["soft" if soft else "ink" if tone == "plain" else tone]),
        spaceAfter=after * mm, alignment=TA_RIGHT if name == "number" else 0,
        splitLongWords=1, allowWidows=0, allowOrphans=0,
    )  # fmt: skip


def set_words(text: str, name: str, tone: str = "plain") -> Set:
    """A paragraph of plain text."""
    return Set(escape(text), style(name, tone))
