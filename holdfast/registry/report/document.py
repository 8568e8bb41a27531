"""A report as a document: what a page and paper are set from."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.facts.loader import load
from holdfast.printed.blocks import Block, Bullets, Document, Notice, Paragraph, Terms
from holdfast.printed.blocks import Picture as PrintedPicture
from holdfast.printed.blocks import Section as PrintedSection
from holdfast.printed.blocks import Table as PrintedTable
from holdfast.registry.report.cells import text
from holdfast.registry.report.report import Report
from holdfast.registry.report.sections import Column, Section, Table

KIND_WORDS = {
    "programme": "a programme's own records, whole; they stay with it",
    "extract": "an extract that left its programme, with small cells withheld",
    "pool": "extracts of several sites put together", "simulated": "simulated courses of virtual patients",
}  # fmt: skip
_BOLD = 1.12  # letters of a heading are wider
_GAP = 1.6  # letters between two columns
_LONGEST = 14.0
_PAPER = 108.0  # letters of a cell side by side on A4
_NARROW = frozenset(" \N{NO-BREAK SPACE}.,:;()/'-fijltI")


def document(report: Report) -> Document:
    """Title, what it rests on, and every section."""
    kinds = sorted({one.kind for one in report.manifests})
    head: list[Block] = []
    if "simulated" in kinds:
        head.append(Notice("Simulated, no evidence", _SIMULATED, "unsure"))
    head += _small(report)
    about = PrintedSection("about", "What this report rests on", tuple(_about(report)))
    return Document(
        title=f"{_what(report)}: {', '.join(report.sites)}",
        subtitle=f"{_matter(report)} from {'; '.join(KIND_WORDS[one] for one in kinds)}.",
        blocks=(*head, *(_section(one) for one in report.sections), about),
        foot=f"{report.made_by}, facts {load().digest}. Shares have exact 95 % intervals unless said otherwise.",
    )


def _what(report: Report) -> str:
    return "Registry report" if report.year is None else f"Safety report {report.year}"


def _matter(report: Report) -> str:
    return "Outcomes and safety" if report.year is None else "Safety of one calendar year"


_SIMULATED = (
    "Nobody was treated: these courses are made up. The report shows how one looks, and nothing about treatment."
)


def _small(report: Report) -> list[Block]:
    """One course only, or few: said before any number."""
    rows = [row for one in report.sections if one.key == "flow" for table in one.tables for row in table.rows]
    courses = rows[0][1] if rows else 0
    if not isinstance(courses, int) or not 0 < courses < _FEW:
        return []
    many = "One course is" if courses == 1 else f"{courses} courses are"
    return [
        Notice("Few courses", f"{many} on record: shares are uncertain, and somebody may be told from them.", "unsure")
    ]


_FEW = 10


def _about(report: Report) -> list[Block]:
    told: list[Block] = []
    for one in report.manifests:
        pairs = [("Kind", KIND_WORDS[one.kind]), ("Sites", ", ".join(one.sites)), ("Made by", one.made_by),
                 ("Facts", one.facts_digest), ("Common data model", f"version {one.version}")]  # fmt: skip
        if one.made_on:
            pairs.append(("Made on", one.made_on))
        told.append(Terms(tuple(pairs)))
        told += [Bullets(one.notes)] if one.notes else []
        told += [Paragraph(f"Withheld: {_withheld(dict(one.disclosure))}", soft=True)] if one.disclosure else []
    settings = ", ".join(f"{name} {value}" for name, value in sorted(report.choices.settings.items()))
    signed = ", ".join(report.choices.signed)
    return [
        *told,
        Paragraph(f"Settings of definitions: {settings or 'the defaults'}. Rules signed: {signed or 'none'}."),
        Paragraph("Method, definitions and denominators: docs/explanation/registry.md.", soft=True),
    ]


def _withheld(disclosure: dict[str, object]) -> str:
    """What a manifest says of its disclosure, of one set or by site, in a sentence."""
    told = []
    for name, value in sorted(disclosure.items()):
        if isinstance(value, dict):
            told.append(f"{name}: {_withheld(value)}")
            continue
        words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        told.append(f"{name.replace('_', ' ')} {words or 'nothing'}")
    return "; ".join(told) or "nothing"


def _section(section: Section) -> PrintedSection:
    blocks: list[Block] = [Paragraph(section.basis)]
    for picture in section.pictures:
        blocks.append(PrintedPicture(picture.drawing, picture.caption, picture.alternative))
    for table in section.tables:
        blocks += _table(table)
    blocks += [Paragraph(note, soft=True) for note in section.notes]
    return PrintedSection(section.key, section.title, tuple(blocks))


def _table(table: Table) -> list[Block]:
    if not table.rows:
        return [Paragraph(f"{table.title}: no row.", soft=True)]
    rows = tuple(
        tuple(text(value, column) for value, column in zip(row, table.columns, strict=True)) for row in table.rows
    )
    numbers = frozenset(i for i, one in enumerate(table.columns) if one.kind in ("count", "number", "p_value"))
    header = tuple(_head(one) for one in table.columns)
    widths = _widths(tuple(zip(header, *rows, strict=True)))
    told: list[Block] = [PrintedTable(table.title, header, rows, numbers, widths)]
    if of := _of_whom(table):
        told.append(Paragraph(of, soft=True))
    return told


def _widths(columns: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Letters each column needs for its longest word; what paper has to spare goes to those with much text.

    The heading of a column comes first in it.
    """
    need = [max([_BOLD * _longest(head), *map(_longest, cells)]) + _GAP for head, *cells in columns]
    much = [float(max(map(len, column))) for column in columns]
    spare = max(0.0, _PAPER - sum(need))
    return tuple(one + spare * text / sum(much) for one, text in zip(need, much, strict=True))


def _longest(text: str) -> float:
    """Width of the longest word in letters; what a no-break space holds together is one. An address may be torn."""
    return min(_LONGEST, max(sum(0.55 if one in _NARROW else 1.06 for one in word) for word in text.split(" ")))


def _head(column: Column) -> str:
    unit = f", {column.unit}" if column.unit else ""
    return f"{column.title}{unit}"


def _of_whom(table: Table) -> str:
    """Denominators in words: those that are alike are said once."""
    by_whom: dict[str, list[str]] = {}
    for one in table.columns:
        if one.of:
            by_whom.setdefault(one.of, []).append(f"\u201c{one.title}\u201d")
    told = [f"{' and '.join(titles)}: of {whom}" for whom, titles in by_whom.items()]
    return f"Denominators. {'; '.join(told)}." if told else ""
