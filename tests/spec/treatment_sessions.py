"""What the treatment-session specs share: a time of day, and the rules of the two protocols."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Protocol, protocol, protocol_rules
from holdfast.treatment_sessions.vitals import Vitals

DAY = datetime.datetime(2026, 3, 10, tzinfo=ZoneInfo("America/New_York"))
ESKETAMINE = protocol("esketamine-nasal")
IV = protocol("iv-racemic")


def at(text: str | None, day: datetime.datetime = DAY) -> datetime.datetime | None:
    """`10:05` on the day of the example; None for an empty cell."""
    if text is None:
        return None
    hours, minutes = text.split(":")
    return day.replace(hour=int(hours), minute=int(minutes))


def after(start: datetime.datetime, minutes: float) -> datetime.datetime:
    """So many minutes later."""
    return start + datetime.timedelta(minutes=minutes)


def rules_of(named: Protocol, jurisdiction: str, signed: str | None = None, bp_gate: str = "stop") -> RuleSet:
    """The rules under a protocol."""
    return protocol_rules(
        named,
        jurisdiction=jurisdiction,
        indication="trd",
        signed=(signed,) if signed else (),
        choices={"bp_gate": bp_gate},
    )


def pressure(text: str | None) -> tuple[int | None, int | None]:
    """`140/90` as two numbers; `140/` lacks the diastolic; empty lacks both."""
    if text is None:
        return None, None
    sbp, dbp = text.split("/")
    return (int(sbp) if sbp else None), (int(dbp) if dbp else None)


def vitals(moment: datetime.datetime, text: str | None = None, **more: object) -> Vitals:
    """Vitals with a pressure such as 140/90."""
    sbp, dbp = pressure(text)
    return Vitals(moment, sbp, dbp, **more)  # type: ignore[arg-type]
