"""Pages of the tables: their schemas, and the rows of those a reader may want to look through."""

from __future__ import annotations

from generator.markdown import cell, heading, table
from generator.studies import PRINTED_ON_CARDS
from holdfast import facts
from holdfast.facts.documents import DOCUMENT_KINDS
from holdfast.facts.schema import Document, DocumentKind, Row, Table
from holdfast.facts.tables import TABLES

# Care rules and their numbers have a page of their own (rules.py), published studies a card each (studies.py).
_ELSEWHERE = ("care_rules", "care_thresholds", *PRINTED_ON_CARDS)
_PROVENANCE = ("ref", "locator", "as_printed", "status", "checked_by", "note")


def facts_page() -> str:
    """Schema of every table and of every kind of document."""
    known = facts.load()
    lines = heading(
        "Tables of facts",
        "Every number from the world stands in one of these tables beside its source. `holdfast facts check` "
        "validates them all and names every fault by file, line and column.",
    )
    counts = [(f"`{t.name}`", f"holdfast/facts/{t.path}", len(known.rows(t.name))) for t in TABLES]
    counts += [
        (f"`{k.name}`", f"holdfast/facts/{k.folder}/*.toml", len(known.documents[k.name])) for k in DOCUMENT_KINDS
    ]
    lines += table(("name", "where", "rows or documents"), counts)
    lines += ["## Flat tables (CSV, one fact a row)", ""]
    for flat in TABLES:
        lines += [flat.document(), ""]
    for kind in DOCUMENT_KINDS:
        lines += [f"## {kind.name.capitalize()} (TOML documents)", "", kind.doc, ""]
        for section in kind.tables():
            lines += [section.document(), ""]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def table_pages() -> dict[str, str]:
    """A page for each table that is printed whole."""
    known = facts.load()
    made = {}
    for flat in TABLES:
        if flat.name not in _ELSEWHERE:
            lines = heading(flat.name.replace("_", " ").capitalize(), flat.doc)
            made[f"{flat.name}.md"] = "\n".join([*lines, *_rows(flat, known.rows(flat.name))])
    return made


def document_pages() -> dict[str, str]:
    """A page for each kind of document: every document with its header and its sections."""
    known = facts.load()
    made = {}
    for kind in DOCUMENT_KINDS:
        lines = heading(kind.name.capitalize(), kind.doc)
        for name in sorted(known.documents[kind.name]):
            lines += _document(kind, known.documents[kind.name][name])
        made[f"{kind.name}.md"] = "\n".join(lines)
    return made


def _document(kind: DocumentKind, document: Document) -> list[str]:
    header = document.header
    title = header.get("name", document.id)
    lines = [f"## {title} (`{document.id}`)", ""]
    for column in kind.header.columns:
        value = header.get(column.name)
        if column.name not in ("id", "name", *_PROVENANCE) and value is not None:
            lines.append(f"- **{column.doc}** (`{column.name}`): {cell(value)}")
    lines += [f"- **Source**: {source(header)}", ""]
    for section in kind.sections:
        rows = document.rows(section.name)
        if rows:
            lines += [f"**{section.name}** - {section.doc}", "", *_rows(section, rows, below=header)]
    return lines


def source(row: Row) -> str:
    """Where a row was read, and how far it was checked."""
    said = f"[`{row['ref']}`](references.md), {cell(row.get('locator', ''))}; status {row['status']}"
    if row.get("as_printed"):
        said += f"; as printed: “{cell(row['as_printed'])}”"
    if row.get("note"):
        said += f"; {cell(row['note'])}"
    return said


def _rows(shape: Table, rows: tuple[Row, ...], below: Row | None = None) -> list[str]:
    """Rows as a table of the columns that any of them fills; provenance equal to the header's is left out."""
    if not rows:
        return ["No rows yet.", ""]
    columns = []
    for column in shape.columns:
        values = [row.get(column.name) for row in rows]
        same = below is not None and column.name in _PROVENANCE and set(values) <= {below.get(column.name), None}
        if any(value is not None for value in values) and not same:
            columns.append(column.name)
    return table(columns, [[row.get(name) for name in columns] for row in rows])
