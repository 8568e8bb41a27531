"""When each check of a protocol falls, from the clock of one treatment session."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.protocols.protocol import Check, Protocol
from holdfast.treatment_sessions.clock import aware, minutes_after, minutes_between, past


@dataclass(frozen=True)
class Clock:
    """The times of one treatment session. `dosed_at` is the first device or the start of the infusion, never the last.

    None = it has not happened yet. `discharged_at` ends the checks. Raises `InputError` for a time without zone, one
    after `now`, and times out of order.
    """

    now: datetime.datetime
    dosed_at: datetime.datetime | None = None
    dose_ended_at: datetime.datetime | None = None
    discharged_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        aware(self.now, "now")
        earlier: tuple[str, datetime.datetime] | None = None
        for field in ("dosed_at", "dose_ended_at", "discharged_at"):
            moment = past(getattr(self, field), field, self.now)
            if moment is None:
                continue
            if field == "dose_ended_at" and self.dosed_at is None:
                raise InputError("dose_ended_at is given, but dosed_at is not; record when the dose was started")
            if earlier and minutes_between(earlier[1], moment) < 0:
                raise InputError(f"{field} {moment.isoformat()} lies before {earlier[0]}; correct the times")
            earlier = (field, moment)

    @property
    def last(self) -> datetime.datetime:
        """Until when checks can fall due: the discharge, or now."""
        return self.discharged_at or self.now


def observation_start(protocol: Protocol, clock: Clock) -> datetime.datetime | None:
    """When the protocol's observation clock started; None while it has not. Never before the dose has ended."""
    return clock.dose_ended_at if protocol.observation.clock_from == "dose-end" else clock.dosed_at


def observation_end(protocol: Protocol, clock: Clock) -> datetime.datetime | None:
    """The earliest instant at which the protocol's own observation is over; None while its clock has not started."""
    start = observation_start(protocol, clock)
    return None if start is None else minutes_after(start, protocol.observation.min_min)


def first_due(check: Check, protocol: Protocol, clock: Clock) -> datetime.datetime | None:
    """When the check is due for the first time; None while the event it counts from has not happened."""
    anchors = {
        "before-dose": clock.dosed_at or clock.now,
        "dose-start": clock.dosed_at,
        "dose-middle": _middle(protocol, clock),
        "dose-end": clock.dose_ended_at,
        "discharge": observation_end(protocol, clock),
    }
    anchor = anchors[check.anchor]
    return None if anchor is None else minutes_after(anchor, check.at_min)


def _middle(protocol: Protocol, clock: Clock) -> datetime.datetime | None:
    """Half way through the dose as it was given, or as it is planned while it runs."""
    if clock.dosed_at is None:
        return None
    if clock.dose_ended_at is not None:
        return minutes_after(clock.dosed_at, minutes_between(clock.dosed_at, clock.dose_ended_at) / 2)
    planned_min = protocol.administration.duration_min
    return None if planned_min is None else minutes_after(clock.dosed_at, planned_min / 2)


def occurrences(check: Check, protocol: Protocol, clock: Clock) -> Iterator[datetime.datetime | None]:
    """Every time the check falls due, until observation ends or, where the patient stays longer, until now."""
    due = first_due(check, protocol, clock)
    yield due
    if due is None or not check.repeat_min:
        return
    until = clock.last
    end = observation_end(protocol, clock)
    if clock.discharged_at is None and end is not None and minutes_between(until, end) > 0:
        until = end
    while minutes_between(due := minutes_after(due, check.repeat_min), until) >= 0:
        yield due
