"""One set of measurements at the chair. What was not measured is None, and never counts as normal."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.facts.plausible import plausible
from holdfast.treatment_sessions.clock import aware, minutes_between


@dataclass(frozen=True)
class Vitals:
    """Measurements taken together at `measured_at`; `entered_at` is later where they were written up late.

    Pressures in mmHg, rates per minute, SpO2 in percent, MOAA/S 0 to 5 with the id of the anchor set it was read
    by (published anchors differ), CADSS or CADSS-6 as a total. Raises `InputError` naming the field for a value
    that cannot be, and for a systolic not above its diastolic.
    """

    measured_at: datetime.datetime
    sbp_mmhg: float | None = None
    dbp_mmhg: float | None = None
    hr_per_min: float | None = None
    rr_per_min: float | None = None
    spo2_percent: float | None = None
    moaas: float | None = None
    moaas_anchor_set: str | None = None
    cadss_total: float | None = None
    entered_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        aware(self.measured_at, "measured_at")
        check_pressure(self.sbp_mmhg, self.dbp_mmhg)
        for field in ("hr_per_min", "rr_per_min", "spo2_percent", "moaas", "cadss_total"):
            plausible(field, getattr(self, field))
        if self.entered_at is not None and self.entered_late_min < 0:
            raise InputError(f"entered_at {aware(self.entered_at, 'entered_at').isoformat()} lies before measured_at")

    @property
    def entered_late_min(self) -> float:
        """Minutes from measuring to writing up; 0 where no time of entry is given."""
        if self.entered_at is None:
            return 0.0
        return minutes_between(self.measured_at, aware(self.entered_at, "entered_at"))

    @property
    def has_pressure(self) -> bool:
        """Both pressures were measured."""
        return self.sbp_mmhg is not None and self.dbp_mmhg is not None

    def has(self, measure: str) -> bool:
        """Was this measured? `measure` is a word of the protocols: bp, hr, spo2, rr, moaas, cadss, consciousness."""
        if measure == "bp":
            return self.has_pressure
        field = {
            "hr": "hr_per_min",
            "rr": "rr_per_min",
            "spo2": "spo2_percent",
            "moaas": "moaas",
            "consciousness": "moaas",
            "cadss": "cadss_total",
        }
        if measure not in field:
            raise InputError(f"measure {measure!r} is not known; known: bp, {', '.join(field)}")
        return getattr(self, field[measure]) is not None


def check_pressure(sbp_mmhg: float | None, dbp_mmhg: float | None) -> None:
    """Refuse pressures in mmHg that cannot be. Raises `InputError` naming the field; None passes as unknown."""
    plausible("sbp_mmhg", sbp_mmhg)
    plausible("dbp_mmhg", dbp_mmhg)
    if sbp_mmhg is not None and dbp_mmhg is not None and sbp_mmhg <= dbp_mmhg:
        raise InputError(
            f"sbp_mmhg is {sbp_mmhg:g}, not above dbp_mmhg {dbp_mmhg:g}; they may be swapped, so enter both again"
        )
