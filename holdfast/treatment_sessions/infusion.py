"""How much of an infusion has run in, and when it will be over, by its pauses and the rates that were entered.

Minutes of the planned rate are counted: a minute at half of it counts half, one of a pause nothing. The planned rate
is the one the pump was started with, else the one the second person read. Where the rate was changed and one of the
numbers is not known, nothing is said; without a change the planned minutes run as the clock does.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.treatment_sessions.clock import minutes_after, minutes_between
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import Entry, Sheet

LEAST_ML_PER_H = 0.1  # the least that a pump shows; no clinical limit
FARTHEST_MIN = 7 * 24 * 60  # an end further ahead is none anybody waits for, and may lie beyond the calendar
WHOLE_WITHIN = 0.05  # of the dose: what minutes written down by hand differ by; no clinical limit


@dataclass(frozen=True)
class RunIn:
    """At a moment: minutes of the planned rate that ran in, and the rate now over the planned one (0 = paused)."""

    at: datetime.datetime
    minutes: float
    pace: float


def planned_min(sheet: Sheet) -> float | None:
    """Minutes the infusion was planned to take, by the dose that was worked out, else by the protocol."""
    dose = sheet.last(Kind.DOSE)
    return (dose.content.duration_min if dose else None) or sheet.protocol.administration.duration_min


def run_in(sheet: Sheet, until: datetime.datetime | None = None) -> RunIn | None:
    """What ran in by `until`, or by the last change of the infusion; None before a start, or where it is not known."""
    moved = sheet.of(Kind.START, Kind.PAUSE, Kind.RESUME, Kind.RATE)
    if not sheet.infused or not moved or moved[0].kind is not Kind.START:
        return None
    planned = _planned_rate(sheet, moved[0])
    pace, at, minutes = 1.0, moved[0].made_at, 0.0
    paused = False
    for entry in moved[1:]:
        if until is not None and minutes_between(entry.made_at, until) < 0:
            break
        minutes, at = minutes + (0 if paused else pace * minutes_between(at, entry.made_at)), entry.made_at
        if entry.kind is Kind.RATE:
            if planned is None or entry.content.rate_ml_per_h is None:
                return None
            pace = entry.content.rate_ml_per_h / planned
        else:
            paused = entry.kind is Kind.PAUSE
    if until is not None:
        minutes, at = minutes + (0 if paused else pace * minutes_between(at, until)), until
    return RunIn(at, minutes, 0.0 if paused else pace)


def ends_at(sheet: Sheet) -> datetime.datetime | None:
    """When the whole dose will have run in, unless the infusion is changed again; None where that is not known."""
    planned, now = planned_min(sheet), run_in(sheet)
    if planned is None or now is None or not now.pace:
        return None
    left_min = (planned - now.minutes) / now.pace
    return minutes_after(now.at, left_min) if left_min <= FARTHEST_MIN else None


def require_rate(entry: Entry) -> None:
    """Raises `InputError` where a change of the rate names no rate, or one that no pump can be set to."""
    rate = entry.content.rate_ml_per_h
    if rate is None or rate < LEAST_ML_PER_H:
        raise InputError(
            f"rate_ml_per_h: give what the pump shows, in mL/h, from {LEAST_ML_PER_H:g}; record a pause where it stands"
        )


def require_whole(stop: Entry, sheet: Sheet) -> None:
    """Raises `InputError` where the whole dose is said to be in, its rate was changed, and the rates say otherwise.

    Whoever reads the milligrams off the pump is believed.
    """
    planned = planned_min(sheet)
    if not stop.content.whole or stop.content.dose_mg is not None or not sheet.of(Kind.RATE) or planned is None:
        return
    read = "give the mg that the pump shows, and say no to the whole dose where it was not"
    found = run_in(sheet, stop.made_at)
    if found is None:
        raise InputError(f"dose_mg: the rate was changed, and not every rate is known; {read}")
    share = found.minutes / planned
    if abs(share - 1) > WHOLE_WITHIN:
        raise InputError(f"dose_mg: by the rates that were entered, {100 * share:.0f} % of the dose ran in; {read}")


def _planned_rate(sheet: Sheet, start: Entry) -> float | None:
    """The rate the pump was started with, mL/h; else the one the second person read."""
    if start.content.rate_ml_per_h is not None:
        return float(start.content.rate_ml_per_h)
    check = sheet.last(Kind.DOSE_CHECK)
    return None if check is None else check.content.rate_ml_per_h
