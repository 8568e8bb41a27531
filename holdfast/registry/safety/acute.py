"""What a dose did within hours: rises of blood pressure and dissociation, as whole numbers that add up over parts.

A rise is the highest reading after the dose less the one before it; a treatment session without either is not measured
and says nothing. Values are told to whole mmHg, points and minutes; limits are compared with the values as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.registry.common_model import AGE_BANDS, DISSOCIATION_SCALES
from holdfast.registry.safety.cells import By, Cells, Words, counted, joined
from holdfast.registry.safety.counts import group_words, in_window, of_rows
from holdfast.registry.safety.expectations import choice, limits
from holdfast.registry.sets import RegistrySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = {
    "sbp_rise": "mmHg", "dbp_rise": "mmHg", "sbp_peak": "mmHg", "dissociation_peak": "points",
    "dissociation_peak_cadss_6": "points", "sbp_peak_min": "min", "stay_min": "min",
}  # fmt: skip
MEASURES = tuple(UNITS)
AGES = ("under 65", "65 and over", "age not known")
FROM_65 = ("65-74", "75+")
LAST_NUMBER = 9  # treatment sessions from this one on are told together
GROUP = ("drug", "route")
_LIMIT = ("measure", "op", "limit")
KEPT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # by and counted of each table
    "measured": ((*GROUP, "ages", "measure"), ("sessions", "measured", "courses")),
    "values": ((*GROUP, "ages", "measure", "value"), ("sessions",)),
    "beyond": ((*GROUP, "ages", *_LIMIT), ("sessions", "courses", "early_courses", "early_measured")),
    "by_number": ((*GROUP, "number", *_LIMIT), ("measured", "summed", "beyond")),
}


def acute_cells(found: RegistrySet) -> dict[str, Cells]:
    """Tables of counts by name: `measured`, `values`, `beyond`, `by_number`."""
    sessions, course = found.tables["treatment_sessions"], found.tables["treatment_sessions"]["course"]
    own = group_words(found, GROUP)
    with_ages = {**own, ("ages",): Words.of(_ages(found), AGES)}
    group, aged = of_rows(joined(own), course), of_rows(joined(with_ages), course)
    every = {measure: values_of(sessions, measure) for measure in MEASURES}
    return {
        "measured": _together(_measured(found, aged, measure, every[measure]) for measure in MEASURES),
        "values": _together(_values(aged, measure, every[measure]) for measure in MEASURES),
        "beyond": _together(_beyond(found, aged, one, every[one[0]]) for one in limits() if one[0] in every),
        "by_number": _together(_by_number(sessions, group, one, every[one[0]]) for one in limits() if one[0] in every),
    }


def _together(several: Any) -> Cells:
    first, *others = several
    for one in others:
        first += one
    assert isinstance(first, Cells)
    return first


def values_of(sessions: Mapping[str, NDArray[Any]], measure: str) -> NDArray[Any]:
    """One measure of every treatment session; NaN where it was not measured."""
    import numpy as np

    if measure in ("sbp_rise", "dbp_rise"):
        which = measure[:3]
        rise: NDArray[Any] = sessions[f"{which}_peak_mmhg"] - sessions[f"{which}_before_mmhg"]
        return rise
    if measure == "sbp_peak":
        return sessions["sbp_peak_mmhg"]
    if measure in ("dissociation_peak", "dissociation_peak_cadss_6"):
        scale = DISSOCIATION_SCALES.index("cadss" if measure == "dissociation_peak" else "cadss-6")
        return np.where(sessions["dissociation_scale"] == scale, sessions["dissociation_peak"], np.nan)
    return sessions[measure]


def _ages(found: RegistrySet) -> NDArray[Any]:
    """The place in `AGES` of every course."""
    import numpy as np

    band = found.courses["age_band"]
    old = np.isin(band, [AGE_BANDS.index(one) for one in FROM_65])
    unknown = (band < 0) | (band == AGE_BANDS.index("unknown"))
    return np.where(unknown, AGES.index("age not known"), np.where(old, 1, 0))


def _named(cells: Cells, names: tuple[str, ...], *words: str | int) -> Cells:
    """The same with more words in each key."""
    return Cells((*cells.by, *names), cells.counted, {(*k, *words): row for k, row in cells.rows.items()})


def _measured(found: RegistrySet, aged: By, measure: str, values: NDArray[Any]) -> Cells:
    """Treatment sessions, those measured, and courses measured at least once."""
    import numpy as np

    given = ~np.isnan(values)
    first = _first_of_each(found.tables["treatment_sessions"]["course"], given)
    cells = counted(aged, {"sessions": np.ones(len(values), dtype=bool), "measured": given, "courses": first})
    return _named(cells, ("measure",), measure)


def _first_of_each(course: NDArray[Any], which: NDArray[Any]) -> NDArray[Any]:
    """True at one row of every course that has one of `which`; rows are by course."""
    import numpy as np

    found = np.zeros(len(course), dtype=bool)
    rows = np.flatnonzero(which)
    found[rows[np.append(True, course[rows][1:] != course[rows][:-1])[: len(rows)]]] = True
    return found


def _values(aged: By, measure: str, values: NDArray[Any]) -> Cells:
    """How many treatment sessions had each whole value."""
    import numpy as np

    given = ~np.isnan(values)
    whole = np.rint(values[given]).astype(np.int64)
    low, high = (int(whole.min()), int(whole.max())) if len(whole) else (0, 0)
    by = {name: Words(one.codes[given], one.words) for name, one in aged.items()}
    value = Words.of(whole - low, range(low, high + 1))
    cells = counted({**by, ("value",): value}, {"sessions": np.ones(len(whole), dtype=bool)})
    moved = {(*key[:-1], measure, key[-1]): row for key, row in cells.rows.items()}
    return Cells((*cells.by[:-1], "measure", "value"), cells.counted, moved)


def _compared(values: NDArray[Any], op: str, limit: float) -> NDArray[Any]:
    """Which values lie beyond; what was not measured does not."""
    beyond: NDArray[Any] = values > limit if op == ">" else values >= limit
    return beyond


def _beyond(found: RegistrySet, aged: By, limit: tuple[str, str, float], values: NDArray[Any]) -> Cells:
    """Treatment sessions and courses beyond a limit; courses also in the first days, as trials counted them."""
    import numpy as np

    measure, op, number = limit
    sessions, course = found.tables["treatment_sessions"], found.tables["treatment_sessions"]["course"]
    given, over = ~np.isnan(values), _compared(values, op, number)
    window = int(choice("followed_d", "d"))
    early = in_window(found, window)[course] & (sessions["day"] < window)
    cells = counted(aged, {
        "sessions": over, "courses": _first_of_each(course, over),
        "early_courses": _first_of_each(course, over & early), "early_measured": _first_of_each(course, given & early),
    })  # fmt: skip
    return _named(cells, _LIMIT, measure, op, f"{number:g}")


def _by_number(sessions: Mapping[str, NDArray[Any]], group: By, limit: tuple[str, str, float], values: Any) -> Cells:
    """The first, second and later treatment sessions: measured, the sum of whole values, beyond the limit."""
    import numpy as np

    measure, op, number = limit
    given = ~np.isnan(values)
    which = Words.of(np.minimum(sessions["number"], LAST_NUMBER) - 1, range(1, LAST_NUMBER + 1))
    summed = np.where(given, np.rint(np.nan_to_num(values)), 0).astype(np.int64)
    by = {**group, ("number",): which}
    cells = counted(by, {"measured": given, "summed": summed, "beyond": _compared(values, op, number)})
    return _named(cells, _LIMIT, measure, op, f"{number:g}")


@dataclass(frozen=True)
class Distribution:
    """Of whole values: how many, their mean and SD, and the values below which 5 to 95 percent lie."""

    n: int
    mean: float | None = None
    sd: float | None = None
    p5: float | None = None
    p25: float | None = None
    median: float | None = None
    p75: float | None = None
    p95: float | None = None
    highest: int | None = None


def distribution(many: Mapping[int, int]) -> Distribution:
    """Of values with how often each came. A quantile between two values is halfway between them."""
    n = sum(many.values())
    if not n:
        return Distribution(0)
    total = sum(value * count for value, count in many.items())
    scatter = n * sum(value * value * count for value, count in many.items()) - total * total
    sd = (scatter / (n * (n - 1))) ** 0.5 if n > 1 else None
    p5, p25, median, p75, p95 = (quantile(many, percent) for percent in (5, 25, 50, 75, 95))
    highest = max(value for value, count in many.items() if count)
    return Distribution(n, total / n, sd, p5, p25, median, p75, p95, highest)


def quantile(many: Mapping[int, int], percent: int) -> float:
    """The value below which so many percent lie, halfway where it falls between two; in whole numbers throughout."""
    n, up_to = sum(many.values()), 0
    rising = sorted(value for value, count in many.items() if count)
    for place, value in enumerate(rising):
        up_to += many[value]
        if up_to * 100 > n * percent:
            return float(value)
        if up_to * 100 == n * percent and place + 1 < len(rising):
            return (value + rising[place + 1]) / 2
    return float(rising[-1])
