"""The tags `url` and `static` for pages that stand alone as files: an address becomes a file, and a place in it.

The templates of the clinic ask for addresses by name. Here the same names lead from file to file.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django import template

from holdfast.facts import Row, load

register = template.Library()
INDEX, NUMBERS, SOURCES = "index.html", "numbers.html", "sources.html"
_FILES = {
    "study-list": INDEX, "founding-list": "founding.html", "evidence-compare": "compare.html",
    "qualification": "qualification.html", "article-conflicts": "articles.html", "fact-list": NUMBERS,
    "rule-list": "table-care_rules.html",
}  # fmt: skip
_ON_STUDY_PAGE = ("study_arms.csv", "study_outcomes.csv", "study_adverse_events.csv")
ASKED = "stems_asked"  # in the context: a set that the pages fill with the tables they name


def study_file(study_id: str) -> str:
    """The page of a study."""
    return f"study-{study_id}.html"


def founding_file(study_id: str) -> str:
    """The page of a founding study."""
    return f"founding-{study_id}.html"


def table_file(stem: str) -> str:
    """The page of a table, or of one document such as a protocol."""
    return f"table-{stem}.html"


def stem_of(row: Row) -> str:
    """The table or document of a row, as a word: `care_thresholds`, `protocols-iv-racemic`."""
    return "-".join(PurePosixPath(row.file).with_suffix("").parts)


@register.simple_tag(takes_context=True)
def url(context: dict[str, Any], name: str, of: str = "") -> str:
    """The file of a page of the clinic, and the place in it. Raises `KeyError` for a page that has no file."""
    if name == "study":
        return study_file(of)
    if name == "founding":
        return founding_file(of)
    if name == "source":
        return f"{SOURCES}#{of}"
    if name in ("fact", "rule"):
        return _place_of(context, load().row(of))
    return _FILES[name]


def _place_of(context: dict[str, Any], row: Row) -> str:
    if row.file == "studies.csv":
        return study_file(row.id)
    if row.file in _ON_STUDY_PAGE:
        return f"{study_file(row['study'])}#{row.id}"
    if row.file == "article_conflicts.csv":
        return f"{_FILES['article-conflicts']}#c-{row['number']}"
    context[ASKED].add(stem_of(row))
    return f"{table_file(stem_of(row))}#{row.id.replace(' ', '')}"  # the template cuts spaces, too


@register.simple_tag
def static(path: str) -> str:
    """Nothing is fetched: what a page needs stands in it."""
    return f"#{path}"
