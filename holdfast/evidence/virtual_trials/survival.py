"""Times to an event in many replicates at once: relapse, remission; Kaplan-Meier median, and the hazard ratio of Cox.

Events are seen at ratings, so that days are few and many people share them: ties are Breslow's. Who leaves, or is not
followed further, counts until the last rating obtained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from holdfast.evidence.virtual_trials.counting import PERCENT, Contrast, Seen, mean_of
from holdfast.evidence.virtual_trials.judged import meeting
from holdfast.model.mood.relapse import RowsOfRatings
from holdfast.outcomes.definitions import definition
from holdfast.statistics.product_limit import product_limit
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
_STEPS = 12  # of Newton: the likelihood of one parameter is concave
_FARTHEST = 5.0  # of the log of a hazard ratio: beyond it no trial has an estimate
_MARGIN = NormalDist().inv_cdf(0.975)
_WIDEST, _HALVINGS = 30.0, 50
_HALF = 0.5 + 1e-12  # a product of shares that is exactly a half may come out above it
_LEAST = 1e-300  # people at risk to divide by, where nobody is


@dataclass(frozen=True)
class Followed:
    """Days to the event or last rating, whether it was the event, who counts: (replicates, people).

    Nobody who does not count has an event.
    """

    days: Values
    event: Flags
    counted: Flags


@dataclass(frozen=True)
class Clock:
    """Where time starts: at a fixed day, or for those who met a definition at the first rating that shows it."""

    from_d: float = 0.0
    among: str | None = None
    ratings: tuple[int, ...] = ()


def to_relapse(seen: Seen, ratings: Sequence[int], name: str, clock: Clock) -> Followed:
    """Time to relapse by the named definition, looked for at `ratings`."""
    origin, counted = _origin(seen, clock)
    days = np.rint(seen.at_h[list(ratings)] / H_PER_D).astype(np.int64)
    totals = seen.totals[..., [1 + rating for rating in ratings]]
    shape, people = totals.shape[:2], totals.shape[0] * totals.shape[1]
    flat, since = totals.reshape(people, -1), np.where(counted, origin, np.inf).reshape(people)
    table, rows = meeting(name, seen.scale), RowsOfRatings(definition(name), people)
    found = np.full(people, np.nan)
    for place, day in enumerate(days.tolist()):
        total = flat[:, place]
        who = np.flatnonzero(~np.isnan(total) & (day > since))
        confirmed = rows.obtained(who, table[total[who].astype(np.int64)], day)
        found[confirmed] = np.fmin(found[confirmed], day)
    return _followed(found.reshape(shape), totals, days.astype(float), origin, counted)


def to_first(seen: Seen, ratings: Sequence[int], name: str) -> Followed:
    """Time from the first dose to the first rating at which the definition is met."""
    reached = np.stack([seen.met(name, rating) for rating in ratings], axis=-1) == 1.0
    days = seen.at_h[list(ratings)] / H_PER_D
    found = np.where(reached.any(axis=-1), days[np.argmax(reached, axis=-1)], np.nan)
    origin, counted = _origin(seen, Clock())
    return _followed(found, seen.totals[..., [1 + rating for rating in ratings]], days, origin, counted)


def _origin(seen: Seen, clock: Clock) -> tuple[Values, Flags]:
    """Day from which time counts, and who counts."""
    came = ~np.isnan(seen.totals[..., 0])
    if clock.among is None:
        return np.full(came.shape, clock.from_d), came
    reached = np.stack([seen.met(clock.among, rating) for rating in clock.ratings], axis=-1) == 1.0
    days = seen.at_h[list(clock.ratings)] / H_PER_D
    return days[np.argmax(reached, axis=-1)], came & reached.any(axis=-1)


def _followed(found: Values, totals: Values, days: Values, origin: Values, counted: Flags) -> Followed:
    obtained = ~np.isnan(totals)
    last = np.where(obtained.any(axis=-1), days[::-1][np.argmax(obtained[..., ::-1], axis=-1)], -np.inf)
    event = ~np.isnan(found) & counted
    length = np.where(event, found, np.maximum(last, origin)) - origin
    return Followed(np.maximum(length, 0.0), event, counted)


def share_with_event(one: Followed) -> Values:
    """Percent of those who count who had the event while followed, (replicates,)."""
    return PERCENT * mean_of(np.where(one.counted, one.event.astype(float), np.nan))


def median_days(one: Followed) -> Values:
    """Kaplan-Meier median, (replicates,); NaN where half never have the event."""
    days, found = _event_days(one), np.full(len(one.days), np.nan)
    counts = (_at(one, day) for day in days)
    shares = product_limit((np.maximum(at_risk, 1.0), events) for at_risk, events in counts)
    for day, staying in zip(days, shares, strict=True):
        found = np.where(np.isnan(found) & (staying <= _HALF), day, found)
    return found


def hazard_ratio(one: Followed, other: Followed) -> Contrast:
    """Cox: hazard of `one` over that of `other`, with its 95 % interval, (replicates,).

    Without an event in `one` the estimate is 0, and the interval reaches to where twice the log of the likelihood has
    fallen by the square of 1.96; without one in `other` there is no estimate.
    """
    days = np.union1d(_event_days(one), _event_days(other))
    at = [np.stack(part) for part in zip(*((*_at(one, day), *_at(other, day)) for day in days), strict=True)]
    if not at:
        nobody = np.full(len(one.days), np.nan)
        return Contrast(nobody, nobody, nobody)
    risk_1, events_1, risk_0, events_0 = at
    log_ratio, information = np.zeros(risk_1.shape[1]), np.ones(risk_1.shape[1])
    for _ in range(_STEPS):
        weight = risk_1 * np.exp(log_ratio)
        share = weight / np.maximum(weight + risk_0, _LEAST)
        events = events_1 + events_0
        information = (events * share * (1 - share)).sum(axis=0)
        slope = (events_1 - events * share).sum(axis=0)
        step = slope / np.where(information > 0, information, np.inf)
        log_ratio = np.clip(log_ratio + step, -_FARTHEST, _FARTHEST)
    none = events_1.sum(axis=0) == 0
    middle = np.where(none | (events_0.sum(axis=0) == 0), np.nan, log_ratio)
    margin = _MARGIN / np.sqrt(np.where(information > 0, information, np.nan))
    empty = none & (events_0.sum(axis=0) > 0)
    low, high = np.exp(middle - margin), np.exp(middle + margin)
    high = np.where(empty, _highest(risk_1, risk_0, events_0), high)
    return Contrast(np.where(empty, 0.0, np.exp(middle)), np.where(empty, 0.0, low), high)


def _highest(risk_1: Values, risk_0: Values, events_0: Values) -> Values:
    """Upper end of the interval of a hazard ratio whose group has no event, by the likelihood; found by halving."""
    low, high = np.full(risk_1.shape[1], -_WIDEST), np.full(risk_1.shape[1], _FARTHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fallen = 2 * (events_0 * np.log1p(risk_1 * np.exp(middle) / np.maximum(risk_0, 1.0))).sum(axis=0)
        low, high = np.where(fallen < _MARGIN**2, middle, low), np.where(fallen < _MARGIN**2, high, middle)
    return np.asarray(np.exp(high), dtype=float)


def _event_days(one: Followed) -> Values:
    return np.unique(one.days[one.event])


def _at(one: Followed, day: float) -> tuple[Values, Values]:
    """How many are at risk on that day of each replicate, and how many have the event."""
    at_risk = (one.counted & (one.days >= day)).sum(axis=1).astype(float)
    return at_risk, (one.event & (one.days == day)).sum(axis=1).astype(float)
