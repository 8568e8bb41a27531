"""The controlled-drug ledger: what a movement does to the stock, and what may not be entered.

The ledger belongs to the safety of the whole programme: it spans lots, days and every patient, so its rules are here
and not with the treatment session, of which it names the one a dose was given in. Every rule takes plain values.

Stock is what lies in the safe. Drawing takes from it; what was drawn is given, wasted, or returned sealed:
drawn = given + wasted + returned. Until that holds the drawing is open. At the close of day two people count; a
difference stands until a prescriber or the programme lead explains it, and nothing is drawn meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from holdfast.decision import Decision, Reason, Weight, decide
from holdfast.protocols.second_check import AGREES_WITHIN
from holdfast.safety.drug_amounts import Amount, Basis, Strength, plain

RULE = "drug-ledger"  # no care rule of a table speaks of it; the reasons name this module's page in the docs
NONE = Decimal(0)


class Kind(StrEnum):
    """What a movement is."""

    RECEIVED = "received"
    DRAWN = "drawn"
    GIVEN = "given"
    WASTED = "wasted"
    RETURNED = "returned"  # drawn, not opened, put back
    SENT = "sent"  # to the supplier, the pharmacy, or whoever destroys it
    ADJUSTED = "adjusted"  # an explained difference of a count


class Cause(StrEnum):
    """Why something was wasted."""

    REMAINDER = "remainder"  # of a vial or syringe, after the dose
    BROKEN = "broken"
    PRIMED = "primed"  # a device sprayed into the air by mistake
    NOT_GIVEN = "not-given"  # drawn, and the dose was not given
    EXPIRED = "expired"
    LOST = "lost"  # not found; a prescriber or the programme lead enters it


# A second person confirms these: drug leaves the book and no patient's record shows where it went.
WITNESSED = frozenset({Kind.WASTED, Kind.SENT})


def needs_second_person(kind: Kind, *, of_a_treatment_session: bool) -> bool:
    """Is it entered before a second person? A dose too, where no treatment session says who got it."""
    return kind in WITNESSED or (kind is Kind.GIVEN and not of_a_treatment_session)


_ON_STOCK = {Kind.RECEIVED: 1, Kind.RETURNED: 1, Kind.ADJUSTED: 1, Kind.DRAWN: -1, Kind.SENT: -1, Kind.GIVEN: 0}


def stock_change(kind: Kind, quantity: Decimal, *, of_a_drawing: bool) -> Decimal:
    """What the movement adds to the stock of its lot, mL or devices. Waste of what was drawn took its share then."""
    if kind is Kind.WASTED:
        return NONE if of_a_drawing else -quantity
    return _ON_STOCK[kind] * quantity


@dataclass(frozen=True)
class Account:
    """What became of one drawing, in mL or devices."""

    drawn: Decimal
    given: Decimal = NONE
    wasted: Decimal = NONE
    returned: Decimal = NONE

    @property
    def open(self) -> Decimal:
        """What is not accounted for yet."""
        return self.drawn - self.given - self.wasted - self.returned

    @property
    def settled(self) -> bool:
        """Does drawn = given + wasted + returned hold?"""
        return self.open == NONE

    def sentence(self, of: Strength) -> str:
        """`drawn 10 mL = given 0.7 mL + wasted 9.3 mL`, or what remains open."""
        parts = [f"given {of.counted(self.given)}", f"wasted {of.counted(self.wasted)}"]
        parts += [f"returned {of.counted(self.returned)}"] if self.returned else []
        parts += [f"open {of.counted(self.open)}"] if not self.settled else []
        return f"drawn {of.counted(self.drawn)} = {' + '.join(parts)}"


@dataclass(frozen=True)
class Difference:
    """A lot of which the count is not what the ledger says, in mL or devices."""

    lot: str
    expected: Decimal
    counted: Decimal

    @property
    def by(self) -> Decimal:
        """Counted minus expected: below 0 where some is missing."""
        return self.counted - self.expected


def receipt(*, expires_on: dt.date, on: dt.date) -> Decision:
    """May a lot be taken in? The day of expiry is its last good day."""
    return decide(_expired(expires_on, on))


def drawing(
    *,
    of: Strength,
    quantity: Decimal,
    balance: Decimal,
    expires_on: dt.date,
    on: dt.date,
    unclosed: dt.date | None,
    difference_stands: bool,
    open_day: dt.date | None = None,
    why_late: str = "",
) -> Decision:
    """May so much be drawn on that day? `unclosed` is the earliest day before `on` that was not closed.

    A closed day never changes: what was drawn before `open_day` joins the sheet of that one, and needs `why_late`.
    A day that nobody closed stops the next one as a difference does: once more is drawn, a difference found later
    belongs to neither day.
    """
    found = [*_expired(expires_on, on), *_covered(of, quantity, balance)]
    if unclosed is not None and unclosed < on:
        found.append(_stop("day-not-closed", f"{_spoken(unclosed)} was not closed; count and close it, then draw"))
    if open_day is not None and on < open_day and not why_late:
        text = f"The sheet of {_spoken(on)} is closed; say why it comes only now, and it joins {_spoken(open_day)}"
        found.append(_stop("late-without-a-reason", text))
    if difference_stands:
        text = "The last count differs from the ledger and is not explained; nothing is drawn until it is"
        found.append(_stop("difference-unexplained", text))
    return decide(found)


def removal(*, of: Strength, quantity: Decimal, balance: Decimal) -> Decision:
    """May so much leave the stock otherwise? An expired lot may."""
    return decide(_covered(of, quantity, balance))


def accounting(*, of: Strength, account: Account) -> Decision:
    """May a drawing be accounted for like this? `account` holds the new entries already."""
    found = []
    if account.open < NONE:
        over = of.counted(-account.open)
        found.append(_stop("more-than-drawn", f"That is {over} more than was drawn ({of.counted(account.drawn)})"))
    if account.returned % of.container:
        what = "device" if of.vial_ml is None else f"vial of {plain(of.vial_ml)} mL"
        found.append(_stop("not-sealed", f"Only a sealed {what} goes back to the stock; waste what was opened"))
    return decide(found)


def count(*, open_drawings: Sequence[str]) -> Decision:
    """May the day be counted? Not while something drawn is not accounted for."""
    return decide(_stop("drawing-open", f"Not accounted for yet: {name}") for name in open_drawings)


def differences(lines: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those lots of a count that differ. A count in which none does closes the day."""
    return tuple(line for line in lines if line.by)


def explanation(*, entered_by_same_person: bool, counted_again: bool, moved_since: bool) -> Decision:
    """May this difference be explained now, by this person?"""
    found = []
    if entered_by_same_person:
        found.append(_stop("own-count", "Whoever entered the count does not explain it; another person must"))
    if counted_again:
        found.append(_stop("counted-again", "There is a newer count; look at that one"))
    if moved_since:
        found.append(_stop("moved-since", "Something was entered since this count; count again"))
    return decide(found)


def second_person(*, one: str, other: str) -> Decision:
    """Are these two people? By their ids."""
    if one != other:
        return Decision()
    return decide([_stop("same-person", "The second person is the one who enters it; another person must confirm")])


class OfRecord(StrEnum):
    """How the ledger stands to the record of a treatment session."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_IN_LEDGER = "not in the ledger"
    NOT_RECORDED = "dose not recorded"
    NOT_COMPARED = "not compared"  # the label speaks of salt, or two products were given


def against_record(*, recorded_mg: Decimal | None, given: Sequence[Amount]) -> OfRecord:
    """Is the dose on record what the ledger says was given? It states base; a pump's rounding is none."""
    if not given:
        return OfRecord.NOT_IN_LEDGER
    if recorded_mg is None:
        return OfRecord.NOT_RECORDED
    if len(given) > 1 or given[0].basis != Basis.BASE:
        return OfRecord.NOT_COMPARED
    agrees = abs(given[0].mg - recorded_mg) <= Decimal(str(AGREES_WITHIN))
    return OfRecord.AGREES if agrees else OfRecord.DIFFERS


def _expired(expires_on: dt.date, on: dt.date) -> list[Reason]:
    if on <= expires_on:
        return []
    return [_stop("expired", f"The lot expired on {_spoken(expires_on)}; waste it or send it away")]


def _covered(of: Strength, quantity: Decimal, balance: Decimal) -> list[Reason]:
    if quantity <= balance:
        return []
    text = f"The ledger holds {of.counted(balance)} of this lot, {of.counted(quantity - balance)} less than that"
    return [_stop("not-in-stock", text)]


def _spoken(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _stop(code: str, text: str) -> Reason:
    return Reason(code, text + ".", RULE, Weight.HARD_STOP)
