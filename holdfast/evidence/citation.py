"""Where a study or one of its numbers was read, how far it was checked, and what in Holdfast names the same source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.errors import UnknownNameError
from holdfast.evidence.rows import AdverseEvent, Outcome, Study, Traced
from holdfast.evidence.tables import adverse_events, outcomes, studies
from holdfast.facts import Row, load
from holdfast.facts.evidence_tables import EVIDENCE_TABLES
from holdfast.facts.trial_documents import TRIALS

_OWN = frozenset(table.name for table in EVIDENCE_TABLES) | {"references", TRIALS.name}
_OF_NO_SOURCE = ("recollection", "house")  # kinds of reference that many rows name and that are no publication


@dataclass(frozen=True)
class Use:
    """A fact outside the evidence tables that rests on the source: its table, its id, and the reference it names."""

    table: str
    id: str
    ref: str


@dataclass(frozen=True)
class Citation:
    """A source as it may be printed. `read_in` is the text that was read, where it is not the publication itself."""

    id: str
    study: str
    citation: str
    url: str | None
    identifiers: str
    source_check: str
    read_in: str
    read: str
    locator: str
    status: str
    uses: tuple[Use, ...]


def cite(name: str) -> Citation:
    """The source of a study, or of a row of outcomes or adverse events. Raises `UnknownNameError`."""
    row = _named(name)
    one = row if isinstance(row, Study) else row.study
    published, read_in = (load().by_id[f"references.{ref}"] for ref in (one.cited, row.ref))
    names = {one.cited} if isinstance(row, Study) else {one.cited, row.ref}
    return Citation(
        id=row.id, study=one.id, citation=published["citation"], url=published.get("url"),
        identifiers=one.source, source_check=one.source_check, read_in=read_in["citation"], read=read_in["read"],
        locator=row.locator, status=row.status, uses=tuple(uses(names)),
    )  # fmt: skip


def _named(name: str) -> Study | Outcome | AdverseEvent:
    for rows in (studies(), outcomes(), adverse_events()):
        for row in rows:
            if isinstance(row, Traced) and row.id == name:
                return row
    raise UnknownNameError("study or row", name, [one.id for one in studies()])


def uses(references: Iterable[str]) -> list[Use]:
    """Facts that name one of the references, or rest on a row that does; those of the evidence tables left out."""
    known = load()
    wanted = {ref for ref in references if known.by_id[f"references.{ref}"]["kind"] not in _OF_NO_SOURCE}
    found: list[Use] = []
    for table, rows in known.tables.items():
        if table not in _OWN:
            found += [Use(table, row.id, ref) for row in rows for ref in sorted(wanted & _references(row))]
    for kind, documents in known.documents.items():
        for document in documents.values() if kind not in _OWN else ():
            rows = (document.header, *(row for section in document.sections.values() for row in section))
            found += [Use(kind, row.id, ref) for row in rows for ref in sorted(wanted & _references(row))]
    return found


def _references(row: Row) -> set[str]:
    names = {row.get("ref"), *row.get("further_refs", ())}
    for published in row.get("published", ()):  # a row to compare a model with rests on published numbers
        names.add(load().by_id[published]["ref"])
    return {name for name in names if name is not None}
