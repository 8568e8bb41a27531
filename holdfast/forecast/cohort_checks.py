"""Forecasts of a cohort against simulated people of the same design, whose later rating is known.

A simulated person is one of the population with days, order of infusions and misfit of their own, rated as in a clinic.
They are then forecast as anybody of the design, by nominal days. If all is right, places in the forecasts are uniform.
"""

from __future__ import annotations

import random as plain_random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from holdfast.forecast.cohort import VIRTUAL, Made, forecasts
from holdfast.forecast.cohort_people import Cohort, Design, Participant, dated
from holdfast.forecast.forecast import case_of
from holdfast.forecast.virtual_people import simulated_ratings, virtual_people
from holdfast.units import H_PER_D

Values = NDArray[np.float64]


def simulated_cohort(
    design: Design, count: int, *, day: float, used: Sequence[float], seed: int
) -> tuple[Cohort, dict[str, int]]:
    """People of the first group of a design, rated on the days `used`, and what each was rated on `day`."""
    group = next(iter(design.groups))
    spreads: dict[bool, Values] = {}
    people, later = [], {}
    for number in range(count):
        chance, random = plain_random.Random(f"{seed} {number}"), np.random.default_rng([seed, number])
        first = Participant(f"simulated-{number + 1}", group, None, tuple((at, 30) for at in used), number % 2 == 1)
        at = dated(first, Cohort((), day, tuple(used), design.scale, design.leg, design), chance)
        case = case_of(at.patient)
        days = [*(one.day - at.patient.start_day for one in at.patient.ratings), at.day - at.patient.start_day]
        if bool(first.placebo_first) not in spreads:
            hours = [one * H_PER_D for one in days]
            spreads[bool(first.placebo_first)] = virtual_people(case, hours, VIRTUAL, random).changes_sd
        totals = simulated_ratings(case, days, spreads[bool(first.placebo_first)], random)
        people.append(replace(first, rated=tuple(zip(used, totals, strict=False))))
        later[first.id] = totals[-1]
    return Cohort(tuple(people), day, tuple(used), design.scale, design.leg, design), later


def judged(cohort: Cohort, later: dict[str, int], *, seed: int, passes: int = 1) -> dict[str, tuple[Values, Values]]:
    """By method: the chances it gave, (people, totals), and what came, (people,)."""
    made: dict[str, list[Made]] = {}
    for of_person in forecasts(cohort, seed=seed, passes=passes):
        for one in of_person:
            if one.chances is not None:
                made.setdefault(one.method, []).append(one)
    return {
        name: (np.concatenate([one.chances for one in every if one.chances is not None]),
               np.array([later[one.id] for one in every], dtype=float))
        for name, every in made.items()
    }  # fmt: skip
