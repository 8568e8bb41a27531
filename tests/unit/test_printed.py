"""Documents set as a page and on paper: nothing of the text is lost, and nothing of it is taken for markup."""

from __future__ import annotations

import datetime
import io
import re

import pypdf
import pytest

from holdfast.errors import ConfigurationError
from holdfast.printed import letters as on_paper
from holdfast.printed.blocks import (
    Bullets,
    Cell,
    Document,
    Notice,
    Paragraph,
    Picture,
    Section,
    Table,
    Terms,
)
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Words, bar
from holdfast.printed.html import html
from holdfast.printed.inks import DARK, LIGHT
from holdfast.printed.pdf import pdf

DRAWING = Drawing(200, 60, (
    Line(((0, 50), (200, 50)), "rule"), bar(20, 90, 20, 8, "ours", 0.4), Dot(60, 20, 3, "theirs", filled=False),
    Area(((0, 0), (5, 0), (5, 5)), "third"), Words(100, 40, "≥50 % <fall>", "soft", anchor="middle"),
))  # fmt: skip
ROWS = tuple((f"row {i}", str(i), Cell("missed", "bad")) for i in range(90))
TABLE = Table("All rows", ("What", "How many", "Verdict"), ROWS, frozenset({1}))
DOCUMENT = Document(
    "A report <b>", "Of Łukasz & Γιώργος, −3.2 points",
    (
        Notice("Lost", "The mean predicts better.", "bad"),
        Section("first", "First", (
            Paragraph("x < y & z"), Bullets(("one", "two")), Terms((("name", "what it is"),)),
            Picture(DRAWING, "A caption", "What it shows"), Section("inner", "Inner", (Paragraph("deep", soft=True),)),
        )),
        Section("second", "Second", (TABLE,), new_page=True),
    ),
    "foot of the page",
    date=datetime.date(2026, 11, 20),
)  # fmt: skip


@pytest.fixture(scope="module")
def paper() -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf(DOCUMENT)))


def test_the_page_escapes_text_and_needs_no_other_file():
    page = html(DOCUMENT)
    assert "A report &lt;b&gt;" in page
    assert "x &lt; y &amp; z" in page
    assert "≥50 % &lt;fall&gt;" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page


def test_the_page_is_built_for_who_cannot_see_it():
    page = html(DOCUMENT)
    assert '<html lang="en">' in page
    assert re.findall(r"<h(\d)", page) == ["1", "2", "3", "2"]
    assert 'role="img" aria-label="What it shows"' in page
    assert "<caption><span>All rows</span></caption>" in page
    assert page.count('<th scope="row"') == 90
    assert page.count('<th scope="col"') == 3
    assert '<a href="#inner">Inner</a>' in page
    assert 'id="inner"' in page


def test_paper_holds_every_word_in_any_script(paper):
    text = "\n".join(page.extract_text() for page in paper.pages)
    for words in (
        "A report <b>",
        "Łukasz & Γιώργος, −3.2",
        "Lost",
        "x < y & z",
        "≥50 % <fall>",
        "A caption",
        "deep",
        "row 89",
    ):
        assert words in text
    assert text.count("missed") == 90


def test_pages_are_numbered_and_tables_repeat_their_header(paper):
    texts = [page.extract_text() for page in paper.pages]
    assert len(texts) > 2
    for number, text in enumerate(texts, start=1):
        assert f"{number} of {len(texts)}" in text
        assert "foot of the page" in text
    assert ["How many" in text for text in texts] == [False, *[True] * (len(texts) - 1)]
    assert "All rows" in texts[1]


def test_paper_has_a_title_and_bookmarks(paper):
    assert paper.metadata.title == "A report <b>"
    assert paper.metadata.creation_date.date() == datetime.date(2026, 11, 20)
    names = [one if isinstance(one, list) else one.title for one in paper.outline[1]]
    assert names[0] == "First"
    assert names[1][0].title == "Inner"
    assert names[2] == "Second"


def test_the_same_document_gives_the_same_bytes():
    assert pdf(DOCUMENT) == pdf(DOCUMENT)
    assert len(pdf(DOCUMENT)) < 100_000


def test_without_letters_paper_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(on_paper, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="letters that come with matplotlib"):
        on_paper.letters.__wrapped__()


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Of two colours, by WCAG 2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("inks", [LIGHT, DARK], ids=["light", "dark"])
def test_every_ink_stands_out_from_its_ground(inks):
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    grounds = {"paper", "ground", "rule"}
    assert set(LIGHT) == set(DARK)
    weak = {name for name in set(inks) - grounds for on in ("paper", "ground") if contrast(inks[name], inks[on]) < 4.5}
    assert weak == set()
