"""What a tile says of one treatment session, in the order in which it matters at arm's length.

A board may hang where other patients see it: of what holds somebody up it names blood pressure and sedation only;
everything else is counted, and read on the flow-sheet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.clinic.board.day import Card
from holdfast.decision import Reason, Weight
from holdfast.treatment_sessions.chairside import OF_PRESSURE, Chairside, together
from holdfast.treatment_sessions.entries import Gate
from holdfast.treatment_sessions.states import State

LATE, DUE, GOOD, PLAIN = "late", "due", "good", ""
SINCE, UNTIL, AT = "since", "until", "at"
_ALERTS = {
    "pause-infusion": "Blood pressure above the limit: pause the infusion",
    "sedation-emergency": "Sedation: emergency, call for help",
    "stay-at-chairside": "Sedation: stay at the chairside",
}
STATES = {
    State.PLANNED: "Expected", State.ARRIVED: "Before the dose", State.CLEARED: "Cleared for the dose",
    State.DOSING: "Dose running", State.PAUSED: "Paused", State.ABORTED: "Observation",
    State.OBSERVING: "Observation", State.READY: "Observation", State.DISCHARGED: "Left",
    State.CANCELLED: "Cancelled",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One thing a tile says. `at` is counted `since`, `until`, or shown as a time of day (`at`)."""

    tone: str
    text: str
    at: dt.datetime | None = None
    counted: str = ""


@dataclass(frozen=True)
class Headline:
    """The state in words, and what the big minutes count."""

    state: str
    at: dt.datetime | None
    what: str


def headline(card: Card) -> Headline:
    """State and minutes in: since the dose began, before that since arrival, in a pause since the pause."""
    found, word = card.stands, STATES[card.state]
    if found is None:
        return Headline(word, None, "")
    if found.may_leave:
        word = "May leave"
    if found.paused_at is not None:
        return Headline(word, found.paused_at, "paused")
    if card.in_room:
        return Headline(word, found.dosed_at or found.arrived_at, "in" if found.dosed_at else "here")
    return Headline(word, None, "")


def level(card: Card) -> str:
    """What the tile asks for: the strongest tone of its lines."""
    tones = {line.tone for line in lines_of(card)}
    return next((tone for tone in (LATE, DUE, GOOD) if tone in tones), PLAIN)


def lines_of(card: Card) -> tuple[Line, ...]:
    """Everything the tile says below its headline."""
    return tuple(_lines(card)) if card.in_room else ()


def _lines(card: Card) -> Iterator[Line]:
    if card.alert_since is not None:
        yield Line(LATE, "An alert waits", card.alert_since, SINCE)
    if card.shares_chair:
        yield Line(LATE, "Two people in this chair")
    found = card.stands
    if found is None:
        yield Line(LATE, "Times on the flow-sheet are out of order: open it")
        return
    yield from _asked(found)
    overdue = together(found.overdue)
    if overdue is not None:
        yield Line(LATE, f"Overdue: {overdue.what}", overdue.at, SINCE)
    yield from _held(found)
    due = together(found.due)
    if due is not None and not (overdue and set(due.names) <= set(overdue.names)):
        yield Line(DUE, f"Now: {due.what}", due.at, AT)
    if found.next is not None:
        yield Line(PLAIN, f"Next: {found.next.what}", found.next.at, UNTIL)
    ends = found.observed_until
    if ends is not None and found.next is not None and found.next.at is not None and found.next.at < ends:
        yield Line(PLAIN, "Observation ends", ends, UNTIL)
    yield from _leaving(found)
    if card.other_day is not None:
        yield Line(DUE, f"Planned for {card.other_day:%d %b}, not closed")


def _asked(found: Chairside) -> Iterator[Line]:
    """What the newest measurements ask for."""
    for reason in found.alerts:
        text = _ALERTS.get(reason.code)
        if text:
            unsigned = reason.weight is Weight.INACTIVE
            yield Line(DUE if unsigned else LATE, f"{text} (rule not signed)" if unsigned else text)


def _held(found: Chairside) -> Iterator[Line]:
    if found.gate is Gate.DOSE:
        pressure = [r for r in found.holds if r.code in OF_PRESSURE]
        others = len(found.holds) - len(pressure)
        if pressure:
            yield Line(LATE, "Dose held: blood pressure above the limit")
        if others:
            yield Line(DUE, f"Dose held by {_counted(others, 'other finding' if pressure else 'finding')}")
        missing = sum(1 for r in found.against if r.missing)
        if missing:
            yield Line(PLAIN, f"Before the dose: {_counted(missing, 'answer')} missing")
    if found.gate is Gate.RESUME:
        yield Line(*_pause(found.against))


def _pause(against: tuple[Reason, ...]) -> tuple[str, str]:
    codes = {reason.code for reason in against}
    if "bp-missing" in codes:
        return DUE, "Infusion paused: measure blood pressure"
    if codes & OF_PRESSURE:
        return LATE, "Infusion paused: blood pressure not below the limit yet"
    return (DUE, "Infusion paused") if against else (DUE, "Infusion paused: may go on")


def _leaving(found: Chairside) -> Iterator[Line]:
    if found.gate is not Gate.DISCHARGE:
        return
    if found.may_leave:
        yield Line(GOOD, "Nothing stands against leaving")
    elif not any(r.code == "observation-short" for r in found.against):
        yield Line(DUE, f"Observation over: {_counted(len(found.against), 'thing')} before leaving")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
