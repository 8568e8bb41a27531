"""One treatment session as its entries tell it: the questions of the rules answered from what was written down.

A `Sheet` is values only. Whatever is asked of it is asked as of a moment: entries made later are not there yet, so an
entry that arrives late is judged as it was when it was made.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from holdfast.protocols.protocol import Protocol
from holdfast.treatment_sessions.clock import minutes_between
from holdfast.treatment_sessions.discharge import Departure
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.predose import PreDose
from holdfast.treatment_sessions.rems_site import Site
from holdfast.treatment_sessions.timing import Clock
from holdfast.treatment_sessions.vitals import Vitals

LATE_AFTER_MIN = 5  # from making to arriving: what a page calls late, and no clinical limit


@dataclass(frozen=True)
class Entry:
    """One entry that stands (not corrected since). `by` names the person; `physician` = who may override."""

    key: str
    kind: Kind
    content: Any
    made_at: datetime.datetime
    received_at: datetime.datetime
    by: str
    physician: bool

    @property
    def late_min(self) -> float:
        """Minutes from making to arriving where that is late; 0 otherwise."""
        return late_min(self.made_at, self.received_at)

    @cached_property
    def vitals(self) -> Vitals:
        """Of an observation, its measurements: every rule asks for them again, and they are checked once."""
        measured: Vitals = self.content.vitals(self.made_at, self.received_at)
        return measured


def late_min(made_at: datetime.datetime, received_at: datetime.datetime) -> float:
    """Minutes from making to arriving, 0 up to `LATE_AFTER_MIN`."""
    waited = minutes_between(made_at, received_at)
    return waited if waited > LATE_AFTER_MIN else 0.0


@dataclass(frozen=True)
class Sheet:
    """The entries of one treatment session under its protocol, in the order they were made."""

    protocol: Protocol
    entries: tuple[Entry, ...]

    def until(self, moment: datetime.datetime) -> Sheet:
        """As it was at the moment."""
        return Sheet(self.protocol, tuple(e for e in self.entries if minutes_between(e.made_at, moment) >= 0))

    def of(self, *kinds: Kind) -> tuple[Entry, ...]:
        """The entries of these kinds."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)

    def last(self, *kinds: Kind) -> Entry | None:
        """The newest entry of these kinds."""
        found = self.of(*kinds)
        return found[-1] if found else None

    @property
    def in_devices(self) -> bool:
        """Is the dose given in devices?"""
        return self.protocol.administration.device_mg is not None

    @property
    def infused(self) -> bool:
        """Does the dose take time, so that it can be paused and stopped?"""
        return not self.in_devices and self.protocol.administration.duration_min is not None

    @property
    def devices_planned(self) -> int | None:
        """Devices of the dose to be given; None where the dose is not known or not in devices."""
        dose, device_mg = self.last(Kind.DOSE), self.protocol.administration.device_mg
        if device_mg is None or dose is None or dose.content.dose_mg is None:
            return None
        return round(dose.content.dose_mg / device_mg)

    @property
    def dosed_at(self) -> datetime.datetime | None:
        """The first device or the start of the infusion, never the last device."""
        begun = self.of(Kind.START, Kind.DEVICE)
        return begun[0].made_at if begun else None

    @property
    def dose_ended_at(self) -> datetime.datetime | None:
        """The end of the infusion, the last device, or the one moment of a dose that takes no time."""
        if (stopped := self.last(Kind.STOP)) is not None:
            return stopped.made_at
        if self.in_devices:
            given = self.of(Kind.DEVICE)
            whole = self.devices_planned is not None and len(given) >= self.devices_planned
            return given[-1].made_at if given and whole else None
        return None if self.infused else self.dosed_at

    @property
    def discharged_at(self) -> datetime.datetime | None:
        """When the patient left."""
        left = self.last(Kind.DISCHARGE)
        return left.made_at if left else None

    @property
    def infusion(self) -> str:
        """`running`, `paused` or `over`, as `vital_alerts` asks; over also where none has begun."""
        if not self.infused or self.dosed_at is None or self.dose_ended_at is not None:
            return "over"
        moved = self.last(Kind.START, Kind.PAUSE, Kind.RESUME)
        return "paused" if moved and moved.kind is Kind.PAUSE else "running"

    def clock(self, now: datetime.datetime) -> Clock:
        """The times so far. Raises `InputError` where they are out of order."""
        return Clock(now, self.dosed_at, self.dose_ended_at, self.discharged_at)

    def observations(self) -> tuple[Vitals, ...]:
        """Every set of measurements, each with the time it was written up."""
        return tuple(e.vitals for e in self.of(Kind.OBSERVATION))

    def split(self) -> tuple[tuple[Vitals, ...], tuple[Vitals, ...]]:
        """Measurements before the dose, and since."""
        begun = self.dosed_at
        before = [v for v in self.observations() if begun is None or minutes_between(v.measured_at, begun) >= 0]
        since = [v for v in self.observations() if begun is not None and minutes_between(begun, v.measured_at) >= 0]
        return tuple(before), tuple(since)

    def baseline(self) -> Vitals | None:
        """The last measurements before the dose, each value the last that was taken."""
        return _latest(self.split()[0])

    def pre_dose(self) -> PreDose:
        """What is known before the dose. What nobody wrote down is None."""
        consent, history, level = self.last(Kind.CONSENT), self.last(Kind.HISTORY), self.last(Kind.CSSRS)
        mental, escort, site = self.last(Kind.MENTAL_STATE), self.last(Kind.ESCORT), self.last(Kind.SITE)
        dose, pressure = self.last(Kind.DOSE), _last_pressure(self.split()[0])
        return PreDose(
            consent_reconfirmed=_of(consent, "reconfirmed"),
            cssrs_level=_of(level, "level"),
            suicidality_evaluated=_since(mental, level, "suicidality_evaluated"),
            mental_state_assessed=_of(mental, "assessed"),
            last_food_at=self._latest_time("last_food_at"),
            last_liquids_at=self._latest_time("last_liquids_at"),
            uses_nasal_spray=_of(history, "uses_nasal_spray"),
            last_nasal_spray_at=_of(history, "last_nasal_spray_at"),
            transport_arranged=_of(escort, "transport_arranged"),
            site=site.content if site else Site(),
            conmeds=_of(history, "conmeds"),
            weight_kg=_of(dose, "weight_kg"),
            sbp_mmhg=pressure.sbp_mmhg if pressure else None,
            dbp_mmhg=pressure.dbp_mmhg if pressure else None,
            bp_measured_at=pressure.measured_at if pressure else None,
        )

    def departure(self) -> Departure:
        """What is known about the patient who would like to go; only what was seen after the dose counts.

        The last look at the patient counts whole. An escort who comes after it is told by an entry of that alone.
        """
        level, looks = self.last(Kind.CSSRS), [e for e in self.of(Kind.RECOVERY) if self._after_dose(e)]
        first = next((n for n in reversed(range(len(looks))) if looks[n].content.of_the_patient), 0)
        seen = looks[first] if looks else None
        told = [e.content.escort_present for e in looks[first:]]
        assessed = [e for e in self.of(Kind.MENTAL_STATE) if e.physician and self._after_dose(e)]
        found = seen.content if seen else None
        names = (
            "sedation_resolved", "dissociation_resolved", "respiration_normal", "orientated", "steady_gait",
            "clinician_agrees", "aldrete",
        )  # fmt: skip
        return Departure(
            dosed_at=self.dosed_at,
            dose_ended_at=self.dose_ended_at,
            baseline=self.baseline(),
            measured=self.split()[1],
            cssrs_level=_of(level, "level"),
            suicidality_assessed=assessed[-1].content.suicidality_evaluated if assessed else None,
            assessed_at=seen.made_at if seen else None,
            escort_present=next((one for one in reversed(told) if one is not None), None),
            **{name: getattr(found, name, None) for name in names},
        )

    def _after_dose(self, entry: Entry) -> bool:
        ended = self.dose_ended_at
        return ended is not None and minutes_between(ended, entry.made_at) >= 0

    def _latest_time(self, field: str) -> datetime.datetime | None:
        """The latest answer that names the time: food and liquids may be told apart."""
        told = [getattr(e.content, field) for e in self.of(Kind.FASTING)]
        return next((at for at in reversed(told) if at is not None), None)


def sheet(protocol: Protocol, entries: Iterable[Entry]) -> Sheet:
    """The sheet, its entries in the order they were made; of two made at once the one that arrived first."""
    ordered = sorted(entries, key=lambda e: (e.made_at.astimezone(datetime.UTC), e.received_at))
    return Sheet(protocol, tuple(ordered))


def _of(entry: Entry | None, field: str) -> Any:
    return None if entry is None else getattr(entry.content, field)


def _since(entry: Entry | None, other: Entry | None, field: str) -> Any:
    """The field, where the entry was made after the other one: an evaluation answers the C-SSRS before it."""
    if entry is None or (other is not None and minutes_between(other.made_at, entry.made_at) < 0):
        return None
    return getattr(entry.content, field)


def _last_pressure(measured: tuple[Vitals, ...]) -> Vitals | None:
    return next((v for v in reversed(measured) if v.sbp_mmhg is not None or v.dbp_mmhg is not None), None)


def _latest(measured: tuple[Vitals, ...]) -> Vitals | None:
    """One set of the last value of each measure; a pressure stays the pair it was."""
    if not measured:
        return None
    values: dict[str, Any] = {}
    for vitals in measured:
        taken = {n: v for n, v in dataclasses.asdict(vitals).items() if v is not None and n != "entered_at"}
        if not vitals.has_pressure:
            taken = {n: v for n, v in taken.items() if n not in ("sbp_mmhg", "dbp_mmhg")}
        values |= taken
    return Vitals(**values)
