"""The committed report of three simulated sites is what Holdfast makes of them today; `make registry-report`."""

from __future__ import annotations

import re

import pypdf
import pytest

from holdfast.registry.report.files import as_files
from holdfast.registry.report.report import report_of
from holdfast.registry.sets import opened
from tests.gates.repository import ROOT

SITES = ("north", "south", "west")


@pytest.fixture(scope="module")
def page() -> str:
    """The page as it is made now, of the sets by themselves."""
    sets = opened([ROOT / "docs" / "examples" / "registry" / site for site in SITES])
    return as_files(report_of(sets, signed=["out.relapse"]))["report.html"].decode()


def headings(page: str) -> list[str]:
    """The sections of a page."""
    return re.findall(r"<h2 id=.*?</h2>", page)


def rows_of(page: str, caption: str) -> list[str]:
    """The rows of one table."""
    after = page.split(f"</b> {caption}</span>", 1)[1]
    return re.findall(r"<tr>.*?</tr>", after.split("</table>", 1)[0], re.DOTALL)


@pytest.mark.story("HF-REG-015")
def test_the_committed_report_is_of_today(page: str) -> None:
    committed = (ROOT / "docs" / "registry" / "report.html").read_text(encoding="utf-8")
    assert headings(committed) == headings(page), "make registry-report"
    for caption in ("Courses at each step", "Response by week on MADRS", "Outcomes by group, week 4"):
        assert rows_of(committed, caption) == rows_of(page, caption), "make registry-report"
        assert len(rows_of(page, caption)) > 3


def filled(page: pypdf.PageObject) -> float:
    """How far down a page is written, as a share of it, without its foot."""
    lowest = [float(page.mediabox.height)]

    def seen(text: str, around: list[float], place: list[float], _font: object, _size: float) -> None:
        y = place[4] * around[1] + place[5] * around[3] + around[5]
        if text.strip() and y > FOOT:
            lowest.append(y)

    page.extract_text(visitor_text=seen)
    return 1 - min(lowest) / float(page.mediabox.height)


FOOT, MOST_PAGES, LEAST_FILLED = 50.0, 26, 0.6


@pytest.mark.story("HF-REG-175")
def test_the_report_on_paper_is_short_and_its_pages_are_filled() -> None:
    paper = pypdf.PdfReader(ROOT / "docs" / "registry" / "report.pdf")
    assert 10 < len(paper.pages) < MOST_PAGES
    shares = [filled(page) for page in paper.pages]
    assert min(shares[:-1]) > LEAST_FILLED, shares
    texts = [page.extract_text() for page in paper.pages]
    titles = [one.title for one in paper.outline[1] if not isinstance(one, list)]
    assert len(titles) > 15
    for title in titles:  # a heading is never the last on its page
        own = [text for text in texts[1:] if f"{title}\n" in text] or [texts[0]]
        assert len(own[-1].split(title, 1)[1].split("holdfast ", 1)[0].strip()) > 20, title


def test_the_gate_can_go_red(page: str) -> None:
    assert headings(page.replace("Time to relapse", "Time to something")) != headings(page)
    assert rows_of(page.replace("230", "231"), "Courses at each step") != rows_of(page, "Courses at each step")
    blank = pypdf.PdfWriter().add_blank_page(width=595, height=842)
    assert filled(blank) < LEAST_FILLED
