"""Forecasts as values for pages: the one shown with its picture, what earlier ones said, how the next one stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from holdfast.clinic import numerics
from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.assessments.queries import Rated, ratings_by_course
from holdfast.clinic.courses.due import BEING_TREATED
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.phases import ENDED, Phase
from holdfast.clinic.forecasts.deciding import newest_of
from holdfast.clinic.forecasts.fan import Fan, Words, fan_of, words_of
from holdfast.clinic.forecasts.models import Forecast, ForecastDecision, ForecastRequest
from holdfast.clinic.forecasts.switch import is_shown
from holdfast.clinic.forecasts.words import Told, answers_of, reason_words
from holdfast.clinic.jobs.models import Job, State
from holdfast.units import S_PER_D

JOB = "forecasts.make"
EARLIER = 6  # medians of so many forecasts before it are drawn
LISTED = 30
BEHIND = dt.timedelta(minutes=15)  # after which a request that nobody took says so
EVERY_D = 14  # rows of the table


@dataclass(frozen=True)
class Row:
    """One line of the table that says what the picture says."""

    day: str
    median: float
    bands: tuple[tuple[float, float], ...]  # of 50, 80 and 95 %


@dataclass(frozen=True)
class Came:
    """A rating that came after a forecast, beside what it had said of that day."""

    day: str
    total: float
    median: float
    low: float  # of 80 %
    high: float

    @property
    def inside(self) -> bool:
        """Did it lie in the band of 80 %?"""
        return self.low <= self.total <= self.high


@dataclass(frozen=True)
class Shown:
    """One forecast for a page."""

    row: Forecast
    verdicts: tuple[str, ...]
    answers: tuple[Told, ...]
    fan: Fan | None
    table: tuple[Row, ...]
    came: tuple[Came, ...]

    @property
    def about(self) -> Mapping[str, Any]:
        """Model, population and facts, as the answer names them."""
        found: Mapping[str, Any] = self.row.answer.get("about", {})
        return found


@dataclass(frozen=True)
class OfCourse:
    """How forecasts of a course stand. `shown` None: there is none; `state` is the sentence about the next one.

    `has_part`: a course before or after treatment of which there is no forecast has no part on the patient's page.
    """

    shown: Shown | None
    state: str
    may_ask: bool
    has_part: bool


def forecasts_of(course: Course) -> QuerySet[Forecast]:
    """Every forecast of a course with what asked for it. The caller has asked for permission."""
    return Forecast.objects.filter(course=course).select_related("request__by", "course__patient__programme")


def of_course(
    *, actor: Actor, course: Course, now: dt.datetime, ratings: Sequence[Rated] | None = None
) -> OfCourse | None:
    """For the page of a course; None where the programme shows none or they are not the actor's.

    `ratings` are those of the course as they stand, where the page has them already.
    """
    if not may(actor, "forecast.view", course) or not is_shown(course.programme):
        return None
    newest = newest_of(course).select_related("request__by", "course__patient__programme").first()
    state = _state(course, newest, now)
    shown = None if newest is None else shown_of(newest, ratings)
    open_ = Phase(course.phase) not in ENDED or course.time_basis != "calendar"
    return OfCourse(
        shown, state, may(actor, "forecast.ask", course) and numerics.is_installed() and open_,
        has_part=shown is not None or Phase(course.phase) in BEING_TREATED,
    )  # fmt: skip


def forecast_by_id(*, actor: Actor, public_id: UUID) -> Forecast | None:
    """One forecast, with its course; None where there is none for the actor. Pages ask whether any is shown."""
    require(actor, "forecast.view")
    rows = Forecast.objects.select_related("course__patient__programme", "request__by")
    found = rows.filter(public_id=public_id).first()
    return found if found is not None and may(actor, "forecast.view", found) else None


def shown_of(row: Forecast, ratings: Sequence[Rated] | None = None) -> Shown:
    """A forecast with its picture, on the days of that forecast."""
    zone = ZoneInfo(row.programme.time_zone)
    if row.refused:
        return Shown(row, (row.refused,), (), None, (), ())
    rated = ratings_by_course([row.course.pk]).get(row.course.pk, []) if ratings is None else ratings
    own = _own(row, rated)
    fan = fan_of(
        row.answer, known=_known(row), unknown=[(day, one.total or 0.0) for day, one in own if _is_news(row, day, one)],
        doses=[one["day"] for one in row.patient_file["doses"]], earlier=_earlier(row),
        day_words=words_of(row.day_zero_at, zone), looks_back=row.looks_back,
    )  # fmt: skip
    words = words_of(row.day_zero_at, zone, year=True)
    return Shown(
        row, tuple(row.answer["verdict"]["said"]), tuple(answers_of(row, words)), fan, _table(row, words),
        _came(row, own, words),
    )  # fmt: skip


def _own(row: Forecast, rated: Iterable[Rated]) -> list[tuple[float, Rated]]:
    """Ratings of the scale of the forecast as they stand now, each with its day of the forecast."""
    found = []
    for one in rated:
        if one.scale != row.scale or one.total is None:
            continue
        if row.day_zero_at is None:
            found.append((float(one.study_day or 0), one))
        elif one.at is not None:
            found.append(((one.at - row.day_zero_at).total_seconds() / S_PER_D, one))
    return found


def _known(row: Forecast) -> list[tuple[float, float]]:
    """Ratings of that scale as the forecast was told them: day and total."""
    told = row.patient_file["ratings"]
    return [(float(one["day"]), float(one["total"])) for one in told if one["scale"] == row.scale]


def _is_news(row: Forecast, day: float, one: Rated) -> bool:
    """Did the forecast not know it? It is of a later day, or was entered or changed after the forecast was made."""
    if day > row.day:
        return True
    return one.at is not None and one.at + dt.timedelta(seconds=one.late_by_s or 0.0) > row.made_at


def _earlier(row: Forecast) -> list[Mapping[str, Any]]:
    """Curves on the same scale that were made before it, moved to its days, newest first.

    One that looked back knew nothing later either, but was made when those ratings were there: it is no forecast of
    them and is left out. Of a `row` that looks back itself, those made before the moment it looks back to.
    """
    rows = newest_of(row.course).filter(scale=row.scale, unlike=False, refused="")
    if not row.looks_back:
        rows = rows.filter(pk__lt=row.pk)
    elif row.known_until is not None:
        rows = rows.filter(made_at__lt=row.known_until)
    else:
        return []
    found: list[Mapping[str, Any]] = []
    for zero, days, median in rows.values_list("day_zero_at", "answer__curve__days", "answer__curve__median")[:EARLIER]:
        moved = 0.0 if zero is None or row.day_zero_at is None else (zero - row.day_zero_at).total_seconds() / S_PER_D
        found.append({"days": [day + moved for day in days], "median": median})
    return found


def _table(row: Forecast, words: Words) -> tuple[Row, ...]:
    curve = row.answer["curve"]
    if curve is None:
        return ()
    places = range(0, len(curve["days"]), EVERY_D)
    return tuple(
        Row(words(curve["days"][i]), curve["median"][i], tuple(tuple(curve["bands"][b][i]) for b in ("50", "80", "95")))
        for i in places
    )


def _came(row: Forecast, own: Sequence[tuple[float, Rated]], words: Words) -> tuple[Came, ...]:
    """Ratings of days after the forecast, each beside what it had said of that day (the nearest it names)."""
    curve = row.answer["curve"]
    if curve is None:
        return ()
    first, last = curve["days"][0], curve["days"][-1]
    found = []
    for day, one in own:
        if row.day < day <= last:
            place = min(max(round(day - first), 0), len(curve["days"]) - 1)
            low, high = curve["bands"]["80"][place]
            found.append(Came(words(day), one.total or 0.0, curve["median"][place], low, high))
    return tuple(found)


def _state(course: Course, newest: Forecast | None, now: dt.datetime) -> str:
    """One sentence on the forecast that comes next; empty where the newest stands and nothing waits."""
    if not numerics.is_installed():
        return f"{numerics.NOT_INSTALLED}, so no new forecast is made."
    waits = ForecastRequest.objects.filter(course=course, until=None).order_by("-pk").first()
    if waits is not None and (newest is None or newest.request.pk < waits.pk):
        return _of_request(waits, now)
    if newest is None:
        return "No forecast was made yet. One is made when a rating or a dose is entered, or when somebody asks."
    return ""


def _of_request(request: ForecastRequest, now: dt.datetime) -> str:
    job = Job.objects.filter(key=f"{JOB}:{request.public_id}").first()
    if job is not None and job.state == State.FAILED:
        return f"The newest forecast could not be made: {reason_words(job.reason)}. It was tried {job.tries} times."
    if job is not None and job.reason:
        return f"A new forecast is on its way; at first it could not be made: {reason_words(job.reason)}."
    if job is None or now - request.at > BEHIND:
        return (
            "A new forecast was asked for and nobody has made it yet: the worker that makes them is not running, or is "
            "behind. Whoever looks after the jobs sees why. Everything else works without it."
        )
    return f"A new forecast was asked for ({request.why_words}); it is made within minutes."


def forecasts_listed(*, actor: Actor, course: Course) -> list[Forecast]:
    """The forecasts of a course to choose from, newest first, without what they hold."""
    require(actor, "forecast.view", course)
    return list(forecasts_of(course).order_by("-pk").defer("answer", "patient_file", "left_out")[:LISTED])


def decisions_of(*, actor: Actor, course: Course) -> list[ForecastDecision]:
    """What was decided with a forecast of this course, newest first."""
    require(actor, "forecast.view", course)
    rows = ForecastDecision.objects.filter(course=course).select_related("by", "forecast")
    return list(rows.defer("forecast__answer", "forecast__patient_file").order_by("-pk"))
