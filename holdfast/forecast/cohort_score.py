"""Forecasts that were kept, judged by ratings that came later: every method on the same people, group by group.

A method that says nothing of somebody is compared on those of whom it speaks, and so is ours with it. Differences are
of CRPS, person by person; their interval is by Student's t and takes people as independent, which people of one study
are only once its effect is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, stdtrit

from holdfast.errors import InputError
from holdfast.forecast.choices import choices
from holdfast.forecast.cohort import OURS, Made, responding
from holdfast.forecast.cohort_table import Table
from holdfast.forecast.scoring import brier, by_chance, crps, pit_histogram, places, standard_error, summary
from holdfast.outcomes.score_rows import Score

Values = NDArray[np.float64]
PLACES_SEED = 1


def later_ratings(scores: Iterable[Score], table: Table) -> dict[str, int]:
    """The total of each person of that scale, leg and day. Raises `InputError` where nobody has one."""
    found = {
        one.participant: int(one.total)
        for one in scores
        if one.total is not None and one.scale == table.scale and one.day == table.day
        and (table.leg is None or one.leg in (None, table.leg))
    }  # fmt: skip
    if not found:
        leg = f", leg {table.leg}" if table.leg else ""
        raise InputError(f"the ratings hold none of {table.scale} on day {table.day:g}{leg}; that is what was forecast")
    return found


def scored(table: Table, came: Mapping[str, int]) -> dict[str, Any]:
    """Scores by group, and who is not in them and why. Plain values for JSON."""
    ours = [one for one in table.made if one.method == OURS]
    if not ours:
        raise InputError(f"the table holds no row of the method {OURS!r}; nothing is there to judge")
    both = [one for one in ours if one.chances is not None and one.id in came]
    groups = dict.fromkeys(one.group for one in both)
    return {
        "scale": table.scale, "leg": table.leg, "day": table.day,
        "groups": {group or "everybody": _of_group(table, came, group) for group in groups},
        "not_forecast": {one.id: one.why_not for one in ours if one.chances is None},
        "forecast_not_rated": [one.id for one in ours if one.chances is not None and one.id not in came],
        "rated_not_forecast": sorted(set(came) - {one.id for one in ours}),
    }  # fmt: skip


def _of_group(table: Table, came: Mapping[str, int], group: str) -> dict[str, Any]:
    ours = {one.id: one for one in table.made
            if one.method == OURS and one.group == group and one.chances is not None and one.id in came}  # fmt: skip
    by_method: dict[str, list[Made]] = {}
    for one in table.made:
        if one.chances is not None and one.id in ours:  # all on the same people
            by_method.setdefault(one.method, []).append(one)
    found = {name: {**summary(_chances(every), _totals(every, came)), **_answers(every, table.scale, came)}
             for name, every in by_method.items()}  # fmt: skip
    for name, every in by_method.items():
        if name != OURS:
            found[name]["worse_than_ours"] = difference(
                crps(_chances(every), _totals(every, came)),
                crps(_chances([ours[one.id] for one in every]), _totals(every, came)),
            )
    at = places(_chances(by_method[OURS]), _totals(by_method[OURS], came),
                np.random.default_rng(PLACES_SEED).uniform(size=len(ours)))  # fmt: skip
    return {"methods": found, "pit": pit_histogram(at), "aim": _aim(found[OURS]["coverage"]["80"])}


def _chances(made: Sequence[Made]) -> Values:
    return np.concatenate([one.chances for one in made if one.chances is not None])


def _totals(made: Sequence[Made], came: Mapping[str, int]) -> Values:
    return np.array([came[one.id] for one in made], dtype=float)


def _answers(made: Sequence[Made], scale: str, came: Mapping[str, int]) -> dict[str, Any]:
    """Of a response: the chance that was forecast beside how often it came."""
    known = [(one, responding(scale, one.baseline)) for one in made if one.baseline is not None]
    if not known:
        return {"response": None}
    chance = np.array([float(one.chances[0] @ meets) for one, meets in known if one.chances is not None])
    happened = np.array([meets[came[one.id]] > 0 for one, meets in known])
    return {"response": {
        "brier": brier(chance, happened), "forecast": float(chance.mean()), "came": int(happened.sum()),
        "of": len(happened), "bins": by_chance(chance, happened),
    }}  # fmt: skip


def difference(theirs: Values, ours: Values) -> dict[str, float | None]:
    """How much more CRPS they have than we, with the 95 % interval of the mean over people."""
    apart = theirs - ours
    error = standard_error(apart)
    reach = None if error is None else float(stdtrit(len(apart) - 1, 0.975)) * error
    mean = float(apart.mean())
    return {
        "mean": mean,
        "low": None if reach is None else mean - reach,
        "high": None if reach is None else mean + reach,
    }


def _aim(covered: Mapping[str, float]) -> dict[str, Any]:
    """Whether the share inside the middle 80 % meets the aim, and how often right forecasts of so many people would."""
    of, q = int(covered["of"]), covered["expected"]
    low, high = choices("aim", "fraction")
    counts = np.arange(of + 1)
    inside = (counts / of >= low) & (counts / of <= high)
    logs = gammaln(of + 1) - gammaln(counts + 1) - gammaln(of - counts + 1)
    logs = logs + counts * np.log(q) + (of - counts) * np.log1p(-q)
    return {
        "low": low, "high": high, "met": bool(low <= covered["share"] <= high),
        "chance_if_right": float(np.exp(logs)[inside].sum()),
    }  # fmt: skip
