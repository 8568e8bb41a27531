"""Relapse of many simulated courses at once, by the definitions of `holdfast.outcomes`: the same answer, no second one.

`outcomes.relapse` judges one course from its ratings. Here ratings of many patients come day by day (`RowsOfRatings`,
for a course that is decided while it is lived) or all together (`relapse_day`). The rule of confirmation is the one
written there: at least `repeat` ratings in a row meet the definition, the first and the confirming one far enough
apart and not too far. Tests hold the two together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.outcomes.definitions import OutcomeDefinition

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_WATCHED_D = 62  # days that fit into one number, a bit each


class RowsOfRatings:
    """The row of ratings that meet a definition of relapse, up to the last rating of each of many patients.

    Raises `InputError` for a definition of something else, and for one that joins ratings two months apart and more.
    """

    def __init__(self, definition: OutcomeDefinition, patients: int) -> None:
        if definition.outcome not in ("relapse", "recurrence"):
            raise InputError(f"{definition.name} defines {definition.outcome}, not relapse")
        if definition.repeat_max_d is not None and definition.repeat_max_d >= _WATCHED_D:
            raise InputError(
                f"{definition.name} joins ratings {definition.repeat_max_d:g} d apart; "
                f"give less than {_WATCHED_D} d, or no longest gap"
            )
        self._repeat, self._least_d, self._most_d = definition.repeat, definition.repeat_min_d, definition.repeat_max_d
        low, high = definition.repeat_min_d or 0, definition.repeat_max_d or 0
        self._apart = sum(1 << d for d in range(_WATCHED_D) if low <= d <= high)  # as bits of `_days`
        self._on, self._from, self._length, self._days = np.zeros((4, patients), dtype=np.int64)

    def obtained(self, who: NDArray[np.int_], meets: Flags, day: int) -> NDArray[np.int_]:
        """Patients `who` are rated on `day`, later than before; those of them whom that rating confirms."""
        gap = np.minimum(day - self._on[who], _WATCHED_D)
        before = np.where(gap < _WATCHED_D, self._days[who] << gap, 0) & ((1 << _WATCHED_D) - 1)
        self._days[who] = np.where(meets, before | 1, 0)  # bit i: a rating of the row i days before the last one
        self._from[who] = np.where(self._length[who] > 0, self._from[who], day)
        self._length[who] = np.where(meets, self._length[who] + 1, 0)
        self._on[who] = day
        return who[meets & self._confirmed(who, day)]

    def _confirmed(self, who: NDArray[np.int_], day: int) -> Flags:
        if self._most_d is None:  # nothing is better than the first rating of the row
            apart_enough = day - self._from[who] >= (self._least_d or 0)
            return np.asarray(apart_enough & (self._length[who] >= self._repeat))
        begins = self._days[who]  # ratings with which a row of enough of them may have begun
        for _ in range(self._repeat - 1):
            begins = begins & (begins - 1)
        return np.asarray(begins & self._apart != 0)


def relapse_day(days: NDArray[np.int_], totals: Values, definition: OutcomeDefinition, since_day: Values) -> Values:
    """Day of the confirming rating, NaN where there is none, shape (patients,).

    `totals` (patients, days) are whole points on the rising whole `days`, NaN where no rating was obtained.
    `since_day` (patients,) is the day of response or remission, NaN for those who had neither: only later ratings
    count. Raises `InputError` where `RowsOfRatings` does, and for days that do not rise.
    """
    rows = RowsOfRatings(definition, len(totals))
    if (np.diff(days) <= 0).any():
        raise InputError("the days of the ratings do not rise; give each day once, in order")
    counted = ~np.isnan(totals) & (days[None, :] > since_day[:, None])
    meets = _met(totals, definition)
    found = np.full(len(totals), np.nan)
    for place, day in enumerate(days.tolist()):
        who = np.flatnonzero(counted[:, place])
        confirmed = rows.obtained(who, meets[who, place], day)
        found[confirmed] = np.fmin(found[confirmed], day)
    return found


def relapses_of_even_ratings(meets: Flags, apart_d: int, definition: OutcomeDefinition) -> Flags:
    """Is relapse confirmed at any time, for ratings `apart_d` days apart of which none is missing? (paths,)

    `meets` (ratings, paths): a rating that counts meets the definition. The same answer as `relapse_day`: the shortest
    row that confirms. Raises `InputError` where `RowsOfRatings` does.
    """
    RowsOfRatings(definition, 0)
    apart = max(definition.repeat - 1, math.ceil((definition.repeat_min_d or 0) / apart_d))
    if definition.repeat_max_d is not None and apart * apart_d > definition.repeat_max_d:
        return np.zeros(meets.shape[1], dtype=bool)
    row = meets[: max(len(meets) - apart, 0)]
    for later in range(1, apart + 1):
        row = row & meets[later : later + len(row)]
    return np.asarray(row.any(axis=0))


def _met(totals: Values, definition: OutcomeDefinition) -> Flags:
    """The comparison, asked once of each total there is."""
    distinct, place = np.unique(totals, return_inverse=True)
    met = np.array([not np.isnan(total) and definition.met_by(float(total)) for total in distinct], dtype=bool)
    return met[place].reshape(totals.shape)
