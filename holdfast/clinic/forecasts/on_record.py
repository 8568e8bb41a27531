"""A course read from the records as plain values for a forecast, as it stood at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from holdfast.clinic.assessments.models import Assessment
from holdfast.clinic.assessments.queries import rated
from holdfast.clinic.courses.models import Course, TimeBasis
from holdfast.clinic.courses.standing import headline_scale
from holdfast.clinic.flow_sheets.models import FlowSheetEntry
from holdfast.clinic.forecasts.patient_file import SCALES, DoseOnRecord, OnRecord, PlanOnRecord, RatingOnRecord
from holdfast.clinic.patients.queries import age_now
from holdfast.clinic.plans.standing import plan_held, plan_value
from holdfast.clinic.reviews.queries import points_of, reviews_by_course
from holdfast.clinic.treatment_sessions.queries import OPEN, SessionView, session_value
from holdfast.forecast.patient_file import ITEM_9
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.entries import Kind
from holdfast.units import S_PER_D

NOON = dt.time(12)
REVIEWS_AHEAD = dt.timedelta(weeks=26)


class Calendar:
    """Days of the file: from the first dose of the course, in days of 24 hours; or study days as they are."""

    def __init__(self, course: Course, sessions: Iterable[SessionView], until: dt.datetime) -> None:
        self.by_day = course.time_basis == TimeBasis.STUDY_DAY
        self._zone = ZoneInfo(course.programme.time_zone)
        first = min((s.dosed_at for s in sessions if s.dosed_at and s.dosed_at <= until), default=until)
        self.zero: dt.datetime | None = None if self.by_day else first

    def of(self, at: dt.datetime | None, study_day: int | None = None) -> float | None:
        """The day of a moment, to a thousandth (86 s); None where it has none."""
        if self.zero is None:
            return None if study_day is None else float(study_day)
        return None if at is None else round((at - self.zero).total_seconds() / S_PER_D, 3)

    def of_date(self, on: dt.date | None, study_day: int | None = None) -> float | None:
        """The day of noon of a date."""
        return self.of(None if on is None else dt.datetime.combine(on, NOON, self._zone), study_day)


def on_record(course: Course, until: dt.datetime) -> tuple[OnRecord, dt.datetime | None]:
    """The course as it stood then, and the moment of day 0 (None: study days). The caller has asked for permission.

    What came later is not taken; a correction of what came before is, whenever it was entered. Of study days everything
    is taken, for they have no today: it is the last of them on which something is on record.
    """
    sessions = [session_value(row) for row in course.treatment_sessions.current().order_by("number")]
    calendar = Calendar(course, sessions, until)
    rows = list(Assessment.objects.current().filter(course=course).order_by("pk"))
    ratings = [(day, row) for row in rows if (day := calendar.of(row.rated_at, row.study_day)) is not None]
    given = [(day, s) for s in sessions if (day := calendar.of(s.dosed_at, s.dosed_on_day)) is not None]
    last = max((day for day, _ in [*ratings, *given]), default=0.0)
    today = calendar.of(until)
    today = last if today is None else today
    day_on = None if calendar.by_day else course.programme.day_of(until)
    seen = [row for day, row in ratings if day <= today]
    record = OnRecord(
        today=today, drug=course.drug, route=course.route,
        doses=tuple(_dose(day, s) for day, s in given if day <= today),
        ratings=tuple(_rating(day, row) for day, row in ratings if day <= today),
        plan=_plan(course, sessions, calendar, day_on, until),
        usual_duration_min=protocol_named(course.protocol).administration.duration_min,
        weight_kg=_weight_kg(course, until), age_y=_age_y(course, day_on), sex=course.patient.sex or None,
        indication=course.indication, headline=_headline(course, seen), protocol=course.protocol,
    )  # fmt: skip
    return record, calendar.zero


def _dose(day: float, held: SessionView) -> DoseOnRecord:
    return DoseOnRecord(day, held.drug, held.route, held.dose_mg, held.duration_min, held.number)


def _rating(day: float, row: Assessment) -> RatingOnRecord:
    return RatingOnRecord(day, row.scale, None if row.total is None else float(row.total), _item_9(row), row.leg)


def _item_9(row: Assessment) -> int | None:
    """The answer to item 9 of a PHQ-9, where its items were entered."""
    answers = row.answers
    if row.scale not in ITEM_9 or not isinstance(answers, list) or len(answers) < 9 or answers[8] is None:
        return None
    return int(answers[8])


def _headline(course: Course, rows: list[Assessment]) -> str | None:
    """The scale the course is judged on, of those a forecast can be made on."""
    fixed = course.baselines.values_list("scale", flat=True)
    return headline_scale([rated(row) for row in rows if row.scale in SCALES], dict.fromkeys(fixed, 0.0))


def _weight_kg(course: Course, until: dt.datetime) -> float | None:
    """The newest weight on a flow-sheet of the course; None where none was recorded."""
    rows = FlowSheetEntry.objects.filter(
        treatment_session__course=course, kind=Kind.DOSE.value, made_at__lte=until, withdrawn=False, superseded_by=None
    ).order_by("-made_at", "-pk")
    weights = (given.get("weight_kg") for given in rows.values_list("given", flat=True))
    return next((float(weight) for weight in weights if weight is not None), None)


def _age_y(course: Course, day_on: dt.date | None) -> float | None:
    if day_on is None:
        return None if course.patient.age_y is None else float(course.patient.age_y)
    found = age_now(course.patient, day_on)
    return None if found is None else float(found)


def _plan(
    course: Course, sessions: list[SessionView], calendar: Calendar, day_on: dt.date | None, until: dt.datetime
) -> PlanOnRecord:
    """What was planned. Looking back, what was planned for later days is taken as it stands now."""
    if day_on is None:
        return PlanOnRecord()
    held = plan_held(course, day_on)
    value = None if held is None else plan_value(held)
    now = calendar.of(until) or 0.0
    planned = [(on, calendar.of_date(on)) for s in sessions if (on := _planned_on(s, until)) is not None]
    return PlanOnRecord(
        days=tuple(max(day, now) if on == day_on else day for on, day in planned if day is not None),
        intervals_d=() if value is None else value.intervals_d,
        dose_mg=None if value is None else value.dose_mg,
        dose_mg_per_kg=None if value is None else value.dose_mg_per_kg,
        review_day=_review_day(course, sessions, calendar, day_on),
    )


def _planned_on(held: SessionView, until: dt.datetime) -> dt.date | None:
    """The day on which it was still to come at that moment."""
    if held.state in OPEN and not held.given:
        return held.planned_on
    return held.planned_on if held.dosed_at is not None and held.dosed_at > until else None


def _review_day(course: Course, sessions: list[SessionView], calendar: Calendar, day_on: dt.date) -> float | None:
    """The next review of the protocol that is still to come."""
    dosed_on = [course.programme.day_of(s.dosed_at) for s in sessions if s.dosed_at]
    held = reviews_by_course([course.pk]).get(course.pk, ())
    points = points_of(
        protocol_named(course.protocol), dosed_on=[day for day in dosed_on if day <= day_on], held=held,
        today=day_on + REVIEWS_AHEAD,
    )  # fmt: skip
    ahead = [point.due_on for point in points if point.due_on is not None and point.due_on > day_on]
    return calendar.of_date(min(ahead)) if ahead else None
