"""A course as the forecast takes it: from plain values of the record to a patient file, and what was not used.

Nothing is invented. What the record does not hold is left out of the file, so that the model's typical value stands in,
and each such place is a sentence for the page. Days are numbers; the caller says what they count from.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.facts.scale_names import scale_document
from holdfast.facts.tables import INDICATIONS
from holdfast.forecast.patient_file import ITEM_9, MOST_DOSES, MOST_RATINGS
from holdfast.model.pharmacokinetics.covariate_words import SEXES, TYPICAL_AGE_Y, TYPICAL_WEIGHT_KG

SCALES = ("madrs", "ham-d17", "phq-9", "qids-sr16")  # those a published link joins to MADRS
HORIZON_D = 26 * 7
OTHER_LEGS = frozenset({"placebo"})  # of a crossover
FEW = 3  # doses or ratings named one by one


@dataclass(frozen=True)
class DoseOnRecord:
    """A dose that was given. None = not recorded."""

    day: float
    drug: str
    route: str
    dose_mg: float | None
    duration_min: float | None
    number: int  # of its treatment session


@dataclass(frozen=True)
class RatingOnRecord:
    """A rating as it stands: corrections taken in, withdrawn ones left out. `item_9` of a PHQ-9, where answered."""

    day: float
    scale: str
    total: float | None
    item_9: int | None = None
    leg: str = ""


@dataclass(frozen=True)
class PlanOnRecord:
    """What is planned: open treatment sessions by day, the intervals and the dose of the plan in force."""

    days: tuple[float, ...] = ()
    intervals_d: tuple[int, ...] = ()
    dose_mg: float | None = None
    dose_mg_per_kg: float | None = None
    review_day: float | None = None


@dataclass(frozen=True)
class OnRecord:
    """One course by `today`. `usual_duration_min` is the protocol's, of an infusion whose own was not recorded."""

    today: float
    drug: str
    route: str
    doses: tuple[DoseOnRecord, ...] = ()
    ratings: tuple[RatingOnRecord, ...] = ()
    plan: PlanOnRecord = PlanOnRecord()
    usual_duration_min: float | None = None
    weight_kg: float | None = None
    age_y: float | None = None
    sex: str | None = None
    indication: str = "any"
    headline: str | None = None  # the scale the course is judged on
    protocol: str | None = None


@dataclass(frozen=True)
class Mapped:
    """The patient file, what of the record it does not hold, and why there can be no forecast (empty: there can)."""

    file: dict[str, Any]
    left_out: tuple[str, ...]
    why_none: str = ""


def file_of(record: OnRecord) -> Mapped:
    """The file by the names of `holdfast forecast`."""
    doses, without_dose = _doses(record)
    ratings, without_rating = _ratings(record)
    planned, assumed = _planned(record, doses)
    file: dict[str, Any] = {"today": record.today, "doses": doses, "ratings": ratings, "planned": planned}
    file |= _who(record)
    scale = record.headline if record.headline in {one["scale"] for one in ratings} else None
    file |= {"scale": scale} if scale else {}
    file |= {"protocol": record.protocol} if record.protocol else {}
    left_out = (*without_dose, *without_rating, *assumed, *_typical(record))
    return Mapped(file, left_out, _why_none(ratings, doses, planned))


def _why_none(ratings: Sequence[Any], doses: Sequence[Any], planned: dict[str, Any]) -> str:
    if not ratings:
        return (
            "Not enough data: no rating is on record that a forecast can use. It uses totals of "
            f"{', '.join(scale_document(name).header['name'] for name in SCALES)}."
        )
    if not doses and "dose" not in planned:
        return "Not enough data: no dose with its amount is on record, and no plan names one."
    return ""


def _doses(record: OnRecord) -> tuple[list[dict[str, Any]], list[str]]:
    told, unknown, assumed = [], [], []
    for one in sorted(record.doses, key=lambda dose: dose.day):
        if one.dose_mg is None:
            unknown.append(one)
            continue
        if one.route == "iv" and one.duration_min is None:
            assumed.append(one)
        told.append(_dose(one.drug, one.route, one.duration_min or record.usual_duration_min, dose_mg=one.dose_mg)
                    | {"day": one.day})  # fmt: skip
    said = [f"{_sessions(unknown)} left out: the amount of the dose is not recorded."] if unknown else []
    if assumed:
        said.append(f"{_sessions(assumed)}: duration not recorded, {_usual(record)} taken, as the protocol has it.")
    told, too_many = _newest(told, MOST_DOSES, "doses")
    return _on_days_of_their_own(told, "day"), [*said, *too_many]


def _usual(record: OnRecord) -> str:
    return "a bolus" if record.usual_duration_min is None else f"{record.usual_duration_min:g} min"


def _dose(drug: str, route: str, duration_min: float | None, **amount: float) -> dict[str, Any]:
    infused = {"duration_min": duration_min} if route == "iv" and duration_min else {}
    return {"drug": drug, "route": route, **amount, **infused}


def _on_days_of_their_own(doses: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Of two doses at one time the later entered counts: the file takes one a day, or decimals of it."""
    return list({one[name]: one for one in doses}.values())


def _sessions(doses: Sequence[DoseOnRecord]) -> str:
    numbers = ", ".join(str(one.number) for one in doses[:FEW])
    more = f" and {len(doses) - FEW} more" if len(doses) > FEW else ""
    return f"Treatment session{'s' if len(doses) > 1 else ''} {numbers}{more}"


def _ratings(record: OnRecord) -> tuple[list[dict[str, Any]], list[str]]:
    said, told, twice = [], {}, 0
    of_others = [one for one in record.ratings if one.scale not in SCALES]
    other_leg = [one for one in record.ratings if one.leg in OTHER_LEGS]
    unusable = [one for one in record.ratings if one.scale in SCALES and not _whole(one.total)]
    for one in record.ratings:
        if one.scale not in SCALES or one.leg in OTHER_LEGS or one.total is None or not _whole(one.total):
            continue
        twice += (one.day, one.scale) in told
        told[one.day, one.scale] = _rating(one)
    if of_others:
        names = ", ".join(sorted({str(scale_document(one.scale).header["name"]) for one in of_others}))
        said.append(f"Ratings of other scales left out ({names}): no published link joins them to MADRS.")
    if other_leg:
        said.append(f"{_count(len(other_leg), 'rating')} after placebo left out.")
    if unusable:
        said.append(f"{_count(len(unusable), 'rating')} left out: no total, or no whole number.")
    if twice:
        said.append(f"{_count(twice, 'rating')} left out: a later one of the same scale stands at the same time.")
    kept, too_many = _newest(sorted(told.values(), key=lambda one: one["day"]), MOST_RATINGS, "ratings")
    return kept, [*said, *too_many]


def _whole(total: float | None) -> bool:
    return total is not None and float(total).is_integer()


def _rating(one: RatingOnRecord) -> dict[str, Any]:
    apart = {"item_9": one.item_9} if one.item_9 is not None and one.scale in ITEM_9 else {}
    return {"day": one.day, "scale": one.scale, "total": int(one.total or 0), **apart}


def _newest(rows: list[dict[str, Any]], most: int, what: str) -> tuple[list[dict[str, Any]], list[str]]:
    left = len(rows) - most
    return (rows[-most:], [f"The oldest {left} {what} left out: a forecast takes {most}."]) if left > 0 else (rows, [])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _planned(record: OnRecord, doses: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    plan, said = record.plan, []
    planned: dict[str, Any] = {}
    if plan.dose_mg is not None or plan.dose_mg_per_kg is not None:
        amounts = {"dose_mg": plan.dose_mg, "dose_mg_per_kg": plan.dose_mg_per_kg}
        amount = {name: value for name, value in amounts.items() if value is not None}
        planned["dose"] = _dose(record.drug, record.route, record.usual_duration_min, **amount)
    if plan.review_day is not None and plan.review_day >= record.today:
        planned["review_day"] = plan.review_day
    late = [day for day in plan.days if day < record.today]
    if late:
        said.append(f"{_count(len(late), 'treatment session')} planned before today and not recorded: taken as today.")
    ahead = sorted({max(day, record.today) for day in plan.days})
    given = [one["day"] for one in doses]
    gaps, assumed = _gaps(plan, [*given, *ahead])
    days = [*ahead, *_days_after(ahead[-1] if ahead else max(given, default=None), gaps, record.today)]
    if assumed and ahead and gaps:
        said.append(
            f"No plan is in force: after the last planned treatment session as far apart as the last two, "
            f"{gaps[0]:g} days."
        )
    if plan.intervals_d:
        said.append(f"The plan in force is taken to go on over 26 weeks: every {_in_turn(plan.intervals_d)}.")
    if ahead and not gaps:
        said.append("No plan is in force: after the last planned treatment session none is expected.")
    if days and (ahead or plan.intervals_d):
        planned["days"] = days[:MOST_DOSES]
    return planned, said


def _in_turn(intervals_d: Sequence[int]) -> str:
    return f"{' and '.join(map(str, intervals_d))} days{' in turn' if len(intervals_d) > 1 else ''}"


def _gaps(plan: PlanOnRecord, days: Sequence[float]) -> tuple[tuple[float, ...], bool]:
    """Days between treatment sessions after the last planned one, in turn; True where no plan says so."""
    if plan.intervals_d:
        return tuple(float(days) for days in plan.intervals_d), False
    if len(days) < 2:
        return (), True
    return (max(round(days[-1] - days[-2]), 1.0),), True


def _days_after(last: float | None, gaps: Sequence[float], today: float) -> Iterable[float]:
    """By the gaps in turn from the last treatment session on, until the horizon; none before today."""
    if not gaps:
        return []
    day = today - gaps[0] if last is None else last
    found: list[float] = []
    for gap in itertools.cycle(gaps):
        day = max(day + gap, today)
        if day > today + HORIZON_D:
            return found
        found.append(round(day, 3))
    return found


def _who(record: OnRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if record.weight_kg is not None:
        found["weight_kg"] = record.weight_kg
    if record.age_y is not None:
        found["age_y"] = record.age_y
    if record.sex in SEXES:
        found["sex"] = record.sex
    if record.indication in INDICATIONS:
        found["diagnosis"] = record.indication
    return found


def _typical(record: OnRecord) -> list[str]:
    missing = [
        words for words, is_missing in (
            (f"weight ({TYPICAL_WEIGHT_KG:g} kg)", record.weight_kg is None),
            (f"age ({TYPICAL_AGE_Y:g} years)", record.age_y is None),
            ("sex", record.sex not in SEXES),
            ("ancestry", True),
        ) if is_missing
    ]  # fmt: skip
    return [f"Not on record, so the model's typical values stand in: {', '.join(missing)}."]
