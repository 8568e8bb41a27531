"""Relapse of many simulated courses at once, by the definitions of `holdfast.outcomes`: the same answer, no second one.

`outcomes.relapse` judges one course from its ratings. Here a course is a row of totals on common days; what meets the
definition is asked of the definition itself, and the rule of confirmation is the one written there. Tests hold the two
together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.outcomes.definitions import OutcomeDefinition

Values = NDArray[np.float64]


def relapse_day(days: NDArray[np.int_], totals: Values, definition: OutcomeDefinition, since_day: Values) -> Values:
    """Day of the confirming rating, NaN where there is none, shape (patients,).

    `totals` (patients, days) are whole points on the rising whole `days`, NaN where no rating was obtained.
    `since_day` (patients,) is the day of response or remission, NaN for those who had neither: only later ratings
    count. Raises `InputError` for a definition of something else, or days that do not rise.
    """
    if definition.outcome not in ("relapse", "recurrence"):
        raise InputError(f"{definition.name} defines {definition.outcome}, not relapse")
    if (np.diff(days) <= 0).any():
        raise InputError("the days of the ratings do not rise; give each day once, in order")
    counted = ~np.isnan(totals) & (days[None, :] > since_day[:, None])
    meets = counted & _met(totals, definition)
    broken = np.cumsum(counted & ~meets, axis=1)  # ratings so far that end a row
    met = np.cumsum(meets, axis=1)
    found = np.full(len(totals), np.nan)
    for last in range(len(days)):
        open_yet = np.flatnonzero(np.isnan(found) & meets[:, last])
        for first in _candidates(days, last, definition):
            in_a_row = meets[open_yet, first] & (broken[open_yet, first] == broken[open_yet, last])
            enough = met[open_yet, last] - met[open_yet, first] + 1 >= definition.repeat
            found[open_yet[in_a_row & enough]] = days[last]
    return found


def _met(totals: Values, definition: OutcomeDefinition) -> NDArray[np.bool_]:
    """The comparison, asked once of each total there is."""
    distinct, place = np.unique(totals, return_inverse=True)
    met = np.array([not np.isnan(total) and definition.met_by(float(total)) for total in distinct], dtype=bool)
    return met[place].reshape(totals.shape)


def _candidates(days: NDArray[np.int_], last: int, definition: OutcomeDefinition) -> list[int]:
    """Places of the days on which a row that is confirmed on day `last` may begin."""
    low, high = definition.repeat_min_d or 0, definition.repeat_max_d
    apart = days[last] - days[: last + 1]
    return [int(i) for i in np.flatnonzero((apart >= low) & (apart <= (np.inf if high is None else high)))]
