"""Policies and patients as the plain arrays that the compiled loop reads.

The interval policies (fixed, taper, response-triggered) are the clinic's own functions (protocols/intervals.py): each
is asked once for every state there can be, and the loop looks its answers up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.errors import InputError
from holdfast.model.courses.attendance import REALISTIC, behaviour
from holdfast.model.mood.score import most_points
from holdfast.model.population.random_numbers import Purpose
from holdfast.outcomes.definitions import OutcomeDefinition
from holdfast.policies import living
from holdfast.policies.drive import DOSED_H, QUIET_H
from holdfast.policies.induction import Inducted, Treatment, grown
from holdfast.policies.policies import Policy
from holdfast.policies.policy_file import BOOSTER, FORECAST_TRIGGERED, STOP
from holdfast.policies.programme import Programme
from holdfast.protocols.intervals import POLICIES, Course, IntervalState, Step
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
COURSES = (Course.HELD, Course.WORSENING, None)  # their places in the table of intervals
_KINDS = {STOP: living.STOP, BOOSTER: living.BOOSTER, FORECAST_TRIGGERED: living.FORECAST}
_MOST_HELD = 16
_ANY = 1000


@dataclass(frozen=True)
class Coded:
    """Policies as arrays, policies first: what they are, intervals in weeks, and the table of the next interval."""

    whole: Whole
    real: Values
    weeks: Whole
    table: Whole  # (policies, courses, places, held)


def coded(policies: Sequence[Policy], given: Treatment) -> Coded:
    """The policies of a programme."""
    places = max([len(one.intervals) for one in policies] + [1])
    weeks = np.zeros((len(policies), places), dtype=np.int64)
    table = np.zeros((len(policies), len(COURSES), places, _MOST_HELD), dtype=np.int64)
    for number, one in enumerate(policies):
        weeks[number, : len(one.intervals)] = one.intervals
        if one.kind in POLICIES:
            table[number, :, : len(one.intervals)] = _answers(one.kind, one.intervals, one.hold, one.stop_after,
                                                              one.when_raised == STOP)  # fmt: skip
    rows = [_whole(one, given.kind(one.dose)) for one in policies]
    worsening = behaviour("worsening", "points")
    reals = [(one.above, one.chance, worsening if one.worsening is None else one.worsening) for one in policies]
    return Coded(np.array(rows, dtype=np.int64), np.array(reals, dtype=float), weeks, table)


def _whole(of: Policy, dose: int) -> tuple[int, ...]:
    kind = _KINDS.get(of.kind, living.INTERVAL)
    most, window = (_ANY, 1) if of.most is None else (of.most, of.in_weeks)
    return (kind, dose, of.check_in, of.gap, most, window, len(of.intervals))


@lru_cache(maxsize=256)
def _answers(kind: str, intervals: tuple[int, ...], hold: int, stop_after: int, ends: bool) -> Whole:  # noqa: FBT001
    """The place of the next interval in every state: (courses, places, held)."""
    days = tuple(week * DAYS_PER_WEEK for week in intervals)
    made = np.zeros((len(COURSES), len(days), _MOST_HELD), dtype=np.int64)
    for course, how in enumerate(COURSES):
        for place, interval_d in enumerate(days):
            for held in range(_MOST_HELD):
                advice = POLICIES[kind](IntervalState(days, interval_d, how, held, hold, stop_after))
                stops = ends and advice.step is Step.RAISE_STOPPING
                made[course, place, held] = living.ENDS if stops else days.index(advice.interval_d)
    return made


def at_random(given: Treatment) -> Coded:
    """Treatment by lot, of every kind of dose, asked every week: for learning the forecast."""
    rows = [(living.AT_RANDOM, kind, 1, 1, _ANY, 1, 0) for kind in range(len(given.kinds))]
    count = len(rows)
    return Coded(np.array(rows), np.ones((count, 3)), np.zeros((count, 1), dtype=np.int64),
                 np.zeros((count, len(COURSES), 1, _MOST_HELD), dtype=np.int64))  # fmt: skip


def relapse_row(definition: OutcomeDefinition) -> tuple[float, float]:
    """The least total that meets it, and how many weekly ratings in a row confirm it.

    Raises `InputError` for a definition that weekly ratings can never confirm, or one that is no limit on a total.
    """
    met = [definition.met_by(total) for total in range(most_points() + 1)]
    if not any(met) or met != sorted(met):
        raise InputError(f"{definition.name} is no limit from which a total is a relapse; choose one that is")
    apart = max(definition.repeat - 1, math.ceil((definition.repeat_min_d or 0.0) / DAYS_PER_WEEK))
    if definition.repeat > 1 and apart * DAYS_PER_WEEK > (definition.repeat_max_d or math.inf):
        raise InputError(f"{definition.name} asks for ratings closer than a week; people are rated weekly here")
    return float(met.index(True)), float(apart + 1 if definition.repeat > 1 else 1)


@dataclass(frozen=True)
class Ready:
    """Patients as the compiled loop reads them; `driven` of each kind of dose."""

    inducted: Inducted
    person: tuple[Any, ...]
    start: tuple[Any, ...]
    luck: Values
    shares: Values
    on: Values
    bound: Values

    def __len__(self) -> int:
        return len(self.inducted.crowd)


def ready(of: Inducted, programme: Programme, given: Treatment) -> Ready:
    """Everything about the patients that policies share: weeks of chance, of care, of the outside rating."""
    weeks, persons, crowd = programme.weeks, of.of, of.crowd
    judged_d = crowd.place % DAYS_PER_WEEK + 1
    ups, errors = _ups_and_errors(of, judged_d, weeks)
    hours = (given.begins + DAYS_PER_WEEK * np.arange(weeks + 1)) * H_PER_D
    care = np.stack([
        np.stack([grown(persons, hour), grown(persons, hour + judged_d * H_PER_D)], axis=1) for hour in hours
    ], axis=1)  # fmt: skip
    before = given.of_days[-1]
    driven = [of.driven.weeks(kind, before) for kind in range(len(given.kinds))]
    person = (persons.rates, persons.base, persons.removes, persons.expects, persons.fades, care, ups, errors)
    start = (
        of.levels, of.expected, of.rated, of.baseline, of.review, of.well, judged_d * H_PER_D,
        crowd.uniform("by lot"), np.array(relapse_row(programme.definitions["relapse"])),
    )  # fmt: skip
    return Ready(of, person, start, _luck(of, weeks), _shares(programme),
                 np.stack([on for on, _ in driven]), np.stack([bound for _, bound in driven]))  # fmt: skip


def _ups_and_errors(of: Inducted, judged_d: Whole, weeks: int) -> tuple[Values, Values]:
    """Of the rating that begins each week and of the outside one, (patients, weeks + 1, 2)."""
    crowd, count = of.crowd, len(of.crowd)
    ups, errors = np.empty((count, weeks + 1, 2)), np.empty((count, weeks + 1, 2))
    up, gaps = of.up, (judged_d * H_PER_D, (DAYS_PER_WEEK - judged_d) * H_PER_D)
    for week in range(weeks + 1):
        for place, name in enumerate(("check-in", "outside")):
            ups[:, week, place] = up
            errors[:, week, place] = of.of.error * crowd.normal(f"rating {name}", week, Purpose.RATING)
            kept = np.exp(-of.of.back * gaps[place])
            fresh = of.of.fluctuation * crowd.normal(f"up after {name}", week, Purpose.FLUCTUATION)
            up = kept * up + np.sqrt(1.0 - kept**2) * fresh
    return ups, errors


def _luck(of: Inducted, weeks: int) -> Values:
    """Uniform numbers of each week: check-in, treatment session, leaving, treatment by lot; (patients, weeks, 4)."""
    names = ("check-in", "treatment session", "leaving", "lot")
    drawn = [[of.crowd.uniform(name, week, Purpose.ATTENDANCE) for name in names] for week in range(weeks)]
    return np.ascontiguousarray(np.moveaxis(np.array(drawn), 2, 0))


def _shares(programme: Programme) -> Values:
    """Shares of check-ins and treatment sessions missed, and chances in a week of leaving."""
    names = ("check_in_missed", "treatment_session_missed", "dropout_responding", "dropout_not_responding")
    realistic = programme.header["attendance"] == REALISTIC
    return np.array([behaviour(name, "fraction") if realistic else 0.0 for name in names])


@dataclass(frozen=True)
class Watched:
    """What a forecast was asked and what then came without treatment, (patients, weeks, ...); label -1: not asked."""

    described: Values
    labels: Whole
    chances: Values


def lived(of: Coded, who: Ready, weights: Values) -> Whole:
    """Outcomes of all policies for all patients, (policies, patients, outcomes). `weights` (policies, features)."""
    out = np.zeros((len(of.whole), len(who), living.OUTCOMES), dtype=np.int64)
    nothing = (np.zeros((0, 0, 0)), np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0)), 0)
    _live(of, who, weights, out, nothing)
    return out


def watched(of: Coded, number: int, who: Ready, weights: Values, ahead: int) -> Watched:
    """One policy lived while every forecast is kept, with the rating `ahead` weeks on had nobody been treated."""
    count, weeks = len(who), who.luck.shape[1]
    kept = Watched(np.zeros((count, weeks, living.FEATURES)), np.full((count, weeks), -1, dtype=np.int64),
                   np.zeros((count, weeks)))  # fmt: skip
    place = slice(number, number + 1)
    one = Coded(of.whole[place], of.real[place], of.weeks[place], of.table[place])
    out = np.zeros((1, count, living.OUTCOMES), dtype=np.int64)
    _live(one, who, weights[None], out, (kept.described, kept.labels, kept.chances, ahead))
    return kept


def _live(of: Coded, who: Ready, weights: Values, out: Whole, record: tuple[Any, ...]) -> None:
    edges = (np.array(DOSED_H), np.array(QUIET_H))
    living.live(of.whole, of.real, of.weeks, of.table, weights, who.person, who.start, who.luck, who.shares, who.on,
                who.bound, edges, out, record)  # fmt: skip
