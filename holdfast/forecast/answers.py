"""What a clinician asks, from paths of the patient: chances with their intervals, weeks well, schedules compared.

A chance is the mean over versions of the patient; its interval holds 80 % of them: how far the chance itself is
unknown, since each version has one of its own. Where a version's chance is counted over few paths, the spread that
counting adds is taken out again (`chance_of`). Weeks have the interval of what may come, chance included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.facts.scale_names import scale_document
from holdfast.forecast.futures import REPEATS, Person, even_course, even_courses, rated, total, ups_and_downs
from holdfast.forecast.mood_levels import Event
from holdfast.forecast.patient_file import Patient, Rated
from holdfast.forecast.posterior import Case
from holdfast.model.mood.relapse import relapse_day, relapses_of_even_ratings
from holdfast.model.mood.scale_links import METRIC
from holdfast.model.mood.score import most_points
from holdfast.outcomes.definitions import OutcomeDefinition, chosen_definitions, remission, response
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
BANDS = (50, 80, 95)  # percent of ratings between them
INTERVAL = (0.1, 0.9)  # of every chance and number of weeks
WEEKS = 26


@dataclass(frozen=True)
class Chance:
    """A chance and the 80 % interval it is known to."""

    chance: float
    low: float
    high: float


@dataclass(frozen=True)
class Expected:
    """An expected number and the 80 % interval of what may come."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Judge:
    """What counts as well on the scale that is asked, and as relapse, by named definitions."""

    scale: str
    baseline: int | None
    response: OutcomeDefinition
    remission: OutcomeDefinition | None
    relapse: OutcomeDefinition

    @cached_property
    def responding(self) -> Flags:
        """Is a total a response, by total? Nowhere without a baseline."""
        return np.array([bool(response(self.baseline, one, self.response, scale=self.scale)) for one in self._totals()])

    @cached_property
    def well(self) -> Flags:
        """Response or remission, by total."""
        remitting = [
            self.remission is not None and bool(remission(one, self.remission, scale=self.scale))
            for one in self._totals()
        ]
        return self.responding | np.array(remitting)

    @cached_property
    def relapsing(self) -> Flags:
        """Does a total of MADRS meet the definition of relapse, by total?"""
        return np.array([self.relapse.met_by(one) for one in range(most_points() + 1)])

    def _totals(self) -> range:
        return range(int(scale_document(self.scale).header["total_max"]) + 1)

    def as_dict(self) -> dict[str, Any]:
        """Names of the definitions, and how far they are checked."""
        chosen = {"response": self.response, "remission": self.remission, "relapse": self.relapse}
        return {name: None if one is None else {"name": one.name, "definition": one.text, "status": one.status}
                for name, one in chosen.items()}  # fmt: skip


def judge(patient: Patient) -> Judge:
    """The definitions for this patient: of response and remission on the scale asked, of relapse on MADRS."""
    own = {one.outcome: one for one in chosen_definitions(patient.scale)}
    start = patient.baseline(patient.scale)
    relapse = next(one for one in chosen_definitions(METRIC) if one.outcome == "relapse")
    return Judge(
        patient.scale, None if start is None else start.total, own["response"], own.get("remission"), relapse
    )  # fmt: skip


def chance_of(happens: Flags) -> Chance:
    """From what happens on each path, (repeats, draws)."""
    of_each, count = happens.mean(axis=0), len(happens)
    mean = float(of_each.mean())
    low, high = interval_without(float((of_each * (1.0 - of_each)).mean()) / max(count - 1, 1), of_each)
    return Chance(mean, float(np.clip(low, 0.0, mean)), float(np.clip(high, mean, 1.0)))


def interval_without(noise: float, of_each: Values) -> tuple[float, float]:
    """The 80 % interval of these numbers, drawn in to their mean until the variance `noise` is taken out of theirs.

    `noise` is the mean variance that counting gives each number; where it explains all, the interval is the mean.
    """
    mean, spread = float(of_each.mean()), float(of_each.var())
    kept = np.sqrt(max(spread - noise, 0.0) / spread) if spread > 0 else 0.0
    low, high = np.quantile(mean + kept * (of_each - mean), INTERVAL).tolist()
    return low, high


def expected_of(numbers: Values) -> Expected:
    """From a number on each path."""
    low, high = np.quantile(numbers, INTERVAL)
    return Expected(float(numbers.mean()), float(low), float(high))


@dataclass(frozen=True)
class Asked:
    """Everything an answer rests on."""

    patient: Patient
    case: Case
    person: Person
    judge: Judge
    seed: int

    def hour(self, day: float) -> float:
        """Hours from the first treatment session."""
        return (day - self.patient.start_day) * H_PER_D

    def random(self, number: int) -> np.random.Generator:
        """Random numbers of a purpose, the same for every plan."""
        return np.random.default_rng([self.seed, number])

    def doses(self, days: Sequence[float], kind: int) -> list[Event]:
        """Treatment sessions of a plan."""
        return [(self.hour(day), kind) for day in days]

    @property
    def since_first_dose(self) -> list[Rated]:
        """Ratings obtained since then on the scale that is asked."""
        start, scale = self.patient.start_day, self.judge.scale
        return [one for one in self.patient.obtained if one.scale == scale and one.day > start]

    @property
    def has_been_well(self) -> bool:
        """Was any rating since the first dose a response or remission?"""
        totals = [one.total for one in self.since_first_dose if one.total is not None]
        return bool(self.judge.well[totals].any()) if totals else False


def relapsed_on(asked: Asked) -> float | None:
    """Day on which the patient's own ratings confirmed a relapse since they were last well; None: they did not.

    By ratings of MADRS, on which relapse is defined; of other scales it cannot be told.
    """
    rated = [one for one in asked.since_first_dose if one.total is not None]
    well_on = [one.day for one in rated if asked.judge.well[one.total]]
    if asked.judge.scale != METRIC or not well_on:
        return None
    later = {int(one.day): float(one.total or 0) for one in rated if one.day > well_on[-1]}
    if not later:
        return None
    totals = np.array([list(later.values())])
    (found,) = relapse_day(np.array(list(later)), totals, asked.judge.relapse, np.array([float(int(well_on[-1]))]))
    return None if np.isnan(found) else float(found)


def ratings_on(asked: Asked, days: Sequence[float], even: Values, repeats: int = REPEATS) -> NDArray[np.int64]:
    """Totals on the scale asked for on these days, (days, repeats, draws)."""
    random = asked.random(1)
    hours = np.repeat([[asked.hour(day)] for day in days], repeats, axis=1)
    moves = ups_and_downs(asked.person, hours, random)
    return rated(asked.person, asked.judge.scale, asked.case.observed.scales, even, moves, random)


def curve(days: Sequence[float], totals: NDArray[np.int64]) -> dict[str, Any]:
    """Median and bands of ratings by day; `totals` (days, repeats, draws). Ends are totals that can be rated."""
    flat = totals.reshape(len(totals), -1)
    sizes = int(flat.max()) + 1
    place = flat + sizes * np.arange(len(flat))[:, None]
    below = np.bincount(place.ravel(), minlength=sizes * len(flat)).reshape(len(flat), sizes).cumsum(axis=1)

    def at(percent: float) -> Values:
        """The smallest total that so many of the ratings do not exceed."""
        return np.asarray((100 * below >= percent * flat.shape[1]).argmax(axis=1), dtype=float)

    bands = {str(band): np.stack([at(50.0 - band / 2), at(50.0 + band / 2)], axis=1).tolist() for band in BANDS}
    return {"days": [float(day) for day in days], "median": at(50.0).tolist(), "bands": bands}


def counted(totals: NDArray[np.int64]) -> dict[str, Any]:
    """The same ratings whole: by day, how many fell on each total from the lowest on; `totals` as of `curve`."""
    flat = totals.reshape(len(totals), -1)
    first = flat.min(axis=1)
    counts = [np.bincount(of_day - low).tolist() for of_day, low in zip(flat, first, strict=True)]
    return {"from": first.tolist(), "counts": counts}


def weekly(asked: Asked, weeks: int = WEEKS) -> list[float]:
    """Days of weekly ratings after today."""
    return [asked.patient.today + DAYS_PER_WEEK * week for week in range(1, weeks + 1)]


def outcomes_of_plans(asked: Asked, plans: Sequence[Sequence[Event]], weeks: int) -> list[dict[str, Any]]:
    """Weeks well and the chance of relapse under the doses of each plan, each path rated weekly on its own weekday.

    So no plan gains by rating just after, or loses by rating just before its treatment sessions. Ups and downs and
    errors of rating are the same under every plan.
    """
    days = [asked.patient.today + day for day in range(1, DAYS_PER_WEEK * weeks + 1)]
    hours = np.array([asked.hour(day) for day in days])
    random = asked.random(1)
    moves = ups_and_downs(asked.person, hours.reshape(weeks, DAYS_PER_WEEK), random)
    errors = [random.standard_normal(moves.shape) for _ in range(2)]
    under = even_courses(asked.case, asked.person, [(doses, hours.tolist()) for doses in plans])
    return [judged_paths(asked, one.reshape(moves.shape) + moves, errors) for one in under]


def judged_paths(asked: Asked, points: Values, errors: Sequence[Values]) -> dict[str, Any]:
    """The same from scores with their ups and downs, in points of MADRS, and errors in SDs, of a rating on the scale
    asked and of one of MADRS; all of shape (weeks, repeats, draws).
    """
    scale, kept = asked.judge.scale, np.clip(points, 0.0, most_points())
    totals = total(asked.person, scale, asked.case.observed.scales, kept, errors[0])
    well = asked.judge.well[totals]
    madrs = totals if scale == METRIC else total(asked.person, METRIC, (), kept, errors[1])
    return {
        "weeks_well": asdict(expected_of(well.sum(axis=0).astype(float))),
        "relapse": asdict(chance_of(_relapses(asked, well, asked.judge.relapsing[madrs]))),
    }


def _relapses(asked: Asked, well: Flags, meets: Flags) -> Flags:
    """Paths on which the criterion is met by a confirmed rating after a response or remission, (repeats, draws)."""
    weeks, repeats, draws = well.shape
    if not asked.has_been_well:
        meets[1:] &= np.logical_or.accumulate(well[:-1], axis=0)
        meets[0] = False
    found = relapses_of_even_ratings(meets.reshape(weeks, -1), DAYS_PER_WEEK, asked.judge.relapse)
    return found.reshape(repeats, draws)


def chance_at(asked: Asked, day: float, doses: Sequence[Event], meets: Flags) -> Chance:
    """Chance that a rating on that day is one of the totals of `meets`."""
    even = even_course(asked.case, asked.person, doses, [asked.hour(day)])
    return chance_of(meets[ratings_on(asked, [day], even, 4 * REPEATS)[0]])


def chance_ever(asked: Asked, days: Sequence[float], doses: Sequence[Event], meets: Flags) -> Chance:
    """Chance that any rating on these days is one of the totals of `meets`."""
    even = even_course(asked.case, asked.person, doses, [asked.hour(day) for day in days])
    return chance_of(np.asarray(meets[ratings_on(asked, days, even, 2 * REPEATS)].any(axis=0), dtype=bool))


def lasted(asked: Asked) -> Mapping[str, Any] | None:
    """The unbroken row of responding ratings that the last rating ends, or None where it is none."""
    well, row = asked.judge.well, []
    for one in reversed(asked.since_first_dose):
        if one.total is None or not well[one.total]:
            break
        row.append(one.day)
    if not row:
        return None
    return {"since_day": row[-1], "until_day": row[0], "days": row[0] - row[-1], "ratings": len(row)}


def lasts(asked: Asked, share_left: float, horizon_d: float) -> Mapping[str, Any]:
    """How long benefit would last without a further treatment session, by the course on even days.

    `share_left` is the share of the baseline above which there is no response. A number of None is beyond the horizon.
    """
    days = np.arange(0.0, horizon_d + 1.0)
    hours = [asked.hour(asked.patient.today + day) for day in days.tolist()]
    even = even_course(asked.case, asked.person, [], hours) / np.maximum(asked.person.base, 1e-9)
    now = even[0] <= share_left
    lost = even > share_left
    until = np.where(lost.any(axis=0), days[lost.argmax(axis=0)], np.inf)[now]
    ends: list[float | None] = [None, None, None]
    if len(until):
        found = np.quantile(until, [INTERVAL[0], 0.5, INTERVAL[1]], method="nearest")
        ends = [None if np.isinf(one) else float(one) for one in found]
    return {
        "in_benefit_now": float(now.mean()), "median_d": ends[1], "low_d": ends[0], "high_d": ends[2],
        "horizon_d": horizon_d, "by": "the score without its ups and downs, and without any further treatment session",
    }  # fmt: skip
