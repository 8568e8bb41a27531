"""The parts of a protocol, typed. Each names the fact it was read from and how far that fact is checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A stretch of the course with its frequency. Weeks count from 1 at the first treatment session."""

    key: str
    indication: str
    phase: str
    first_week: int | None
    last_week: int | None
    sessions_per_week: float
    interval_d: tuple[int, ...]
    usual_interval_d: int
    min_interval_d: int
    window_before_d: int
    window_after_d: int
    max_sessions: int | None
    rule: str | None
    fact_id: str
    status: str


@dataclass(frozen=True)
class Dose:
    """Doses that may be given, usual one first, in `unit` (mg or mg/kg)."""

    key: str
    indication: str
    phases: tuple[str, ...]
    day_1: bool | None
    jurisdictions: tuple[str, ...]
    age_min_y: float | None
    age_max_y: float | None
    amounts: tuple[float, ...]
    unit: str
    rule: str | None
    fact_id: str
    status: str

    @property
    def needs_age(self) -> bool:
        """Does it hold for some ages only?"""
        return self.age_min_y is not None or self.age_max_y is not None

    def holds_at(self, age_y: float) -> bool:
        """Ages in completed years: `age_max_y = 64` covers everyone until the 65th birthday."""
        whole = int(age_y)
        return (self.age_min_y is None or whole >= self.age_min_y) and (
            self.age_max_y is None or whole <= self.age_max_y
        )


@dataclass(frozen=True)
class Administration:
    """How a dose is given. None where the protocol says nothing."""

    duration_min: float | None = None
    device_mg: float | None = None
    device_rest_min: float | None = None
    per_kg_low: float | None = None
    per_kg_high: float | None = None
    per_kg_max: float | None = None
    dose_max_mg: float | None = None
    duration_low_min: float | None = None
    duration_high_min: float | None = None
    hold_min: float | None = None
    status: str = "assumed"


@dataclass(frozen=True)
class Observation:
    """How long the patient is watched; the clock runs from `clock_from` (first-device, dose-start, dose-end)."""

    clock_from: str
    min_min: float
    rule: str | None
    fact_id: str
    status: str


@dataclass(frozen=True)
class Check:
    """Measurements due `at_min` minutes after `anchor`, then every `repeat_min` until observation ends."""

    key: str
    measures: tuple[str, ...]
    anchor: str
    at_min: float
    tolerance_min: float
    repeat_min: float | None
    rule: str | None
    fact_id: str
    status: str


@dataclass(frozen=True)
class Review:
    """A point at which benefit is judged: after so many treatment sessions, or at the end of a week."""

    key: str
    after_sessions: int | None
    after_weeks: int | None
    repeat_weeks: int | None
    purpose: str
    rule: str | None
    fact_id: str
    status: str


@dataclass(frozen=True)
class Maintenance:
    """Numbers of the interval policies."""

    hold_sessions: int
    stop_after_sessions: int
    rule: str | None
    fact_id: str
    status: str


@dataclass(frozen=True)
class DriveFree:
    """How long not to drive: `next-day-after-sleep`, `hours` or `later-of-both`; hours from the end of the dose."""

    kind: str
    hours: float | None
    rule: str | None
    fact_id: str
    status: str
