"""What each site saw in the first weeks under each protocol: doses as they were given, and outcomes by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.outcomes import OutcomeDefinition
from holdfast.registry.report import windows
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.judged_set import JudgedSet, OnScale
from holdfast.registry.report.windows import Window
from holdfast.registry.safety.expectations import dose_bands
from holdfast.registry.sets import RegistrySet
from holdfast.statistics.estimate import Estimate
from holdfast.statistics.intervals import exact_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEKS = (1, 2, 4)  # within every induction; later, who is still rated says more than what was given
OUTCOMES = ("response", "remission")
RATED_BY = {"madrs": "clinician", "ham-d17": "clinician"}  # every other scale of ours is filled in by the person
LEAST_RATED = 2  # of fewer there is no spread


@dataclass(frozen=True)
class Seen:
    """One window: courses rated in it with a baseline, the mean day of rating, and what was seen. Points of the scale.

    `ended`, courses that had ended by then and were not rated; `missed`, followed and not rated. All three are of
    courses of whom the window is over: who is not there yet, or was not watched then, is in none, rated or not.
    """

    at: Window
    rated: int
    day: float
    ended: int
    missed: int
    reached: Mapping[str, int]
    change: float
    sd: float

    def share(self, outcome: str) -> Estimate:
        """Share of the rated, of 1, with its exact interval."""
        return exact_share(self.reached[outcome], self.rated)


@dataclass(frozen=True)
class Arm:
    """Courses of one protocol at one site. `dose` is the median given, `days` the median day of each session."""

    site: str
    protocol: str
    drug: str
    route: str
    started: int
    dose: float
    dose_unit: str
    days: tuple[int, ...]
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Observed:
    """Every arm of a set, on one scale by named definitions; `left_out` says of which arms nothing can be told."""

    scale: str
    definitions: tuple[OutcomeDefinition, ...]
    arms: tuple[Arm, ...]
    left_out: tuple[str, ...]

    def definition(self, outcome: str) -> OutcomeDefinition | None:
        """What an outcome is judged by; None where no source defines it on the scale."""
        return next((one for one in self.definitions if one.outcome == outcome), None)


def observed(registry_set: RegistrySet, choices: Choices, *, by_site: bool = True) -> Observed:
    """What was seen, by site and protocol; or, with `by_site` false, by protocol over all sites.

    Raises `InputError` where nobody who started has a baseline on a scale of depression.
    """
    judged = JudgedSet(registry_set, choices)
    on = _main(judged, choices)
    sites = list(judged.sites.each()) if by_site else [("all sites", judged.started)]
    arms: list[Arm] = []
    left_out: list[str] = []
    for site, of_site in sites:
        for protocol, of_protocol in judged.words("courses", "protocol").each():
            who = judged.started & of_site & of_protocol
            if not who.any():
                continue
            found = _arm(judged, on, who, site, protocol)
            if isinstance(found, Arm):
                arms.append(found)
            else:
                left_out.append(f"{site}, {protocol}: {found}")
    return Observed(on.scale, choices.definitions(on.scale), tuple(arms), tuple(left_out))


def scale_title(scale: str) -> str:
    """As it is written for people, such as `MADRS`."""
    return str(scale_document(scale).header["name"])


def _main(judged: JudgedSet, choices: Choices) -> OnScale:
    from holdfast.registry.report import scales

    scale = scales.main_scale(scales.count(judged), choices)
    on = None if scale is None else judged.on_scale(scale)
    if on is None:
        raise InputError("nobody who started has a rating of depression; there is nothing to compare with a model")
    return on


def _arm(judged: JudgedSet, on: OnScale, who: NDArray[Any], site: str, protocol: str) -> Arm | str:
    import numpy as np

    from holdfast.registry.common_model import TABLES

    given = judged.table("treatment_sessions")
    own = who[given["course"]]
    columns = TABLES["courses"]
    drug, route = (
        columns.column(name).choices[int(np.bincount(judged.courses[name][who]).argmax())] for name in ("drug", "route")
    )
    bands = dose_bands().get((drug, route))
    if bands is None:
        return f"no doses of {drug} {route} are known (dose_bands.csv)"
    unit = bands[0].unit
    doses = given["dose_mg_per_kg" if unit == "mg/kg" else "dose_mg"][own]
    if np.isnan(doses).all():
        return f"no dose in {unit} is on record"
    seen = tuple(one for week in WEEKS if (one := _seen(judged, on, who, windows.window(week))) is not None)
    if not seen:
        return f"fewer than {LEAST_RATED} people were rated in any of the weeks {', '.join(map(str, WEEKS))}"
    last = max(one.day for one in seen)
    days = tuple(day for day in _days_given(given["number"][own], given["day"][own], int(who.sum())) if day < last)
    return Arm(
        site, protocol, drug, route, int(who.sum()), float(np.round(np.nanmedian(doses), 3)), unit, days or (0,), seen
    )


def _days_given(number: NDArray[Any], day: NDArray[Any], started: int) -> Sequence[int]:
    """The median day of the first, second, ... treatment session, as long as half of those who started had it."""
    import numpy as np

    found: list[int] = []
    for place in range(1, int(number.max()) + 1):
        days = day[number == place]
        if 2 * len(days) < started:
            break
        at = int(np.median(days))
        if not found or at > found[-1]:
            found.append(at)
    return found


def _seen(judged: JudgedSet, on: OnScale, who: NDArray[Any], at: Window) -> Seen | None:
    """One window of those courses; None where hardly anybody was rated in it."""
    import numpy as np

    place = windows.standing(judged, on, at, 0)
    row = windows.last_in(on, at)
    rated = who & _stands(place, windows.YES, windows.NO)
    if int(rated.sum()) < LEAST_RATED:
        return None
    rows = row[rated]
    change = on.total[rows] - on.baseline[rated]
    answers = on.judged.answers[rows]
    ended = int((who & _stands(place, windows.ENDED, windows.STOPPED)).sum())
    missed = int((who & _stands(place, windows.MISSED)).sum())
    return Seen(
        at, int(rated.sum()), float(np.round(on.day[rows].mean(), 1)), ended, missed,
        {outcome: int((answers[:, number] == 1).sum()) for number, outcome in enumerate(OUTCOMES)},
        float(change.mean()), float(change.std(ddof=1)),
    )  # fmt: skip


def _stands(place: NDArray[Any], *words: str) -> NDArray[Any]:
    """Which courses stand in one of these places."""
    import numpy as np

    return np.isin(place, [windows.PLACES.index(word) for word in words])
