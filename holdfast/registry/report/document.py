"""A report as a document: what a page and paper are set from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from holdfast.facts.loader import load
from holdfast.printed.blocks import Block, Bullets, Document, Notice, Paragraph, Pictures, Terms
from holdfast.printed.blocks import Picture as PrintedPicture
from holdfast.printed.blocks import Section as PrintedSection
from holdfast.printed.blocks import Table as PrintedTable
from holdfast.registry.chosen import chosen
from holdfast.registry.report.cells import NOTHING
from holdfast.registry.report.plots import WIDTH
from holdfast.registry.report.report import Report
from holdfast.registry.report.sections import Section
from holdfast.registry.report.tables_set import tables_set

KIND_WORDS = {
    "programme": "a programme's own records, whole; they stay with it",
    "extract": "an extract that left its programme, with small cells withheld",
    "pool": "extracts of several sites put together", "simulated": "simulated courses of virtual patients",
}  # fmt: skip


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
        subtitle=f"{_matter(report)} from {'; '.join(KIND_WORDS[one] for one in kinds)}. {_INTERVALS}",
        blocks=numbered((*head, *(_section(one) for one in report.sections), about)),
        contents=True,
        foot=f"{report.made_by}; facts of this report: {load().digest}",
    )


def _what(report: Report) -> str:
    return "Registry report" if report.year is None else f"Safety report {report.year}"


def _matter(report: Report) -> str:
    return "Outcomes and safety" if report.year is None else "Safety of one calendar year"


_INTERVALS = (
    "In brackets 95 % intervals, those of shares exact (Clopper and Pearson) unless said otherwise; "
    f"{NOTHING} where there is no value."
)
_SIMULATED = (
    "Nobody was treated: these courses are made up. The report shows how one looks, and nothing about treatment."
)


def _small(report: Report) -> list[Block]:
    """One course only, or few: said before any number."""
    rows = [row for one in report.sections if one.key == "flow" for table in one.tables for row in table.rows]
    courses = rows[0][1] if rows else 0
    if not isinstance(courses, int) or not 0 < courses < chosen("few_courses"):
        return []
    many = "One course is" if courses == 1 else f"{courses} courses are"
    return [
        Notice("Few courses", f"{many} on record: shares are uncertain, and somebody may be told from them.", "unsure")
    ]


def _about(report: Report) -> list[Block]:
    told: list[Block] = []
    for one in report.manifests:
        pairs = [("Kind", KIND_WORDS[one.kind]), ("Sites", ", ".join(one.sites)),
                 ("Set made by", f"{one.made_by}, with facts {one.facts_digest}"),
                 ("Common data model", f"version {one.version}")]  # fmt: skip
        if one.made_on:
            pairs.append(("Made on", one.made_on))
        told.append(Terms(tuple(pairs)))
        told += [Bullets(one.notes)] if one.notes else []
        told += [Paragraph(f"Withheld: {_withheld(dict(one.disclosure))}", soft=True)] if one.disclosure else []
    settings = ", ".join(f"{name} {value}" for name, value in sorted(report.choices.settings.items()))
    as_if = report.choices.as_if
    signed = ", ".join(one for one in report.choices.signed if one not in as_if)
    pairs = [
        ("Report made by", f"{report.made_by}, with facts {load().digest}"),
        ("Settings of definitions", settings or "the defaults"),
        ("Rules signed by a physician of the programme", signed or "none"),
        *([("Judged as if signed", f"{', '.join(as_if)}: {_ASKED}")] if as_if else []),
        ("Method", "definitions and denominators: docs/explanation/registry.md"),
    ]  # fmt: skip
    return [*told, Terms(tuple(pairs))]


_ASKED = "asked for with the report, without a physician's signature in every set"


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
    if section.pictures:
        drawn = tuple(PrintedPicture(one.drawing, one.caption, one.alternative) for one in section.pictures)
        blocks.append(Pictures(drawn))
    told, notes = (
        tables_set(section.tables, drawn=bool(section.pictures)),
        [Paragraph(note, soft=True) for note in section.notes],
    )
    alone = sum(one.drawing.width <= WIDTH for one in section.pictures) % 2 == 1
    blocks += [*notes, *told] if alone else [*told, *notes]  # notes find room beside a picture by itself
    return PrintedSection(section.key, section.title, tuple(blocks))


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Tables and figures with their numbers in the document."""
    count = {"Table": 0, "Figure": 0}

    def label(kind: str) -> str:
        count[kind] += 1
        return f"{kind} {count[kind]}"

    def with_number(block: Block) -> Block:
        match block:
            case PrintedTable():
                return replace(block, label=label("Table"))
            case Pictures(pictures):
                return Pictures(tuple(replace(one, label=label("Figure")) for one in pictures))
            case PrintedSection():
                return replace(block, blocks=tuple(map(with_number, block.blocks)))
            case _:
                return block

    return tuple(map(with_number, blocks))
