"""The evidence as files to read without a server: the clinic's own templates, one HTML file a page.

Only the frame and the links differ (static_templates, static_links). A page is a pure function of the tables, so two
runs give the same bytes. Nothing here opens the clinic or its records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine

from holdfast import __version__, evidence
from holdfast.clinic.evidence import static_links
from holdfast.clinic.evidence.queries import (
    NUMBER_TABLES,
    FactShown,
    Listed,
    fact,
    founding_context,
    qualification_context,
    source,
    study_context,
)
from holdfast.clinic.ui.words import sentence
from holdfast.evidence import founding, pictures
from holdfast.evidence.cards import drugs_of, statuses_of
from holdfast.evidence.wording import with_capital
from holdfast.facts import load

_UI = Path(__file__).parent.parent / "ui"
_STYLES = ("tokens", "base", "components", "pages", "evidence")
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # a file of its own, which a page alone does not have
_TAGS = "holdfast.clinic.ui.templatetags"


@dataclass(frozen=True)
class TableShown:
    """A table, or one document, with every row of it."""

    file: str
    title: str
    facts: tuple[FactShown, ...]


def static_pages() -> Mapping[str, str]:
    """Every page: name of its file, and its text. No link leads to a file or a place that is not there."""
    asked = set(NUMBER_TABLES)
    made = {file: _rendered(name, asked, context) for file, name, context in _pages()}
    tables: dict[str, TableShown] = {}
    while waiting := sorted(asked - tables.keys()):  # a row may name rows of tables that nothing else names
        for stem in waiting:
            tables[stem] = _table(stem)
            made[tables[stem].file] = _rendered("table", asked, {"table": tables[stem]})
    listed = [tables[stem] for stem in sorted(tables)]
    made[static_links.NUMBERS] = _rendered("numbers", asked, {"tables": listed, "sources": static_links.SOURCES})
    return made


def _pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, template and context of every page but those of the tables."""
    listed = [Listed(one, drugs_of(one), statuses_of(one)) for one in evidence.studies()]
    yield static_links.INDEX, "studies", {"found": listed}
    yield "compare.html", "compare", {
        "pictures": [
            pictures.forest(with_capital(words), rows)
            for words, rows in pictures.meanings(evidence.outcomes()).items()
        ],
    }  # fmt: skip
    yield "qualification.html", "qualification", qualification_context()
    yield "articles.html", "articles", {"conflicts": evidence.conflicts()}
    for one in evidence.studies():
        yield static_links.study_file(one.id), "study", study_context(one.id)
    yield "founding.html", "founding_list", {"founding": founding.founding_studies()}
    for told in founding.founding_studies():
        file = static_links.founding_file(told.card.study.id)
        yield file, "founding", founding_context(told.card.study.id)
    references = [row.id for row in load().rows("references")]
    yield static_links.SOURCES, "sources", {"sources": [source(ref) for ref in references]}


def _table(stem: str) -> TableShown:
    rows = [name for name, row in load().by_id.items() if static_links.stem_of(row) == stem]
    return TableShown(
        static_links.table_file(stem), sentence(stem.replace("-", ": ", 1)), tuple(fact(name) for name in rows)
    )


def _rendered(name: str, asked: set[str], context: Mapping[str, Any]) -> str:
    frame = {
        "styles": _styles(), "version": __version__, "digest": load().digest, static_links.ASKED: asked,
    }  # fmt: skip
    return str(_engine().get_template(f"evidence/{name}.html").render(Context({**frame, **context})))


@cache
def _styles() -> str:
    folder = _UI / "static" / "css"
    whole = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    return _FONT_FACE.sub("", whole)


@cache
def _engine() -> Engine:
    """The templates of the clinic below a frame of their own."""
    if not settings.configured:  # no clinic is open here: its settings would make a folder of records
        settings.configure(USE_I18N=False, USE_TZ=True, LANGUAGE_CODE="en-gb")
    links = static_links.__name__
    return Engine(
        dirs=[str(Path(__file__).parent / "static_templates"), str(_UI / "templates")],
        libraries={"clinic": f"{_TAGS}.clinic", "evidence": f"{_TAGS}.evidence", "static": links},
        builtins=[links],
    )
