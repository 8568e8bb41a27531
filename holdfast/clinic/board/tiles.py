"""A board drawn once for every screen that shows it: a tile for each chair and each patient, as HTML."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from holdfast.clinic.board.day import Board, Card
from holdfast.clinic.board.lines import Headline, Line, headline, level, lines_of

SECTIONS = {
    "chairs": "Chairs and rooms", "without_chair": "Here, without a chair", "expected": "Expected today",
    "left": "Left today",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What a screen shows: a programme; how people are, or only when they come and go; with links to seat them."""

    programme_pk: int
    clinical: bool
    seats: bool


@dataclass(frozen=True)
class Told:
    """What a tile tells of one treatment session: the same until something happens, for minutes are counted later."""

    session_id: UUID
    patient_id: UUID
    number: int
    shown: str
    drug: str
    route: str
    in_room: bool
    left_at: dt.datetime | None
    devices: str
    headline: Headline
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Tile:
    """A chair with who is in it (nobody: it is free), or somebody without one."""

    section: str
    key: str
    chair: str
    level: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Drawn:
    """A board as HTML. `tiles` are by key with the digest of what they tell; the same digest tells the same."""

    at: dt.datetime
    version: str
    summary: str
    sections: dict[str, list[str]]
    tiles: dict[str, tuple[str, str]]

    @property
    def digests(self) -> dict[str, str]:
        """Key and digest of each tile."""
        return {key: digest for key, (digest, _) in self.tiles.items()}

    @property
    def filled(self) -> list[tuple[str, str, list[str]]]:
        """Each section by its word and title, with the HTML of its tiles."""
        return [(name, SECTIONS[name], [self.tiles[key][1] for key in keys]) for name, keys in self.sections.items()]


@dataclass(frozen=True)
class Summary:
    """What the board says in a line."""

    overdue: int
    held: int
    paused: int
    alerts: int
    may_leave: int
    here: int
    expected: int
    left: int


def drawn(board: Board, look: Look, before: Drawn | None = None) -> Drawn:
    """Every tile of the board. Those that tell the same as `before` are not drawn again."""
    if not look.clinical:
        board = without_clinical(board)
    tiles: dict[str, tuple[str, str]] = {}
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    zone = board.programme.time_zone
    with timezone.override(zone):
        for tile in tiles_of(board):
            digest = _digest(tile, look, zone)
            known = before.tiles.get(tile.key) if before else None
            tiles[tile.key] = known if known and known[0] == digest else (digest, _html(tile, digest, look, board.at))
            sections[tile.section].append(tile.key)
        summary = render_to_string("board/summary.html", {"told": summary_of(board), "clinical": look.clinical})
    version = _digest(sections, summary, [digest for digest, _ in tiles.values()])
    return Drawn(board.at, version, summary, sections, tiles)


def tiles_of(board: Board) -> Iterator[Tile]:
    """Chairs in their order, then everybody else."""
    for place in board.places:
        levels = [level(card) for card in place.cards]
        strongest = next((tone for tone in ("late", "due", "good") if tone in levels), "")
        yield Tile("chairs", f"chair-{place.chair_id}", place.name, strongest, tuple(map(_told, place.cards)))
    for section, cards in (
        ("without_chair", board.without_chair), ("expected", board.expected), ("left", board.left)
    ):  # fmt: skip
        for card in cards:
            chair = card.chair if section == "expected" else ""
            yield Tile(section, f"session-{card.session_id}", chair, level(card), (_told(card),))


def without_clinical(board: Board) -> Board:
    """The same board for whoever sees when people come and go, and nothing of how they are."""

    def plain(cards: tuple[Card, ...]) -> tuple[Card, ...]:
        return tuple(replace(card, stands=_times_only(card), alert_since=None) for card in cards)

    return replace(
        board,
        places=tuple(replace(place, cards=plain(place.cards)) for place in board.places),
        without_chair=plain(board.without_chair),
        expected=plain(board.expected),
        left=plain(board.left),
        alerts=0,
    )


def summary_of(board: Board) -> Summary:
    """The line above the tiles."""
    stands = [card.stands for card in board.here if card.stands is not None]
    return Summary(
        overdue=sum(1 for found in stands if found.overdue),
        held=sum(1 for found in stands if found.held_by_pressure),
        paused=sum(1 for found in stands if found.paused_at is not None),
        alerts=board.alerts,
        may_leave=sum(1 for found in stands if found.may_leave),
        here=len(board.here),
        expected=len(board.expected),
        left=len(board.left),
    )


def _times_only(card: Card) -> Any:
    if card.stands is None:
        return None
    return replace(
        card.stands, overdue=(), due=(), next=None, gate=None, against=(), alerts=(), devices_given=0,
        devices_planned=None,
    )  # fmt: skip


def _told(card: Card) -> Told:
    found = card.stands
    devices = f"{found.devices_given} of {found.devices_planned} devices" if found and found.devices_planned else ""
    return Told(
        session_id=card.session_id, patient_id=card.patient_id, number=card.number, shown=card.shown, drug=card.drug,
        route=card.route, in_room=card.in_room, left_at=found.left_at if found else None,
        devices=devices if found and found.dosed_at and card.in_room else "", headline=headline(card),
        lines=lines_of(card),
    )  # fmt: skip


def _html(tile: Tile, digest: str, look: Look, now: dt.datetime) -> str:
    return render_to_string("board/tile.html", {"tile": tile, "digest": digest, "look": look, "now": now})


def _digest(*parts: Any) -> str:
    """The same values have the same digest, also after a restart of the server."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
