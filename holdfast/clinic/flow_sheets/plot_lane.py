"""The lane above the readings: the infusion with its pauses, devices, changes of rate, adverse events, the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.printed.axis import Axis
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet


@dataclass(frozen=True)
class Span:
    """A stretch of time."""

    x: float
    width: float


@dataclass(frozen=True)
class Mark:
    """One moment: `kind` chooses its shape; `words` name it with its minute."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True)
class Lane:
    """What was given and what happened, along the axis of minutes."""

    running: tuple[Span, ...]
    pauses: tuple[Span, ...]
    marks: tuple[Mark, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of marks there are, for the legend."""
        return frozenset(mark.kind for mark in self.marks)

    @property
    def summary(self) -> str:
        """Everything on it, in a sentence."""
        parts = [*(["infusion"] if self.running else []), *(mark.words for mark in self.marks)]
        pauses = {0: "", 1: ", one pause"}.get(len(self.pauses), f", {len(self.pauses)} pauses")
        return f"Dose and events{pauses}: {'; '.join(parts) or 'none'}."


def lane_of(sheet: Sheet, axis: Axis) -> Lane:
    """The lane of a sheet whose dose has begun. What still runs, runs to the last entry."""
    stretches = list(_stretches(sheet, axis)) if sheet.infused else []
    running = tuple(_span(low, high, axis) for low, high, paused in stretches if not paused)
    pauses = tuple(_span(low, high, axis) for low, high, paused in stretches if paused)
    return Lane(running, pauses, tuple(_marks(sheet, axis)))


def _stretches(sheet: Sheet, axis: Axis) -> Iterator[tuple[float, float, bool]]:
    """From minute to minute, running or paused."""
    moved = [e for e in sheet.of(Kind.START, Kind.PAUSE, Kind.RESUME, Kind.STOP) if _minute(sheet, e) >= 0]
    last = max(_minute(sheet, e) for e in sheet.entries)
    for entry, after in zip(moved, [*moved[1:], None], strict=True):
        if entry.kind is not Kind.STOP:
            end = last if after is None else _minute(sheet, after)
            yield _minute(sheet, entry), min(end, axis.high), entry.kind is Kind.PAUSE


def _minute(sheet: Sheet, entry: Entry) -> float:
    assert sheet.dosed_at is not None
    return minutes_between(sheet.dosed_at, entry.made_at)


def _span(low: float, high: float, axis: Axis) -> Span:
    return Span(axis.at(low), round(max(axis.at(high) - axis.at(low), 1.0), 1))


def _marks(sheet: Sheet, axis: Axis) -> Iterator[Mark]:
    for number, entry in enumerate(sheet.of(Kind.DEVICE), start=1):
        yield _mark(sheet, entry, axis, "device", f"device {number}")
    for entry in sheet.of(Kind.START):
        if not sheet.infused:
            yield _mark(sheet, entry, axis, "device", "dose")
    for entry in sheet.of(Kind.RATE):
        rate = entry.content.rate_ml_per_h
        yield _mark(sheet, entry, axis, "rate", "rate changed" if rate is None else f"rate {rate:g} mL/h")
    for entry in sheet.of(Kind.ADVERSE_EVENT):
        at = entry.content.onset_at or entry.made_at
        minute = minutes_between(sheet.dosed_at, at) if sheet.dosed_at else 0.0
        yield Mark(axis.at(minute), "event", f"adverse event at {round(minute)} min: {entry.content.term}")
    for entry in sheet.of(Kind.DISCHARGE):
        yield _mark(sheet, entry, axis, "left", "left")


def _mark(sheet: Sheet, entry: Entry, axis: Axis, kind: str, words: str) -> Mark:
    minute = _minute(sheet, entry)
    return Mark(axis.at(minute), kind, f"{words} at {round(minute)} min")
