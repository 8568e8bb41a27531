"""By what a report tells courses apart: treatment, first dose, illness, staging, age, sex, site.

All of it is known on day 0. Groups that form later (the highest dose, whoever reached maintenance) would give those
treated longer the time they had to live through to get there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from holdfast.registry.report.judged_set import NOT_KNOWN, Groups, JudgedSet

PER_KG_FROM = (0.0, 0.35, 0.45, 0.55, 0.75, 1.05)  # mg/kg: bands around 0.25, 0.4, 0.5, 0.6 to 0.75, 0.75 to 1, more
INJECTED = ("iv", "im", "sc")  # routes whose doses go by body weight
MG_FROM = (0.0, 30.0, 60.0, 90.0, 150.0)  # mg: bands that keep the 28, 56 and 84 mg of a nasal spray apart


@dataclass(frozen=True)
class Grouping:
    """`key` stands in keys of counts and files; `title` in headings; `of` gives each course its group."""

    key: str
    title: str
    of: Callable[[JudgedSet], Groups]

    def groups(self, judged: JudgedSet) -> Groups:
        """The group of each course, worked out once."""
        if self.key not in judged.grouped:
            judged.grouped[self.key] = self.of(judged)
        return judged.grouped[self.key]


def _column(name: str) -> Callable[[JudgedSet], Groups]:
    return lambda judged: judged.words("courses", name)


def _treatment(judged: JudgedSet) -> Groups:
    return judged.treatments


def dose_bands(judged: JudgedSet) -> Groups:
    """Bands of the first dose, within drug and route: injected drug by body weight where it is known, else in mg."""
    import numpy as np

    given = judged.table("treatment_sessions")
    first = given["number"] == 1
    course = given["course"][first]
    per_kg, mg = np.full(judged.n, np.nan), np.full(judged.n, np.nan)
    per_kg[course], mg[course] = given["dose_mg_per_kg"][first], given["dose_mg"][first]
    route = judged.words("courses", "route")
    per_kg[~np.isin(route.of, [route.names.index(one) for one in INJECTED])] = np.nan
    names = (*_bands(PER_KG_FROM, "mg/kg"), *_bands(MG_FROM, "mg"), NOT_KNOWN)
    of_kg, of_mg = (np.searchsorted(np.array(low), dose, side="right") - 1 for low, dose in
                    ((PER_KG_FROM, per_kg), (MG_FROM, mg)))  # fmt: skip
    band = np.where(~np.isnan(per_kg), of_kg, np.where(~np.isnan(mg), len(PER_KG_FROM) + of_mg, len(names) - 1))
    treated = judged.treatments
    return Groups(tuple(f"{one}, {other}" for one in treated.names for other in names), treated.of * len(names) + band)


def _bands(lows: tuple[float, ...], unit: str) -> list[str]:
    first = f"below {lows[1]:g} {unit}"
    middle = [f"{low:g} to below {high:g} {unit}" for low, high in pairwise(lows[1:])]
    return [first, *middle, f"{lows[-1]:g} {unit} or more"]


GROUPINGS: tuple[Grouping, ...] = (
    Grouping("treatment", "drug and route", _treatment), Grouping("dose", "first dose", dose_bands),
    Grouping("indication", "indication", _column("indication")),
    Grouping("failed-trials", "failed trials", _column("failed_trials")),
    Grouping("age", "age", _column("age_band")), Grouping("sex", "sex", _column("sex")),
    Grouping("site", "site", lambda judged: judged.sites),
)  # fmt: skip


def strata(judged: JudgedSet, who: Any) -> list[tuple[str, Any]]:
    """Each site with its courses among `who`."""
    return [(site, at & who) for site, at in judged.sites.each()]
