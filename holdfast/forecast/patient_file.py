"""One patient as a forecast needs them: doses given, ratings obtained, who they are. Plain values, no NumPy.

Days count from any day the file likes, such as the first dose; decimals are parts of a day. Nothing may lie after
`today`, but what is `planned`. Whatever cannot be is told by one sentence that names its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from holdfast.errors import InputError, UnknownNameError
from holdfast.facts.plain_values import plain_list, plain_object
from holdfast.facts.plausible import is_finite_number, plausible
from holdfast.facts.scale_names import scale_document, whole_total
from holdfast.facts.tables import INDICATIONS
from holdfast.model.pharmacokinetics.covariate_words import ANCESTRIES, SEXES, TYPICAL_AGE_Y, TYPICAL_WEIGHT_KG
from holdfast.model.pharmacokinetics.dosing import Dose
from holdfast.model.population import DEFAULT_POPULATION
from holdfast.protocols.protocol import protocols
from holdfast.units import MIN_PER_H

MOST_RATINGS, MOST_DOSES = 1000, 500
_PER_KG_ROUTES = ("iv", "im", "sc", "oral", "sublingual")  # of plausible_ranges.csv
ITEM_9 = {"phq-9": 3}  # scales whose item on suicidal thoughts may be given apart, and its most points
POPULATION_OF = {"bipolar-depression": "trd-bipolar-adults"}
_PATIENT = (
    "about", "weight_kg", "age_y", "sex", "ancestry", "diagnosis", "failed_trials", "population", "care", "today",
    "doses", "ratings", "planned", "scale", "protocol",
)  # fmt: skip
_DOSE = ("day", "drug", "route", "dose_mg", "dose_mg_per_kg", "duration_min")
_RATING = ("day", "scale", "total", "item_9")
_CARE = ("open_label", "new_antidepressant", "hospital")
_REVIEW = "planned.review_day"
_PLANNED = ("every_d", "days", "dose", "review_day")


@dataclass(frozen=True)
class Given:
    """A dose and its day. `dose.at_h` is 0: the day tells when."""

    day: float
    dose: Dose


@dataclass(frozen=True)
class Rated:
    """A rating. `total` None: it was due and was not obtained. `item_9` is kept apart and never forecast."""

    day: float
    scale: str
    total: int | None
    item_9: int | None = None


@dataclass(frozen=True)
class Planned:
    """What is planned: every so many days, or on the days named; and when benefit is to be judged."""

    every_d: float | None = None
    days: tuple[float, ...] = ()
    dose: Dose | None = None
    review_day: float | None = None


@dataclass(frozen=True)
class Patient:
    """What is known of one patient. Doses and ratings stand in the order of their days."""

    today: float
    doses: tuple[Given, ...] = ()
    ratings: tuple[Rated, ...] = ()
    planned: Planned = Planned()
    weight_kg: float = TYPICAL_WEIGHT_KG
    age_y: float = TYPICAL_AGE_Y
    sex: str | None = None
    ancestry: str = ANCESTRIES[0]
    diagnosis: str | None = None
    failed_trials: int | None = None
    population: str = DEFAULT_POPULATION
    care: Mapping[str, bool] = field(default_factory=dict)
    scale: str = ""  # on which the forecast is asked
    protocol: str | None = None  # by which they are treated: how long a treatment session lasts
    notes: tuple[str, ...] = ()

    @property
    def start_day(self) -> float:
        """The day treatment begins: that of the first dose, given or planned."""
        if self.doses:
            return self.doses[0].day
        return self.planned.days[0] if self.planned.days else self.today

    @property
    def obtained(self) -> tuple[Rated, ...]:
        """Ratings that were obtained."""
        return tuple(one for one in self.ratings if one.total is not None)

    def baseline(self, scale: str) -> Rated | None:
        """The last rating on that scale on or before the day treatment begins."""
        before = [one for one in self.obtained if one.scale == scale and one.day <= self.start_day]
        return before[-1] if before else None


def read_patient(content: Any) -> Patient:
    """A patient from plain values as of JSON. Raises `InputError` and `UnknownNameError`, one sentence."""
    values = plain_object(content, _PATIENT, "the patient")
    if "today" not in values:
        raise InputError("today is missing; give the day of the forecast, counted as the days of doses and ratings")
    today = _day(values["today"], "today")
    doses = _doses(values, today)
    planned, given = _still_to_come(_planned(values.get("planned"), today, doses), doses)
    start = doses[0].day if doses else planned.days[0] if planned.days else today
    ratings, notes = _ratings(values, today, start)
    asked = values.get("scale")
    return Patient(
        today=today, doses=doses, ratings=ratings, planned=planned, notes=(*notes, *given),
        scale=_scale(asked, "scale") if asked is not None else _latest(ratings),
        care=_care(values.get("care")), protocol=_protocol(values.get("protocol")), **_who(values),
    )  # fmt: skip


def _protocol(name: Any) -> str | None:
    return None if name is None else _word(name, tuple(protocols()), "protocol")


def _who(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("weight_kg", "age_y"):
        if values.get(name) is not None:
            found[name] = float(plausible(name, values[name]) or 0.0)
    for name, known in (("sex", SEXES), ("ancestry", ANCESTRIES), ("diagnosis", INDICATIONS)):
        if values.get(name) is not None:
            found[name] = _word(values[name], known, name)
    trials = values.get("failed_trials")
    if trials is not None:
        if isinstance(trials, bool) or not isinstance(trials, int) or trials < 0:
            raise InputError(f"failed_trials is {trials!r}; give a whole number of adequate trials, 0 or more")
        found["failed_trials"] = trials
    population = values.get("population")
    if population is not None and not isinstance(population, str):
        raise InputError(f"population is {population!r}; give the name of a population")
    found["population"] = population or POPULATION_OF.get(found.get("diagnosis", ""), DEFAULT_POPULATION)
    return found


def _word(value: Any, known: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{name} {value!r} is not one of {', '.join(known)}")
    return value


def _care(content: Any) -> dict[str, bool]:
    values = plain_object({} if content is None else content, _CARE, "care")
    for name, value in values.items():
        if not isinstance(value, bool):
            raise InputError(f"care.{name} is {value!r}; give true or false")
    return dict(values)


def _day(value: Any, where: str) -> float:
    if not is_finite_number(value):
        raise InputError(f"{where} is {value!r}; give a day as a number, such as 14")
    plausible("study_day", value, field=where)
    return float(value)


def _scale(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where} is {value!r}; give the name of a scale, such as madrs")
    try:
        return scale_document(value).id
    except UnknownNameError as error:
        raise UnknownNameError(f"scale ({where})", value, error.known) from None


def _latest(ratings: tuple[Rated, ...]) -> str:
    """The scale of the newest rating that was obtained."""
    found = [one.scale for one in ratings if one.total is not None]
    return found[-1] if found else "madrs"


def _doses(values: Mapping[str, Any], today: float) -> tuple[Given, ...]:
    listed = plain_list(values.get("doses", []), "doses")
    if len(listed) > MOST_DOSES:
        raise InputError(f"doses holds {len(listed)}; a forecast takes at most {MOST_DOSES}: leave out the oldest")
    doses = sorted((_given(one, f"doses[{place}]") for place, one in enumerate(listed)), key=lambda one: one.day)
    for one in doses:
        if one.day > today:
            raise InputError(
                f"a dose on day {one.day:g} lies after today, day {today:g}; what is still to come belongs into planned"
            )
    for earlier, later in pairwise(doses):
        if earlier.day == later.day:
            raise InputError(f"two doses stand on day {later.day:g}; give one, or decimals of the day")
    return tuple(doses)


def _given(content: Any, where: str) -> Given:
    values = plain_object(content, _DOSE, where)
    if "day" not in values:
        raise InputError(f"{where}.day is missing")
    return Given(_day(values["day"], f"{where}.day"), _dose(values, where))


def _dose(values: Mapping[str, Any], where: str) -> Dose:
    for name in ("drug", "route"):
        if not isinstance(values.get(name), str):
            raise InputError(f"{where}.{name} is {values.get(name)!r}; give a word")
    amounts = {name: _number(values.get(name), f"{where}.{name}") for name in ("dose_mg", "dose_mg_per_kg")}
    plausible("dose_mg", amounts["dose_mg"], field=f"{where}.dose_mg")
    duration_min = _number(values.get("duration_min"), f"{where}.duration_min") or 0.0
    require_plausible_dose(values["route"], amounts["dose_mg_per_kg"], duration_min, where)
    try:
        return Dose(values["drug"], values["route"], 0.0, **amounts, duration_h=duration_min / MIN_PER_H)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def require_plausible_dose(route: str, per_kg: float | None, duration_min: float, where: str) -> None:
    """Raises `InputError` for a slip of unit or decimal point. What is 0 or less `Dose` judges: 0 min is a bolus."""
    if duration_min > 0:
        plausible("duration_min", duration_min, field=f"{where}.duration_min")
    if per_kg is not None and per_kg > 0 and route in _PER_KG_ROUTES:
        plausible(f"dose_mg_per_kg.{route}", per_kg, field=f"{where}.dose_mg_per_kg")


def _number(value: Any, where: str) -> float | None:
    if value is not None and not is_finite_number(value):
        raise InputError(f"{where} is {value!r}; give a number")
    return None if value is None else float(value)


def _ratings(values: Mapping[str, Any], today: float, start: float) -> tuple[tuple[Rated, ...], tuple[str, ...]]:
    listed = plain_list(values.get("ratings", []), "ratings")
    if len(listed) > MOST_RATINGS:
        raise InputError(
            f"ratings holds {len(listed)}; a forecast takes at most {MOST_RATINGS}: "
            "leave out the oldest, or keep one in a week"
        )
    ratings = sorted((_rated(one, f"ratings[{place}]") for place, one in enumerate(listed)), key=lambda one: one.day)
    if not any(one.total is not None for one in ratings):
        raise InputError("there is no rating; a forecast starts from at least one, before or after the first dose")
    seen: set[tuple[str, float]] = set()
    for one in ratings:
        if one.day > today:
            raise InputError(f"a rating on day {one.day:g} lies after today, day {today:g}; check the day")
        if (one.scale, one.day) in seen:
            raise InputError(f"two ratings of {one.scale} stand on day {one.day:g}; say which one counts")
        seen.add((one.scale, one.day))
    return _from_baseline(ratings, start)


def _from_baseline(ratings: list[Rated], start: float) -> tuple[tuple[Rated, ...], tuple[str, ...]]:
    """Ratings from the baseline of each scale on: earlier ones say nothing of what treatment met."""
    baseline = {one.scale: one.day for one in ratings if one.total is not None and one.day <= start}
    kept = tuple(one for one in ratings if one.day >= baseline.get(one.scale, -math.inf))
    left, missed = len(ratings) - len(kept), sum(one.total is None for one in kept)
    notes = []
    if left:
        notes.append(f"{left} rating{'s' * (left > 1)} before the baseline left out")
    if missed:
        notes.append(f"{missed} rating{'s' * (missed > 1)} due and not obtained: nothing stands in for them")
    return kept, tuple(notes)


def _rated(content: Any, where: str) -> Rated:
    values = plain_object(content, _RATING, where)
    for name in ("day", "scale"):
        if name not in values:
            raise InputError(f"{where}.{name} is missing")
    scale, total = _scale(values["scale"], f"{where}.scale"), values.get("total")
    if total is not None:
        try:
            total = whole_total(scale_document(scale), total)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
    return Rated(_day(values["day"], f"{where}.day"), scale, total, _item_9(values.get("item_9"), scale, where))


def _item_9(value: Any, scale: str, where: str) -> int | None:
    if value is None:
        return None
    if scale not in ITEM_9:
        raise InputError(f"{where}.item_9 is an item of {', '.join(ITEM_9)}, not of {scale}; leave it out")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= ITEM_9[scale]:
        raise InputError(f"{where}.item_9 is {value!r}; give 0 to {ITEM_9[scale]}")
    return value


def _planned(content: Any, today: float, doses: tuple[Given, ...]) -> Planned:
    values = plain_object({} if content is None else content, _PLANNED, "planned")
    if values.get("every_d") is not None and values.get("days") is not None:
        raise InputError("planned holds both every_d and days; give one of them")
    review = values.get("review_day")
    dose = values.get("dose")
    made = Planned(
        every_d=_every(values.get("every_d")),
        days=_planned_days(values.get("days"), today),
        dose=None if dose is None else _dose(plain_object(dose, _DOSE[1:], "planned.dose"), "planned.dose"),
        review_day=None
        if review is None
        else _after(_day(review, _REVIEW), today, _REVIEW, "give a day from today on"),
    )
    if made.dose is None and not doses:
        raise InputError("no dose was given and none is planned; give doses, or planned.dose")
    return made


def _still_to_come(planned: Planned, doses: tuple[Given, ...]) -> tuple[Planned, tuple[str, ...]]:
    """Without days on which a dose was given: a treatment session of today that took place counts once."""
    given = {one.day for one in doses}.intersection(planned.days)
    if not given:
        return planned, ()
    days = ", ".join(f"{day:g}" for day in sorted(given))
    note = f"planned for day {days}, where a dose was given already: counted once"
    return replace(planned, days=tuple(day for day in planned.days if day not in given)), (note,)


def _every(value: Any) -> float | None:
    every = _number(value, "planned.every_d")
    if every is not None and not 1 <= every <= 366:
        raise InputError(f"planned.every_d is {every:g}; give days from 1 to 366")
    return every


def _planned_days(content: Any, today: float) -> tuple[float, ...]:
    listed = plain_list([] if content is None else content, "planned.days")
    if len(listed) > MOST_DOSES:
        raise InputError(f"planned.days holds {len(listed)}; a forecast takes at most {MOST_DOSES}")
    days = sorted(_after(_day(one, f"planned.days[{i}]"), today, f"planned.days[{i}]") for i, one in enumerate(listed))
    if len(set(days)) < len(days):
        raise InputError("planned.days names a day twice; give each once")
    return tuple(days)


def _after(day: float, today: float, where: str, to_do: str = "what was given belongs into doses") -> float:
    if day < today:
        raise InputError(f"{where} is day {day:g}, before today, day {today:g}; {to_do}")
    return day
