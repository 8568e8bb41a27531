"""What the clinic knows of each patient from ratings: never the true score, and nothing where no rating was obtained.

Response, remission and relapse are judged by named definitions (holdfast/outcomes), for many patients at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.model.mood.relapse import RowsOfRatings
from holdfast.model.mood.score import SCALE, most_points
from holdfast.outcomes.definitions import OutcomeDefinition, definition, remission, response

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
RESPONSE, REMISSION, RELAPSE = "response_50", "madrs_le10", "relapse_sustain1"  # definitions, unless others are named
UNRATED = -1  # a total that was never obtained


@dataclass(frozen=True)
class Definitions:
    """The outcome definitions by which a course is judged, one for each outcome."""

    response: OutcomeDefinition
    remission: OutcomeDefinition
    relapse: OutcomeDefinition

    def __post_init__(self) -> None:
        for outcome in ("response", "remission", "relapse"):
            chosen: OutcomeDefinition = getattr(self, outcome)
            if chosen.outcome != outcome:
                raise InputError(f"{chosen.name} defines {chosen.outcome}, not {outcome}; name another for {outcome}")
            if not chosen.speaks_of(SCALE):
                raise InputError(f"{chosen.name} is defined on {chosen.scale}; courses are rated on {SCALE}")

    def names(self) -> Mapping[str, str]:
        """Their names by outcome."""
        return {outcome: getattr(self, outcome).name for outcome in ("response", "remission", "relapse")}


@cache
def definitions(response: str = RESPONSE, remission: str = REMISSION, relapse: str = RELAPSE) -> Definitions:
    """The definitions of these names. Raises `UnknownNameError`, and `InputError` for one of another outcome."""
    return Definitions(definition(response), definition(remission), definition(relapse))


@cache
def _responding(name: str) -> Flags:
    """Whether a total is a response, [baseline, total]: `holdfast.outcomes.response` asked once for every pair."""
    one, points = definition(name), range(most_points() + 1)
    return np.array([[bool(response(start, total, one, scale=SCALE)) for total in points] for start in points])


@cache
def _remitting(name: str) -> Flags:
    one = definition(name)
    return np.array([bool(remission(total, one, scale=SCALE)) for total in range(most_points() + 1)])


@cache
def _returning(name: str) -> Flags:
    one = definition(name)
    return np.array([one.met_by(total) for total in range(most_points() + 1)])


class Ratings:
    """What was obtained so far, arrays of shape (patients,). `total` is that of the last rating."""

    def __init__(self, baseline: Whole, chosen: Definitions) -> None:
        n = len(baseline)
        self.baseline, self.total, self.rated_on = baseline, baseline.copy(), np.zeros(n, dtype=np.int64)
        self.response, self.remission, self.relapsed = (np.zeros(n, dtype=bool) for _ in range(3))
        self.first_good_on = np.full(n, -1, dtype=np.int64)  # day of the first response or remission
        self.relapsed_on = np.full(n, -1, dtype=np.int64)
        self._chosen, self._rows = chosen, RowsOfRatings(chosen.relapse, n)

    def before_the_first_dose(self, who: NDArray[np.int_], total: Whole, day: int) -> None:
        """Patients `who` were rated on `day` and wait for their first dose: the last such rating is the baseline."""
        self.baseline[who] = self.total[who] = total
        self.rated_on[who] = day

    def obtained(self, who: NDArray[np.int_], total: Whole, day: int) -> None:
        """Patients `who` were rated on `day`, after the first dose."""
        chosen = self._chosen
        self.total[who], self.rated_on[who] = total, day
        self.response[who] = _responding(chosen.response.name)[self.baseline[who], total]
        self.remission[who] = _remitting(chosen.remission.name)[total]
        back = _returning(chosen.relapse.name)[total] & (self.first_good_on[who] >= 0)
        confirmed = self._rows.obtained(who, back, day)
        self.relapsed_on[confirmed[~self.relapsed[confirmed]]] = day
        self.relapsed[confirmed] = True
        good = who[(self.response[who] | self.remission[who]) & (self.first_good_on[who] < 0)]
        self.first_good_on[good] = day
