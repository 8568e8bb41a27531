"""Rates of adverse events from counts: by treatment session and by patient-month, with two intervals each.

The exact interval (Garwood) is right where events come independently of each other. They often come together in the
same people; the second interval allows for that: it takes how far counts of courses scatter, as it is, on the log
scale (the sandwich variance of a rate with courses as clusters). Where both differ much, few people had many events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from holdfast.errors import InputError
from holdfast.registry.chosen import chosen
from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import ALL_BANDS, KINDS
from holdfast.statistics.estimate import LEVEL, Estimate, normal_quantile
from holdfast.statistics.intervals import exact_rate, exact_share
from holdfast.units import DAYS_PER_MONTH

PER_SESSIONS = 100  # rates are told per so many treatment sessions


@dataclass(frozen=True)
class Clustered:
    """Sums over courses: how many were exposed, exposure and its square, events, their square, events by exposure."""

    courses: int
    exposure: int
    exposure_squared: int
    events: int
    events_squared: int
    events_by_exposure: int


@dataclass(frozen=True)
class Rate:
    """One rate. `rate` has the exact interval, `clustered` the one that allows for events that come together.

    `share` is courses with the event, of those exposed. `clustered` is None with too few courses that had one.
    """

    events: int
    courses_with: int
    courses: int
    exposure: float
    rate: Estimate
    clustered: Estimate | None
    share: Estimate


def clustered_rate(sums: Clustered, level: float = LEVEL) -> Estimate:
    """Events per unit of exposure with an interval that allows for events that come together in courses.

    Variance of the log rate: n / (n - 1) times the sum over courses of (events - rate x exposure)^2, by events^2.
    Without an event, or of one course, the value alone. Raises `InputError` for sums no courses can have.
    """
    _require_possible(sums)
    if not sums.exposure:
        return Estimate(None, None, None)
    rate = sums.events / sums.exposure
    if not sums.events or sums.courses < 2:
        return Estimate(rate, None, None)
    # In whole numbers, for the differences are small: exposure^2 x sum of (events - rate x exposure)^2.
    scatter = (
        sums.events_squared * sums.exposure**2
        - 2 * sums.events * sums.exposure * sums.events_by_exposure
        + sums.events**2 * sums.exposure_squared
    )
    if scatter < 0:
        raise InputError("sums of events and exposure that contradict each other; count them from the same courses")
    variance = sums.courses / (sums.courses - 1) * (scatter / sums.exposure**2) / sums.events**2
    spread = normal_quantile(level) * math.sqrt(variance)
    return Estimate(rate, rate * math.exp(-spread), rate * math.exp(spread))


def _require_possible(sums: Clustered) -> None:
    if any(value < 0 for value in vars(sums).values()):
        raise InputError("a count below 0 cannot be; count courses, exposure and events from 0")
    if sums.events and not sums.exposure:
        raise InputError(f"{sums.events} events without exposure cannot be; give the exposure in which they came")
    if sums.events_squared < sums.events or sums.exposure_squared * max(sums.courses, 1) < sums.exposure**2:
        raise InputError("sums of squares that no courses can have; count them from the same courses")


def rates_by_session(cells: dict[str, Cells], by: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> list[Row]:
    """Rates per treatment session by `by` (of site, drug, route, band) and kind; bands `all` unless `band` is asked."""
    given, events = cells["given"], cells["in_sessions"]
    if "band" not in by:
        given, events = given.where(band=ALL_BANDS), events.where(band=ALL_BANDS)
    given, events = given.over(*by), events.over(*by, "kind")
    found = []
    for key in given.rows:
        exposed = given.of(*key)
        for kind in kinds:
            of = events.of(*key, kind)
            sums = Clustered(exposed["courses"], exposed["sessions"], exposed["sessions_squared"], of["events"],
                             of["events_squared"], of["events_by_exposure"])  # fmt: skip
            found.append(Row(key, kind, _rate(sums, of["courses"], unit=1 / PER_SESSIONS), of["sessions"]))
    return found


def rates_over_time(cells: dict[str, Cells], by: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> list[Row]:
    """Rates per patient-month from day 0 on, by `by` (of site, drug, route) and kind."""
    started, events = cells["started"].over(*by), cells["over_time"].over(*by, "kind")
    found = []
    for key in started.rows:
        watched = started.of(*key)
        if not watched["watched"]:
            continue
        for kind in kinds:
            of = events.of(*key, kind)
            sums = Clustered(watched["watched"], watched["days"], watched["days_squared"], of["events"],
                             of["events_squared"], of["events_by_exposure"])  # fmt: skip
            found.append(Row(key, kind, _rate(sums, of["courses"], unit=1 / DAYS_PER_MONTH), of["sessions"]))
    return found


@dataclass(frozen=True)
class Row:
    """A rate of one kind in one group; `sessions_with` are treatment sessions with at least one such event."""

    group: tuple[str | int, ...]
    kind: str
    rate: Rate
    sessions_with: int


def _rate(sums: Clustered, courses_with: int, *, unit: float) -> Rate:
    """Per so many: exposure is counted in whole units and told in `unit` of them."""
    exposure = sums.exposure * unit
    clustered = clustered_rate(sums).times(1 / unit) if courses_with >= chosen("clusters_min") else None
    return Rate(
        sums.events, courses_with, sums.courses, exposure, exact_rate(sums.events, exposure), clustered,
        exact_share(courses_with, sums.courses),
    )  # fmt: skip
