"""Forecasts of a programme and the ratings they met, as plain values for `holdfast cohort check`: numbers, no names.

Each rating meets the last forecast of its course that was made before it, and on the nearest day that forecast names.
What it met does not change when others are entered, corrected or withdrawn. It carries a word made of random ids alone,
from which the check draws its random part, and the day it was first entered, by which the drift alarm counts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from holdfast.clinic.assessments.queries import Rated, first_entered, ratings_by_course
from holdfast.clinic.forecasts.models import Forecast, Why
from holdfast.clinic.learning_checks.alarms import closed_at
from holdfast.clinic.programmes.models import Programme
from holdfast.units import S_PER_D

BEFORE, LOOKING_BACK = "before", "looking_back"
MOST_MET = 20_000  # of one scale: the newest
_NEAR_D = 1.0  # a rating so long after the last day that a forecast names is no longer met


@dataclass
class Gathered:
    """What the check is asked, by kind of forecast and by scale, and what is not in it."""

    asked: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    drift_since: dict[str, dt.datetime] = field(default_factory=dict)  # by scale: when an alarm was last closed
    models_used: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Made:
    """A forecast with a curve, and when it knew the record until."""

    public_id: UUID
    course: int
    person: int
    scale: str
    made: dt.datetime
    zero: dt.datetime
    curve: Mapping[str, Any]
    first_dose: float | None  # day of the file
    model: str


@dataclass(frozen=True)
class _OnRecord:
    """Ratings by course as they stand, and by chain when each was first entered."""

    ratings: Mapping[int, Sequence[Rated]]
    entered: Mapping[UUID, dt.datetime]


def gathered(programme: Programme) -> Gathered:
    """Of every course that has forecasts and dates. The caller has asked for permission."""
    rows = Forecast.objects.filter(course__patient__programme=programme, refused="").order_by("pk")
    found, made = Gathered(drift_since=closed_at(programme)), defaultdict(list)
    counts = {"without dates": 0, "unlike": 0}
    for row in rows.select_related("request", "course").iterator():
        if row.unlike or not row.answer.get("curve"):
            counts["unlike"] += 1
        elif row.day_zero_at is None:
            counts["without dates"] += 1
        else:
            kind = LOOKING_BACK if row.request.why == Why.LOOKING_BACK else BEFORE
            made[kind].append(_of(row, kind, row.day_zero_at))
    courses = {one.course for every in made.values() for one in every}
    on_record = _OnRecord(ratings_by_course(courses), first_entered(courses))
    used: dict[str, None] = {}
    for kind, every in made.items():
        found.asked[kind] = _by_scale(every, on_record, used)
    zero = min((one.made for one in made[BEFORE]), default=None)
    for scale, closed in found.drift_since.items():
        if zero is not None and scale in found.asked[BEFORE]:
            found.asked[BEFORE][scale]["drift_since"] = _day(closed, zero)
    found.models_used = list(used)
    found.left_out = _left_out(counts)
    return found


def _of(row: Forecast, kind: str, zero: dt.datetime) -> _Made:
    known = row.known_until if kind == LOOKING_BACK else row.made_at
    days = [float(one["day"]) for one in row.patient_file.get("doses", ())]
    model = f"{row.model} version {row.model_version}, population {row.population_digest[:16]}"
    return _Made(
        row.public_id, row.course_id, row.course.patient_id, row.scale, known or row.made_at, zero, row.answer["curve"],
        min(days, default=None), model,
    )  # fmt: skip


def _by_scale(made: Sequence[_Made], on_record: _OnRecord, used: dict[str, None]) -> dict[str, dict[str, Any]]:
    """What is asked of each scale on which a forecast met a rating."""
    zero = min(one.made for one in made)
    persons = {person: number for number, person in enumerate(sorted({one.person for one in made}), start=1)}
    by_course: dict[tuple[int, str], list[_Made]] = defaultdict(list)
    for one in made:
        by_course[one.course, one.scale].append(one)
    asked: dict[str, dict[str, Any]] = {}
    for (course, scale), every in by_course.items():
        of_scale = asked.setdefault(scale, {"scale": scale, "met": [], "ratings": []})
        doses = [one.zero + dt.timedelta(days=one.first_dose) for one in every if one.first_dose is not None]
        first_dose = min(doses, default=None)
        for rating in on_record.ratings.get(course, ()):
            if rating.scale != scale or rating.total is None or rating.at is None:
                continue
            person = persons[every[0].person]
            of_scale["ratings"].append({
                "person": person, "at": _day(rating.at, zero), "total": rating.total,
                "after": first_dose is not None and rating.at > first_dose,
            })  # fmt: skip
            met = _met(every, rating.at)
            if met is not None:
                used[met[0].model] = None
                of_scale["met"].append(_asked(met, rating, person, zero, on_record.entered[rating.chain]))
    for of_scale in asked.values():
        of_scale["met"] = sorted(of_scale["met"], key=lambda met: met["at"])[-MOST_MET:]
    return {scale: one for scale, one in asked.items() if one["met"]}


def _met(made: Iterable[_Made], at: dt.datetime) -> tuple[_Made, int] | None:
    """The last forecast made before it, and the place of its day in the curve; None where it names no such day."""
    before = [one for one in made if one.made < at]
    if not before:
        return None
    last = max(before, key=lambda one: one.made)
    day = (at - last.zero).total_seconds() / S_PER_D
    days = last.curve["days"]
    if not days[0] <= day <= days[-1] + _NEAR_D:
        return None
    return last, min(round(day - days[0]), len(days) - 1)


def _asked(
    met: tuple[_Made, int], rating: Rated, person: int, zero: dt.datetime, entered: dt.datetime
) -> dict[str, Any]:
    """The forecast of that day, whole where it was kept so."""
    one, place = met
    assert rating.at is not None
    totals = one.curve.get("totals", {"from": []})
    whole = {name: totals[name][place] for name in ("from", "counts")} if place < len(totals["from"]) else None
    key = hashlib.sha256(f"{one.public_id} {rating.chain}".encode()).hexdigest()[:16]
    return {
        "person": person, "made": _day(one.made, zero), "at": _day(rating.at, zero), "total": rating.total,
        "median": one.curve["median"][place], "bands": {name: band[place] for name, band in one.curve["bands"].items()},
        "known": _day(entered, zero), "key": key, **({} if whole is None else {"counts": whole}),
    }  # fmt: skip


def _day(at: dt.datetime, zero: dt.datetime) -> float:
    return (at - zero).total_seconds() / S_PER_D


def _left_out(counts: Mapping[str, int]) -> list[str]:
    said = {
        "without dates": "of courses that count study days: nothing says which rating came later than a forecast",
        "unlike": "that were unlike the population and gave no curve",
    }
    return [
        f"{counts[name]} forecast{'s' * (counts[name] > 1)} {words}" for name, words in said.items() if counts[name]
    ]
