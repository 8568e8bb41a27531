"""Induction by the protocol: everybody is treated and rated alike until maintenance may begin.

Maintenance begins a week after the last treatment session of induction, with a rating that is always obtained. Who is
then neither responding nor remitting goes on or not, as the programme says. Induction costs nothing to compare:
it is the same under every policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from holdfast.days import DAYS_PER_WEEK
from holdfast.errors import InputError
from holdfast.forecast.histories import racemate
from holdfast.model.courses.attendance import REALISTIC, behaviour
from holdfast.model.mood.score import most_points
from holdfast.model.pharmacokinetics.dosing import Dose
from holdfast.model.population.random_numbers import Purpose
from holdfast.outcomes.definitions import remission, response
from holdfast.policies.bodies import bank
from holdfast.policies.drive import DOSED_H, Driven
from holdfast.policies.living import panel_of_all, ratings_of_all
from holdfast.policies.policies import Amount
from holdfast.policies.programme import MAINTENANCE, SCALE, Programme
from holdfast.policies.worlds import Crowd, Persons, Variant, persons
from holdfast.protocols.schedule import PlannedSession, schedule
from holdfast.units import H_PER_D, MIN_PER_H

Values = NDArray[np.float64]
Who = NDArray[np.int_]
_START = date(2024, 1, 1)  # any day: differences alone count
_TYPICAL_AGE_Y = 45
_MOST_INDUCTION_WEEKS = 26


@dataclass(frozen=True)
class Treatment:
    """Doses of a programme: kinds, days and kinds of induction, and the day maintenance may begin."""

    kinds: tuple[Dose, ...]
    days: tuple[int, ...]
    of_days: tuple[int, ...]  # kind of each
    amounts: tuple[Amount, ...]  # of each kind

    @property
    def begins(self) -> int:
        """The day of the rating that ends induction, and of the first possible treatment session after it."""
        return self.days[-1] + DAYS_PER_WEEK

    def kind(self, amount: Amount) -> int:
        """Which kind a dose is."""
        return self.amounts.index(amount)

    @property
    def racemate(self) -> float:
        """Where the drug stands between studies of racemate and of esketamine."""
        return racemate([self.kinds[0].drug])


def treatment(of: Programme) -> Treatment:
    """The doses of induction and of every policy. Raises `InputError` where the protocol gives none."""
    header, protocol = of.header, of.protocol
    planned = schedule(protocol, start=_START, indication=header["indication"], jurisdiction="none",
                       age_y=_TYPICAL_AGE_Y, until_week=_MOST_INDUCTION_WEEKS)  # fmt: skip
    before = [one for one in planned if one.phase_kind != MAINTENANCE]
    if not before or len(before) == len(planned):
        raise InputError(f"protocol {protocol.id} has no induction that ends within {_MOST_INDUCTION_WEEKS} weeks")
    given = [_amount(one, header.get("induction_dose")) for one in before]
    amounts = tuple(dict.fromkeys([*given, *(policy.dose for policy in of.policies)]))
    length_h = (protocol.administration.duration_min or 0.0) / MIN_PER_H if protocol.route == "iv" else 0.0
    kinds = tuple(Dose(protocol.drug, protocol.route, 0.0, *_by(one), duration_h=length_h) for one in amounts)
    days = tuple((one.on - _START).days for one in before)
    return Treatment(kinds, days, tuple(amounts.index(one) for one in given), amounts)


def _amount(planned: PlannedSession, asked: float | None) -> Amount:
    """The dose asked for, where the protocol allows it in that session; else its usual one."""
    if planned.usual_dose is None or planned.unit is None:
        raise InputError(f"{planned.phase}: {planned.dose_note}; no dose to simulate")
    return Amount(float(asked if asked in planned.allowed_doses else planned.usual_dose), planned.unit)


def _by(amount: Amount) -> tuple[float | None, float | None]:
    return (amount.amount, None) if amount.unit == "mg" else (None, amount.amount)


@dataclass(frozen=True)
class Inducted:
    """Patients on the day maintenance may begin, arrays (patients, ...)."""

    crowd: Crowd
    of: Persons
    driven: Driven
    levels: Values  # (patients, 4)
    expected: Values  # (patients, 2)
    up: Values  # of mood, on that day
    baseline: Values  # rated
    rated: Values  # weekly ratings in induction, -1: not obtained, (patients, ratings)
    review: Values
    well: Values  # the highest total that is well, -1: none

    @property
    def responds(self) -> NDArray[np.bool_]:
        """Is the rating that ends induction well?"""
        return self.review <= self.well

    def take(self, who: Who) -> Inducted:
        """The same for some of them."""
        of = self.of.take(who)
        driven = Driven(self.driven.bank, of, self.driven.people, self.driven.variant)
        parts = (self.levels, self.expected, self.up, self.baseline, self.rated, self.review, self.well)
        return Inducted(self.crowd.take(who), of, driven, *(part[who] for part in parts))


def inducted(crowd: Crowd, programme: Programme, given: Treatment, variant: Variant) -> Inducted:
    """Everybody's induction."""
    header = programme.header
    people = variant.population(header["posterior"])
    care = {"population": header["population"], "new_antidepressant": header["new_antidepressant"]}
    of = persons(crowd, people, variant, given.racemate, care)
    bodies = bank(header["posterior"], header["population"], given.kinds, crowd.seed)
    driven = Driven(bodies, of, people, variant)
    read_d = [*range(DAYS_PER_WEEK, given.begins, DAYS_PER_WEEK), given.begins]
    levels = _levels(driven, given, read_d)
    ups, errors = _noise(crowd, of, [0, *read_d])
    gone = [of.expects * _expected(of, given, day)[0] + grown(of, day * H_PER_D) for day in read_d]
    totals = [rating_of(of, gone[k], levels[k], ups[k + 1], errors[k + 1]) for k in range(len(read_d))]
    baseline = rating_of(of, np.zeros(len(crowd)), np.zeros((len(crowd), 4)), ups[0], errors[0])
    return Inducted(
        crowd, of, driven, levels[-1], _expected(of, given, given.begins)[1], ups[-1], np.maximum(baseline, 1.0),
        _obtained(crowd, programme, totals[:-1]), totals[-1], _highest_well(programme, baseline),
    )  # fmt: skip


def rating_of(of: Persons, gone: Values, levels: Values, up: Values, error: Values) -> Values:
    """Totals of all, from what is gone without drug, levels (patients, 4), ups and downs and errors."""
    removed = (of.removes * levels[:, :3]).sum(axis=1)
    return np.asarray(ratings_of_all(of.base, gone, removed, up, error))


def grown(of: Persons, at_h: float | Values) -> Values:
    """What has come under care by then: the share of the score it takes, (patients,)."""
    return np.asarray(sum(share * -np.expm1(-rate * at_h) for share, rate in of.grows))


def _expected(of: Persons, given: Treatment, day: int) -> tuple[Values, Values]:
    """Bumps that add up on that day, (patients,), and the two sums behind them, (patients, 2)."""
    since = [(day - one) * H_PER_D for one in given.days if one < day]
    sums = sum((np.exp(-of.fades * hours) for hours in since), start=np.zeros(of.fades.shape))
    return sums[:, 0] - sums[:, 1], sums


def _noise(crowd: Crowd, of: Persons, days: list[int]) -> tuple[list[Values], list[Values]]:
    """Ups and downs, and errors of a clinician's rating, on these days."""
    ups: list[Values] = []
    for number, day in enumerate(days):
        fresh = of.fluctuation * crowd.normal("up in induction", number, Purpose.FLUCTUATION)
        if number:
            kept = np.exp(-of.back * (day - days[number - 1]) * H_PER_D)
            fresh = kept * ups[-1] + np.sqrt(1.0 - kept**2) * fresh
        ups.append(fresh)
    errors = [of.error * crowd.normal("rating in induction", number, Purpose.RATING) for number in range(len(days))]
    return ups, errors


def _levels(driven: Driven, given: Treatment, read_d: list[int]) -> list[Values]:
    """A, X, Z and T on the mornings of these days, before any dose, (patients, 4) each."""
    doses = [(day * H_PER_D, kind) for day, kind in zip(given.days, given.of_days, strict=True)]
    marks = {day * H_PER_D for day in read_d} | {0.0}
    for (hour, _), following in zip(doses, [*given.days[1:], given.begins], strict=True):
        marks |= {hour + edge for edge in DOSED_H if hour + edge <= following * H_PER_D}
    edges = sorted(marks)
    found = driven.panels(edges, doses)
    count = len(driven.of.body)
    state, out, wanted = np.zeros((count, 4)), [], [day * H_PER_D for day in read_d]
    for place, (begin, end) in enumerate(pairwise(edges)):
        panel_of_all(state, end - begin, found.on[:, place], found.occupancy[:, place], driven.of.rates)
        if end in wanted:
            out.append(state.copy())
    return out


def _obtained(crowd: Crowd, programme: Programme, totals: list[Values]) -> Values:
    """Weekly ratings of induction; those that are missed are -1."""
    missed = behaviour("check_in_missed", "fraction") if programme.header["attendance"] == REALISTIC else 0.0
    kept = [
        np.where(crowd.uniform("check-in in induction", number, Purpose.ATTENDANCE) < missed, -1.0, one)
        for number, one in enumerate(totals)
    ]
    return np.stack(kept, axis=1) if kept else np.empty((len(crowd), 0))


def _highest_well(programme: Programme, baseline: Values) -> Values:
    """The highest total that is well for each baseline, -1 where none is."""
    known = {total: _well_up_to(programme, int(total)) for total in np.unique(baseline).tolist()}
    return np.array([known[total] for total in baseline.tolist()], dtype=float)


def _well_up_to(programme: Programme, baseline: int) -> int:
    chosen, well = programme.definitions, programme.header["well"]
    best = -1
    for total in range(most_points() + 1):
        responding = bool(response(baseline, total, chosen["response"], scale=SCALE)) if "response" in well else False
        remitting = bool(remission(total, chosen["remission"], scale=SCALE)) if "remission" in well else False
        if responding or remitting:
            best = total
    return best
