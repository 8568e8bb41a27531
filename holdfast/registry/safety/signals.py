"""A simple, stated signal rule: is more observed here than publications lead one to expect?

For every kind with a published number: the chance of so many courses or more, if this programme were like the people
of that publication (exact; the publication is uncertain itself). Holm's correction over all kinds tested together, so
that one false signal or more comes in `level` of reports in which nothing is wrong. A signal needs `events_min`
courses.

What the rule is not: a proof, or a cause. A signal says look closer. No signal says little where few were treated: for
each kind it is told how many it would have taken. Trials ask at every treatment session and programmes often do not,
so that fewer than expected is no sign of safety.

Sites of a pool are compared by the same rule, each with all others of the same drug and route together. There the first
explanation of a signal is another habit of writing things down, or other patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.registry.safety.cells import Cells
from holdfast.registry.safety.counts import DEATH
from holdfast.registry.safety.expectations import (
    EVENT,
    RATE,
    SHARE,
    Expected,
    choice,
    expected_numbers,
)
from holdfast.statistics.estimate import Estimate
from holdfast.statistics.intervals import (
    chance_of_so_high_a_rate,
    chance_of_so_many,
    exact_rate,
    exact_share,
    fewest_so_many,
)
from holdfast.statistics.multiplicity import holm
from holdfast.units import DAYS_PER_YEAR


@dataclass(frozen=True)
class Tested:
    """One kind against one published number. `of` is courses, or patient-years where `expected` is a rate.

    `chance` is of so many or more, `adjusted` after Holm; `fewest` is the count that would have been a signal had no
    other kind been one, None where no count would. `is_signal` needs both the limit and enough courses.
    """

    expected: Expected
    observed: int
    of: float
    share: Estimate
    chance: float
    adjusted: float
    fewest: int | None
    is_signal: bool


@dataclass(frozen=True)
class Signals:
    """What was tested, what could not be, and what the rule holds to."""

    tested: tuple[Tested, ...]
    untested: tuple[tuple[str, str, str], ...]  # drug, route, kind that came and has no published number
    level: float
    events_min: int

    @property
    def found(self) -> tuple[Tested, ...]:
        """The signals, least likely first."""
        return tuple(sorted((one for one in self.tested if one.is_signal), key=lambda one: one.chance))


def signals(cells: Mapping[str, Cells], numbers: tuple[Expected, ...] | None = None) -> Signals:
    """The rule over the counts of a report; `numbers` other than the packaged ones for a table of one's own."""
    level, least = choice("level", "fraction"), int(choice("events_min", "count"))
    every = expected_numbers() if numbers is None else numbers
    asked = [(one, *_observed(cells, one)) for one in every if _testable(one)]
    asked = [(one, observed, of) for one, observed, of in asked if of]
    chances = [_chance(one, observed, of) for one, observed, of in asked]
    adjusted = holm(chances)
    tested = tuple(
        Tested(one, observed, of, _share(one, observed, of), chance, after, _fewest(one, of, level / len(asked), least),
               after <= level and observed >= least)
        for (one, observed, of), chance, after in zip(asked, chances, adjusted, strict=True)
    )  # fmt: skip
    return Signals(tested, _untested(cells, tested), level, least)


def _testable(one: Expected) -> bool:
    return one.events is not None and one.estimand in (SHARE, RATE)


def _observed(cells: Mapping[str, Cells], one: Expected) -> tuple[int, float]:
    """Courses with it and courses counted; of a rate events and patient-years."""
    group = (one.drug, one.route)
    if one.estimand == RATE:
        days = cells["started"].over("drug", "route").of(*group)["days"]
        over_time = cells["over_time"].over("drug", "route", "kind")
        return over_time.of(*group, one.category)["courses"], days / DAYS_PER_YEAR
    if one.measure == EVENT:
        windows = cells["windows"].over("drug", "route", "window_d", "kind")
        window = one.window_d or int(choice("followed_d", "d"))
        return windows.of(*group, window, one.category)["courses"], windows.of(*group, window, "")["courses"]
    words = (*group, one.ages, one.measure, one.op, f"{one.limit:g}")
    if one.ages == "any":
        found = cells["beyond"].over("drug", "route", "measure", "op", "limit").of(*words[:2], *words[3:])
    else:
        found = cells["beyond"].of(*words)
    return found["early_courses"], found["early_measured"]


def _chance(one: Expected, observed: int, of: float) -> float:
    assert one.events is not None
    if one.estimand == RATE:
        assert one.exposure_y is not None
        return chance_of_so_high_a_rate((observed, of), (one.events, one.exposure_y))
    assert one.n is not None
    return chance_of_so_many((observed, int(of)), (one.events, one.n))


def _share(one: Expected, observed: int, of: float) -> Estimate:
    return exact_rate(observed, of) if one.estimand == RATE else exact_share(observed, int(of))


def _fewest(one: Expected, of: float, limit: float, least: int) -> int | None:
    """The smallest count that is a signal by itself, when the limit is shared by all that is tested."""
    assert one.events is not None
    if one.estimand != RATE:
        assert one.n is not None
        few = fewest_so_many(int(of), (one.events, one.n), limit)
        return None if few is None or least > of else max(few, least)
    assert one.exposure_y is not None
    few = least
    while chance_of_so_high_a_rate((few, of), (one.events, one.exposure_y)) > limit:
        few += max(1, few // 50)
    return few


@dataclass(frozen=True)
class SiteTested:
    """One kind at one site against all other sites of the same drug and route, in the first days."""

    site: str
    drug: str
    route: str
    kind: str
    here: tuple[int, int]  # courses with it, courses
    elsewhere: tuple[int, int]
    chance: float
    adjusted: float
    is_signal: bool


def site_signals(cells: Mapping[str, Cells]) -> tuple[SiteTested, ...]:
    """Every kind that came anywhere, at every site with others to compare with; corrected for all of them together.

    A site without the event is asked too: asking only where it came would leave out of the correction the very
    comparisons that came out well.
    """
    level, least = choice("level", "fraction"), int(choice("events_min", "count"))
    windows = cells["windows"].where(window_d=int(choice("followed_d", "d")))
    every, asked = windows.over("drug", "route", "kind"), []
    came = [key for key, row in every.rows.items() if key[2] and row[0]]
    watched = [key[:3] for key, row in windows.rows.items() if not key[3] and row[0]]
    for (site, drug, route), kind in ((own, key[2]) for own in watched for key in came if key[:2] == own[1:]):
        here = tuple(windows.of(site, drug, route, one)["courses"] for one in (kind, ""))
        of_all = tuple(every.of(drug, route, one)["courses"] for one in (kind, ""))
        if here[1] < of_all[1]:
            elsewhere = (of_all[0] - here[0], of_all[1] - here[1])
            asked.append((str(site), str(drug), str(route), str(kind), (here[0], here[1]), elsewhere))
    chances = [chance_of_so_many(here, elsewhere) for *_, here, elsewhere in asked]
    return tuple(
        SiteTested(*one, chance, after, after <= level and one[4][0] >= least)
        for one, chance, after in zip(asked, chances, holm(chances), strict=True)
    )


def _untested(cells: Mapping[str, Cells], tested: tuple[Tested, ...]) -> tuple[tuple[str, str, str], ...]:
    known = {(one.expected.drug, one.expected.route, one.expected.category) for one in tested}
    over_time = cells["over_time"].over("drug", "route", "kind")
    came = [key for key, row in over_time.rows.items() if row[0] and key[2] not in ("any", DEATH)]
    return tuple((str(d), str(r), str(k)) for d, r, k in came if (d, r, k) not in known)
