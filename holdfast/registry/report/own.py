"""The report of a programme's own rows for its own pages: files to download, and blocks that a page is set from.

What a process without a database answers to one that has no numerics: plain values in, plain values out.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from holdfast.errors import InputError
from holdfast.printed.blocks import Block, Bullets, Cell, Notice, Paragraph, Pictures, Table, Terms, mark_of, words_of
from holdfast.printed.blocks import Section as PrintedSection
from holdfast.registry.common_model import TABLES
from holdfast.registry.manifest import Manifest
from holdfast.registry.report.chapters import CHAPTERS
from holdfast.registry.report.choices import choices_of
from holdfast.registry.report.document import document
from holdfast.registry.report.files import HTML, JSON, PDF, as_files
from holdfast.registry.report.report import Report, counted, told
from holdfast.registry.report.yearly import count_year, tell_year, years_of
from holdfast.registry.sets import from_rows

OUTCOMES, SAFETY = "outcomes", "safety"  # pages of the clinic; SAFETY is also the key of its chapter


def own_report(given: Mapping[str, Any]) -> dict[str, Any]:
    """From `manifest` and `rows` as the clinic gathers them: `digest`, `courses`, `page` and `files` by name in base64.

    Raises `InputError` where the rows are not sound.
    """
    manifest = _manifest(given)
    rows = from_rows({name: given["rows"].get(name, []) for name in TABLES}, manifest)
    choices = choices_of((manifest,))
    counts = counted(rows, choices)
    report = told(counts, (manifest,), choices)
    by_year = [tell_year(count_year(rows, year), (manifest,), choices, year) for year in years_of(rows)]
    of_safety = {one.key for chapter in CHAPTERS if chapter.key == SAFETY for one in chapter.tell(counts, choices)}
    files = as_files(report)
    digest = hashlib.sha256(files[JSON]).hexdigest()
    page = _page(report, lambda section: SAFETY if section in of_safety else OUTCOMES)
    for one in by_year:
        page += [block for block in _page(one, _always(page_of_year(one.year))) if block["page"]]
        files |= {named_by_year(name, one.year): content for name, content in as_files(one).items() if _is_kept(name)}
    return {
        "digest": digest, "courses": rows.n, "page": page,
        "files": {name: b64encode(content).decode() for name, content in sorted(files.items())},
    }  # fmt: skip


def _always(page: str) -> Callable[[str], str]:
    """Whatever the section, on that page."""
    return lambda _: page


def _manifest(given: Mapping[str, Any]) -> Manifest:
    try:
        known = {name: given["manifest"][name] for name in Manifest.__dataclass_fields__ if name in given["manifest"]}
        sequences = {name: tuple(known.get(name, ())) for name in ("sites", "signed", "notes")}
        made, rows = Manifest(**known | sequences), dict(given["rows"])
    except (KeyError, TypeError, ValueError):
        raise InputError("no rows of a programme: give a manifest, and rows by table") from None
    if unknown := sorted(rows.keys() - TABLES.keys()):
        raise InputError(f"no table is called {unknown[0]!r}")
    return made


def page_of_year(year: int | None) -> str:
    """The page of the clinic that tells the safety of one calendar year."""
    return f"{SAFETY}-{year}"


def named_by_year(name: str, year: int | None) -> str:
    """A file of a yearly report, such as plots/2025-adverse-events-rates.svg and safety-2025.pdf."""
    if year is None:
        return name
    folder, _, own = name.rpartition("/")
    return f"{folder}/{year}-{own}" if folder else own.replace("report.", f"{SAFETY}-{year}.")


def _is_kept(name: str) -> bool:
    """Of a yearly report the page, the paper and the plots; its tables are within them."""
    return name in (HTML, PDF) or name.startswith("plots/")


def _page(report: Report, page_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Every section with its blocks, by the page it stands on; pictures by the name of their file."""
    named = {
        one.drawing: named_by_year(f"plots/{one.key}.svg", report.year)
        for section in report.sections for one in section.pictures
    }  # fmt: skip
    found = []
    for block in document(report).blocks:
        if isinstance(block, PrintedSection):
            page = page_of(block.key)
            blocks = [plain for one in block.blocks for plain in _plain(one, named)]
            found.append({"key": block.key, "title": block.title, "page": page, "blocks": blocks})
        else:
            found += [{"key": "", "title": "", "page": "", "blocks": [plain]} for plain in _plain(block, named)]
    return found


def _plain(block: Block, named: Mapping[Any, str]) -> list[dict[str, Any]]:
    match block:
        case Paragraph(text, soft):
            return [{"kind": "paragraph", "text": text, "soft": soft}]
        case Bullets(items):
            return [{"kind": "bullets", "items": list(items)}]
        case Terms(pairs):
            return [{"kind": "terms", "pairs": [list(pair) for pair in pairs]}]
        case Notice(title, text, tone):
            return [{"kind": "notice", "title": title, "text": text, "tone": tone}]
        case Pictures(pictures):
            drawn = [{"file": named[one.drawing], "caption": one.title, "shows": one.alternative} for one in pictures]
            return [{"kind": "pictures", "pictures": drawn}]
        case Table():
            return [_table(block)]
        case PrintedSection():
            inside = [plain for one in block.blocks for plain in _plain(one, named)]
            return [{"kind": "heading", "text": block.title}, *inside]
    raise AssertionError(block)


def _table(table: Table) -> dict[str, Any]:
    """Cells as words, each with whether it is set to the right and its mark; a row of one cell is a sub-heading."""
    rows: list[list[Any]] = []
    for heading, own in table.parts:
        rows += [[[heading, False, ""]]] if heading else []
        rows += [_cells(row, table) for row in own]
    return {
        "kind": "table", "caption": table.title, "header": _cells(table.header, table), "rows": rows,
        "notes": [[one.mark, one.text] for one in table.notes], "folded": table.folded,
    }  # fmt: skip


def _cells(row: Iterable[str | Cell], table: Table) -> list[list[Any]]:
    return [[words_of(one), place in table.numbers, mark_of(one)] for place, one in enumerate(row)]
