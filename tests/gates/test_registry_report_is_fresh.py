"""The committed report of three simulated sites is what Holdfast makes of them today; `make registry-report`."""

from __future__ import annotations

import re

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
    return re.findall(r"<tr>.*?</tr>", page.split(f"<span>{caption}</span>", 1)[1].split("</table>", 1)[0], re.DOTALL)


@pytest.mark.story("HF-REG-015")
def test_the_committed_report_is_of_today(page: str) -> None:
    committed = (ROOT / "docs" / "registry" / "report.html").read_text(encoding="utf-8")
    assert headings(committed) == headings(page), "make registry-report"
    for caption in ("Courses at each step", "Response by week on MADRS", "Outcomes by site"):
        assert rows_of(committed, caption) == rows_of(page, caption), "make registry-report"
        assert len(rows_of(page, caption)) > 3


def test_the_gate_can_go_red(page: str) -> None:
    assert headings(page.replace("Time to relapse", "Time to something")) != headings(page)
    assert rows_of(page.replace("230", "231"), "Courses at each step") != rows_of(page, "Courses at each step")
