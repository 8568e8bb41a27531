"""A rating scale as a value, read from its document under facts/scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from holdfast.facts import Document, Row, load
from holdfast.facts.scale_names import scale_document


@dataclass(frozen=True)
class Item:
    """One scored item. `text` and option texts are None where the owner does not let us show them."""

    number: int
    key: str
    text: str | None
    low: int
    high: int
    not_scored: tuple[int, ...]
    options: tuple[tuple[int, str], ...]

    @property
    def name(self) -> str:
        """`item 3 (Trouble ...)`, or `item 3` where there is no text."""
        return f"item {self.number} ({self.text})" if self.text else f"item {self.number}"


@dataclass(frozen=True)
class Band:
    """What totals from `low` to `high`, both included, are called."""

    label: str
    low: float
    high: float
    status: str


@dataclass(frozen=True)
class Scale:
    """One scale. `scoring`: sum, qids (sum of each domain's highest), triage, level, or total-only."""

    id: str
    name: str
    title: str
    aliases: tuple[str, ...]
    rated_by: str
    scoring: str
    item_count: int
    total_min: int | None
    total_max: int | None
    higher_is: str
    ships_text: bool
    licence: str
    certified_rater: bool
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    document: Document

    def rows(self, section: str) -> tuple[Row, ...]:
        """Rows of a section of its document: cut, subscale, domain, item_flag, syndrome, anchor_set, unscored_item."""
        return self.document.rows(section)

    def header(self, column: str) -> Any:
        """A cell of the document's header, such as notice, question, lookback or note; None where empty."""
        return self.document.header.get(column)

    @property
    def scored_by_items(self) -> bool:
        """Can a list of answers be scored here, or only a total be entered?"""
        return self.scoring in ("sum", "qids", "level")


@cache
def scales() -> Mapping[str, Scale]:
    """Every scale by id, in alphabetical order."""
    documents = load().documents["scales"]
    return MappingProxyType({name: _scale(documents[name]) for name in sorted(documents)})


def scale(name: str | Scale) -> Scale:
    """The scale of that id or alias (`phq-9`, `PHQ9`, `HAMD-17`). Raises `UnknownNameError` naming those there are."""
    if isinstance(name, Scale):
        return name
    return scales()[scale_document(name).id]


def _scale(document: Document) -> Scale:
    row = document.header
    return Scale(
        id=document.id,
        name=row["name"],
        title=row["title"],
        aliases=row.get("aliases", ()),
        rated_by=row["rated_by"],
        scoring=row["scoring"],
        item_count=row["items"],
        total_min=row.get("total_min"),
        total_max=row.get("total_max"),
        higher_is=row["higher_is"],
        ships_text=row["ships_text"],
        licence=row["licence"],
        certified_rater=row.get("certified_rater", False),
        items=_items(document),
        bands=tuple(Band(r["label"], r["low"], r["high"], r["status"]) for r in document.rows("band")),
        document=document,
    )


def _items(document: Document) -> tuple[Item, ...]:
    shared = tuple((row["value"], row["text"]) for row in document.rows("option"))
    return tuple(
        Item(
            number=number,
            key=row["key"],
            text=row.get("text"),
            low=row["min"],
            high=row["max"],
            not_scored=row.get("not_scored", ()),
            options=tuple(enumerate(row["options"], start=row["min"])) if row.get("options") else shared,
        )
        for number, row in enumerate(document.rows("item"), start=1)
    )
