"""Tables on paper and on a page: no word is parted, nothing stands alone, sub-headings and notes are told as such."""

from __future__ import annotations

import io
import re

import pypdf
import pytest

from holdfast.printed.blocks import Cell, Document, Note, Paragraph, Picture, Pictures, Section, Table
from holdfast.printed.drawing import Drawing, Line
from holdfast.printed.fitted import GAP, HALF, SIZES, Column, columns_of, fitted
from holdfast.printed.html import html
from holdfast.printed.letters import WIDTH, letters
from holdfast.printed.pdf import pdf

letters()
SHARE = "1,111/2,936:\N{NO-BREAK SPACE}37.8\N{NO-BREAK SPACE}% (36.1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}39.6)"


def table(columns: int, rows: int = 6, **changed: object) -> Table:
    """A row's name and so many shares."""
    header = ("Treatment", *(f"Courses with it {place}" for place in range(columns)))
    told = tuple((f"dissociation {row}", *[SHARE] * columns) for row in range(rows))
    return Table("A table", header, told, fitted=True, **changed)  # type: ignore[arg-type]


def document(*blocks: object) -> Document:
    return Document("A report", "of nothing", (Section("one", "One", tuple(blocks)),), "foot")  # type: ignore[arg-type]


def pages(of: Document) -> list[str]:
    return [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf(of))).pages]


@pytest.mark.story("HF-REG-175")
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_no_column_is_narrower_than_its_longest_word_and_all_fit_the_paper(columns: int) -> None:
    one = table(columns)
    fit = fitted(one)
    assert sum(fit.widths) == pytest.approx(WIDTH) or sum(fit.widths) < WIDTH
    assert fit.size in SIZES
    for column, width in zip(columns_of(one, fit.size), fit.widths, strict=True):
        assert width >= column.least - 1e-6
        assert column.least > 20
    assert fit.size == SIZES[0] or columns > 3


def test_a_long_sentence_takes_no_room_from_a_long_number() -> None:
    words = "one word after the other, " * 12
    one = Table("T", ("n", "Share", "Words", "Words"), ((("7"), SHARE, words, words),) * 3, fitted=True)
    fit = fitted(one)
    number, share, *texts = fit.widths
    assert share >= columns_of(one, fit.size)[1].least
    assert number < 40 < min(texts)
    assert sum(fit.widths) <= WIDTH + 1e-6


def test_only_what_fits_in_no_size_is_parted() -> None:
    fit = fitted(table(12))
    assert sum(fit.widths) == pytest.approx(WIDTH)
    assert fit.size == SIZES[-1]


def test_a_column_counts_its_lines_as_they_are_set() -> None:
    column = Column("Head", ["one two three", "one"], SIZES[0])
    assert column.lines(column.whole) == 1
    assert column.heights(column.least) == [3, 1]
    assert column.lines(column.width_for(2)) == 2
    assert column.least - GAP < column.width_for(2) < column.whole


@pytest.mark.story("HF-REG-175")
def test_sub_headings_and_notes_are_told_as_such_on_the_page() -> None:
    notes = (Note("Of whom;", "a"), Note("A source.", "1"), Note("Of the table."))
    one = table(1, groups=(("north", 2), ("south", 4)), notes=notes, label="Table 7", folded=True)
    page = html(document(one))
    assert page.count('<th scope="rowgroup" colspan="2">') == 2
    assert re.search(r"<tbody><tr><th [^>]*>north</th></tr>\s*(<tr>.*?</tr>\s*){2}</tbody><tbody>", page, re.DOTALL)
    assert "<sup>a</sup>Of whom; <sup>1</sup>A source. Of the table." in page
    assert '<details class="numbers"><summary>The numbers: Table 7. A table</summary>' in page
    assert "<b>Table 7.</b> A table" in page
    assert "details.numbers::details-content { content-visibility: visible" in page  # paper folds nothing away


def test_a_mark_leads_to_its_note_and_is_escaped() -> None:
    marked = Table("T", (Cell("Head", mark="a"), "Other"), ((Cell("row", mark="<1>"), "x"),), fitted=True)
    page = html(document(marked))
    assert "Head<sup>a</sup>" in page
    assert "row<sup>&lt;1&gt;</sup>" in page
    assert "row<1>" in pages(document(marked))[0]


def test_groups_hold_every_row() -> None:
    with pytest.raises(AssertionError):
        table(1, groups=(("north", 2), ("south", 3)))


PICTURE = Picture(Drawing(200, 180, (Line(((0, 0), (200, 180))),)), "What it shows", "A line", label="Figure 1")


@pytest.mark.story("HF-REG-175")
@pytest.mark.parametrize("before", range(0, 60))
def test_a_heading_is_never_parted_from_its_picture_nor_a_table_from_its_notes(before: int) -> None:
    filler = tuple(Paragraph(f"line {n}") for n in range(before))
    one = Section("here", "A heading here", (Paragraph("its lead"), Pictures((PICTURE, PICTURE))))
    noted = table(2, rows=30, groups=(("north", 14), ("south", 16)), notes=(Note("noted here."),))
    told = pages(Document("A report", "of nothing", (*filler, one, noted), "foot"))
    (with_heading,) = [page for page in told if "A heading here" in page]
    assert with_heading.count("What it shows") == 2
    assert with_heading.index("its lead") > with_heading.index("A heading here")
    (with_note,) = [page for page in told if "noted here" in page]
    assert with_note.count("dissociation") >= 3
    for page in told:  # a sub-heading stays with rows below it
        if "south" in page:
            assert page.split("south", 1)[1].count("dissociation") >= 2


def test_narrow_tables_stand_side_by_side_and_long_ones_in_halves() -> None:
    short = Table("Short", ("Day", "Share"), (("7", "1.0"), ("14", "2.0")), fitted=True)
    assert sum(fitted(short, HALF).widths) <= HALF
    long = Table("Long", ("Day", "Share"), tuple((f"row {n}", f"{n}.5") for n in range(90)),
                 groups=(("first", 45), ("second", 45)), notes=(Note("Below."),), fitted=True)  # fmt: skip
    told = pages(document(short, short, long))
    assert len(told) == 2
    every = " ".join(told)
    assert all(every.count(f"row {n}\n") == 1 for n in range(90))
    assert every.count("Short") == 2
    assert "first" in told[0]
    assert "second" in told[0]
    assert all("Share" in page for page in told)


def test_a_picture_by_itself_has_its_caption_and_what_follows_beside_it() -> None:
    (page,) = pages(document(Pictures((PICTURE,)), Paragraph("a note beside", soft=True)))
    assert page.index("What it shows") < page.index("a note beside")


def test_contents_name_the_page_of_every_section() -> None:
    sections = tuple(Section(f"s{n}", f"Section number {n}", (table(2, rows=40),)) for n in range(1, 4))
    told = pages(Document("A report", "of nothing", sections, "foot", contents=True))
    for n in range(1, 4):
        own = next(place for place, page in enumerate(told, start=1) if f"Section number {n}" in page and
                   (place > 1 or page.count(f"Section number {n}") > 1))  # fmt: skip
        assert re.search(rf"Section number {n}\s+{own}\b", told[0])
    assert '<p class="up"><a href="#contents">' in html(Document("A", "B", sections, "foot", contents=True))
