"""Forecasts of many people at once for one day, with their rivals, made before that day's ratings are seen.

Each person is forecast alone, as `forecast` does it, several times (`PASSES`): where a day or the order of infusions is
not known, each pass takes one of what may have been. Nothing is learnt from one person for another. Two things are
counted here that a forecast in the clinic leaves out: the misfit of a new study, and days that are not exact. Who is
unlike the population keeps a forecast here, with a note: leaving out surprises would flatter the score.
"""

from __future__ import annotations

import random as plain_random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import InputError
from holdfast.facts.scale_names import scale_document
from holdfast.forecast import rivals
from holdfast.forecast.cohort_people import Cohort, Dated, Participant, dated
from holdfast.forecast.forecast import VERSION, case_of
from holdfast.forecast.futures import even_course, person, rated, ups_and_downs
from holdfast.forecast.histories import population
from holdfast.forecast.observed import require_linked
from holdfast.forecast.plans import dose_of, unchanged
from holdfast.forecast.posterior import Case, posterior_of
from holdfast.forecast.scoring import chances_of_totals, chances_of_value
from holdfast.forecast.verdicts import likeness, unlike_share
from holdfast.forecast.virtual_people import Virtual, misfit_sd, virtual_people, with_misfit
from holdfast.model.mood.scale_links import METRIC
from holdfast.model.provenance import provenance
from holdfast.outcomes.definitions import chosen_definitions, response
from holdfast.seeds import require_seed
from holdfast.units import H_PER_D

Values = NDArray[np.float64]
PASSES, VIRTUAL, PATHS = 4, 1024, 14
OURS = "forecast"
SAID = (
    "Chances of every total of one later rating, by person, made before it is seen. Each person by themselves, "
    "from the calibrated population and their own ratings. For judging forecasts; directs no treatment."
)


@dataclass(frozen=True)
class Made:
    """What one method says of one person: chances of each total, or why it says nothing."""

    id: str
    group: str
    method: str
    chances: Values | None
    baseline: int | None
    notes: tuple[str, ...] = ()
    why_not: str | None = None


@dataclass
class _Found:
    """What is kept of a person while a cohort is made."""

    one: Participant
    chances: Values
    virtual: Values  # ratings of virtual people at the times of their own, and at the day forecast last
    own: Values  # their ratings on the scale that is forecast
    after: Values  # was each after the first treatment session? 0 or 1
    notes: list[str] = field(default_factory=list)


def forecasts(cohort: Cohort, *, seed: int = 1, passes: int = PASSES) -> Iterator[list[Made]]:
    """By person, as they are made: ours first, then each rival; rivals of a group follow at the end."""
    require_linked(cohort.scale)
    require_seed(seed)
    found: list[_Found] = []
    for number, one in enumerate(cohort.people):
        if one.why_not is not None:
            yield [Made(one.id, one.group, OURS, None, None, one.notes, one.why_not)]
            continue
        mine = _of_person(one, cohort, [seed, number], passes)
        found.append(mine)
        yield [_made(mine, OURS, mine.chances, tuple(mine.notes)), *_by_virtual_people(mine, cohort.scale)]
    for group in dict.fromkeys(one.one.group for one in found):
        yield list(_by_group([one for one in found if one.one.group == group], cohort.scale))


def _made(of: _Found, method: str, chances: Values | None, notes: tuple[str, ...] = (), why: str | None = None) -> Made:
    return Made(of.one.id, of.one.group, method, chances, of.one.baseline, notes, why)


def _of_person(one: Participant, cohort: Cohort, seed: Sequence[int], passes: int) -> _Found:
    chance = plain_random.Random(f"{seed}")  # of days and order: not of anything secret
    virtual, notes, drawn = None, list(one.notes), []
    for number in range(passes):
        random = np.random.default_rng([*seed, number])
        at = dated(one, cohort, chance)
        case = case_of(at.patient)
        hours = [*case.observed.at_h.tolist(), (at.day - at.patient.start_day) * H_PER_D]
        virtual = virtual or virtual_people(case, hours, VIRTUAL, random, later=_doses_to_come(case, at))
        totals, p_value = _totals(case, at, virtual, random)
        drawn.append(totals)
    if p_value < unlike_share():
        notes.append("unlike the population: forecast all the same, to be judged with the rest")
    assert virtual is not None
    chances = chances_of_totals(np.concatenate(drawn), most_of(cohort.scale))[None]
    on_scale = [place for place, rating in enumerate(at.patient.obtained) if rating.scale == cohort.scale]
    mine = [at.patient.obtained[place] for place in on_scale]
    return _Found(
        one, chances, virtual.ratings[[*on_scale, -1]], np.array([rating.total for rating in mine], dtype=float),
        np.array([float(rating.day > at.patient.start_day) for rating in mine]), notes,
    )  # fmt: skip


def _totals(case: Case, at: Dated, virtual: Virtual, random: np.random.Generator) -> tuple[NDArray[np.int64], float]:
    """Draws of the rating on that day, and how like the population the ratings so far are."""
    case = with_misfit(case, virtual)
    found = posterior_of(case, random)
    of = person(case, found.particles, random)
    hours = np.full((1, PATHS), (at.day - at.patient.start_day) * H_PER_D)
    events = _doses_to_come(case, at)
    even = even_course(case, of, events, [float(hours[0, 0])])
    off = misfit_sd(case, of.members, float(virtual.changes_sd[-1]))
    moves = ups_and_downs(of, hours, random) + off * random.standard_normal((1, PATHS, len(of)))
    totals = rated(of, at.patient.scale, case.observed.scales, even, moves, random)
    return totals.ravel(), likeness(case, found.before).p_value


def _doses_to_come(case: Case, at: Dated) -> list[tuple[float, int]]:
    """Doses of the plan as it stands until then; a trial gives none after its infusion."""
    if not at.planned:
        return []
    kind = case.setting.bodies.kind(dose_of(at.patient))
    return [((day - at.patient.start_day) * H_PER_D, kind) for day in unchanged(at.patient, at.day).days]


def most_of(scale: str) -> int:
    """The highest total of a scale."""
    return int(scale_document(scale).header["total_max"])


def _by_virtual_people(of: _Found, scale: str) -> list[Made]:
    most, ratings = most_of(scale), of.virtual
    if scale != METRIC or not len(of.own):
        return []  # virtual people are rated in points of MADRS
    return [
        _made(of, "population", rivals.of_population(ratings[-1], most)),
        _made(of, "linear in virtual people", rivals.linear(ratings[:-1], ratings[-1], of.own, most)),
    ]


def _by_group(found: Sequence[_Found], scale: str) -> Iterator[Made]:
    """Rivals that know the people of one group and no model."""
    most = most_of(scale)
    found = [one for one in found if len(one.own)]
    last = [float(one.own[-1]) for one in found]
    changes = np.array([one.own[-1] - one.own[-2] for one in found if len(one.own) > 1])
    latest = [one.own[-1] for one in found if one.after[-1]] or last
    fitted = _fitted(found)
    for one, value in zip(found, last, strict=True):
        yield _made(one, "last value", chances_of_value(value, most))
        yield _spread(one, value, changes, most)
        yield _or_why(one, "mean of the group", len(latest), lambda: rivals.of_group(np.array(latest), most))
        if isinstance(fitted, str):
            yield _made(one, "mixed model", None, (), fitted)
        else:
            yield _made(one, "mixed model", rivals.normal(*fitted.prediction(one.after, one.own), most))


def _spread(one: _Found, value: float, changes: Values, most: int) -> Made:
    name = "last value, with spread"
    if len(changes) >= rivals.FEWEST:
        return _made(one, name, rivals.around(value, changes, most))
    return _made(one, name, rivals.around(value, one.virtual[-1] - one.virtual[-2], most),
                 ("too few changes among these people: the spread is that of virtual people",))  # fmt: skip


def _or_why(one: _Found, name: str, count: int, make: Any) -> Made:
    if count < rivals.FEWEST:
        return _made(one, name, None, (), f"too few of the group were rated then ({count}); {rivals.FEWEST} are needed")
    return _made(one, name, make())


def _fitted(found: Sequence[_Found]) -> rivals.MixedModel | str:
    if sum(len(one.own) > 1 for one in found) < rivals.FEWEST:
        return f"fewer than {rivals.FEWEST} people of the group were rated before and after treatment"
    who = np.concatenate([[number] * len(one.own) for number, one in enumerate(found)])
    try:
        return rivals.mixed_model(
            who, np.concatenate([one.after for one in found]), np.concatenate([one.own for one in found])
        )
    except InputError as error:
        return str(error)


@cache
def responding(scale: str, baseline: int) -> Values:
    """Which totals are a response to this baseline, 0 or 1, by the chosen definition of the scale."""
    chosen = next(one for one in chosen_definitions(scale) if one.outcome == "response")
    return np.array(
        [float(bool(response(baseline, total, chosen, scale=scale))) for total in range(most_of(scale) + 1)]
    )


def about(cohort: Cohort, seed: int, passes: int, **more: Any) -> Mapping[str, Any]:
    """What made these forecasts: model, population digest, facts, seed."""
    people = population()
    return provenance(
        people.model, said=SAID, seed=seed, forecast_version=VERSION, posterior=dict(people.posterior.named),
        passes=passes, day=cohort.day, scale=cohort.scale, leg=cohort.leg,
        used_days=None if cohort.used is None else list(cohort.used), **more,
    )  # fmt: skip
