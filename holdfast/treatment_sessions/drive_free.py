"""Until when the patient must not drive, in local time, through midnight and changes of daylight saving time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holdfast.errors import InputError
from holdfast.facts import RuleSet
from holdfast.protocols.protocol import Protocol
from holdfast.treatment_sessions.clock import aware, minutes_after, minutes_between
from holdfast.units import convert

SLEEP_RULE = "dis.drive.es"
HOURS_RULE = "dis.drive.iv"


@dataclass(frozen=True)
class DriveFree:
    """No driving or machinery before `not_before`, and not before a night of restful sleep.

    `from_date` is the local day from whose morning on driving may be thought of. No source gives a clock time for
    the morning, so none is invented: `not_before` is the start of that day, or 24 h after the dose where that is
    later. `rules` are the rules behind it; `text` is for patient and escort.
    """

    from_date: datetime.date
    not_before: datetime.datetime
    hours_until: datetime.datetime | None
    zone: str
    rules: tuple[str, ...]
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "from_date": self.from_date.isoformat(),
            "not_before": self.not_before.isoformat(),
            "hours_until": self.hours_until.isoformat() if self.hours_until else None,
            "after_restful_sleep": True,
            "zone": self.zone,
            "rules": list(self.rules),
            "text": self.text,
        }


def drive_free_until(
    *,
    dose_ended_at: datetime.datetime,
    discharged_at: datetime.datetime,
    zone: str,
    protocol: Protocol,
    rules: RuleSet,
) -> DriveFree:
    """From when the patient may think of driving again, local time of `zone` (IANA name, where the patient sleeps).

    The next day after restful sleep is the local day after the discharge: who leaves after midnight still has the
    night before them. Where hours are asked for (IV, IM: at least 24 from the end of the dose, hours that truly pass)
    the stricter holds. Raises `InputError` for a time without zone, a discharge before the end of the dose, and an
    unknown zone. Rules dis.drive.es, dis.drive.iv.
    """
    local = _zone(zone)
    if minutes_between(aware(dose_ended_at, "dose_ended_at"), aware(discharged_at, "discharged_at")) < 0:
        raise InputError("discharged_at lies before dose_ended_at; correct the times")
    next_day = discharged_at.astimezone(local).date() + datetime.timedelta(days=1)
    morning = _exists(datetime.datetime.combine(next_day, datetime.time(), tzinfo=local))
    hours = _hours(protocol, rules)
    hours_until = None
    if hours is not None:
        hours_until = minutes_after(dose_ended_at, convert(hours, "h", "min")).astimezone(local)
    stricter = hours_until is not None and minutes_between(morning, hours_until) > 0
    not_before = hours_until if stricter and hours_until else morning
    return DriveFree(
        from_date=not_before.date(),
        not_before=not_before,
        hours_until=hours_until,
        zone=zone,
        rules=_rules(protocol, hours),
        text=_text(not_before, hours_until if stricter else None),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"zone {name!r} is not a time zone; give a name like Europe/Vienna") from None


def _exists(moment: datetime.datetime) -> datetime.datetime:
    """The moment itself, or the first after it where clocks jump over it (some zones change at midnight)."""
    return moment.astimezone(datetime.UTC).astimezone(moment.tzinfo)


def _hours(protocol: Protocol, rules: RuleSet) -> float | None:
    """Most hours that the protocol or a rule in force asks for; None where neither counts hours."""
    asked = [protocol.drive_free.hours]
    if rules.active(HOURS_RULE):
        asked.append(rules.threshold(HOURS_RULE, "hours").in_unit("h"))
    return max((hours for hours in asked if hours is not None), default=None)


def _rules(protocol: Protocol, hours: float | None) -> tuple[str, ...]:
    named = [protocol.drive_free.rule, SLEEP_RULE, HOURS_RULE if hours is not None else None]
    return tuple(dict.fromkeys(rule for rule in named if rule))


def _text(not_before: datetime.datetime, hours_until: datetime.datetime | None) -> str:
    after_sleep = "and only after a night of restful sleep"
    if hours_until is None:
        return f"Do not drive or use machinery before the morning of {_day(not_before)}, {after_sleep}."
    up = minutes_after(not_before, 1) if not_before.second or not_before.microsecond else not_before  # never early
    return f"Do not drive or use machinery before {_day(up)}, {up:%H:%M}, {after_sleep}."


def _day(moment: datetime.datetime) -> str:
    """The day as people say it: this is read by a drowsy patient and an escort."""
    return f"{moment:%A} {moment.day} {moment:%B %Y}"
