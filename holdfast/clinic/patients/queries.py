"""Everything the page of one patient shows, filtered by what the actor may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.assessments.queries import Rated
from holdfast.clinic.courses import queries as courses
from holdfast.clinic.courses.due import Due
from holdfast.clinic.courses.evaluations import EvaluationView, evaluation_view
from holdfast.clinic.courses.models import Course, PhaseChange
from holdfast.clinic.courses.standing import Standing, standings
from holdfast.clinic.patients.corrections import Correction, corrections
from holdfast.clinic.patients.models import Patient
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.reviews.queries import ReviewHeld
from holdfast.clinic.safety.queries import Check
from holdfast.clinic.treatment_sessions.queries import SessionView, without_dose
from holdfast.days import age_on
from holdfast.errors import UnknownNameError
from holdfast.safety.due_checks import DueCheck
from holdfast.safety.exposure import DoseGiven, Exposure, exposure


@dataclass(frozen=True)
class CourseView:
    """One course as the actor may see it. Empty tuples and None where the role does not include it."""

    course: Course
    week: int | None
    ratings: tuple[Rated, ...]
    baselines: dict[str, float]
    standings: tuple[Standing, ...]
    sessions: tuple[SessionView, ...]
    exposure: tuple[Exposure, ...] | None  # each drug by itself; None = not for the reader
    checks: tuple[Check, ...]
    reviews: tuple[ReviewHeld, ...]
    checks_asked: tuple[DueCheck, ...]  # by the rules, unsigned ones told as inactive
    due: tuple[Due, ...]
    phase_changes: tuple[PhaseChange, ...]
    evaluation: EvaluationView | None


@dataclass(frozen=True)
class PatientView:
    """One patient with the courses, newest first. `sees_clinical` is false for the front desk."""

    patient: Patient
    programme: Programme
    age_y: int | None
    courses: tuple[CourseView, ...]
    corrections: tuple[Correction, ...]  # of the details, newest first
    sees_clinical: bool
    sees_doses: bool


def patient_view(*, actor: Actor, public_id: UUID, now: dt.datetime) -> PatientView:
    """The page of one patient. Raises `UnknownNameError` where there is none, or it is another programme's."""
    require(actor, "patient.view")
    patient = Patient.objects.select_related("programme").filter(public_id=public_id).first()
    if patient is None or not may(actor, "patient.view", patient):
        raise UnknownNameError("patient", "this", [])
    rows = list(courses.courses_visible_to(actor).filter(patient=patient).order_by("-pk"))
    values = courses.values_of(rows, now)
    return PatientView(
        patient=patient,
        programme=patient.programme,
        age_y=age_now(patient, patient.programme.day_of(now)),
        courses=tuple(_course_view(actor, row, values, now) for row in rows),
        corrections=corrections(patient),
        sees_clinical=may(actor, "course.view", patient),
        sees_doses=may(actor, "treatment_session.view_dose", patient),
    )


def age_now(patient: Patient, today: dt.date) -> int | None:
    """Age in completed years: by date of birth, else as it was recorded. None where neither is known."""
    if patient.date_of_birth is not None:
        return age_on(patient.date_of_birth, today)
    return None if patient.age_y is None else int(Decimal(patient.age_y))


def _course_view(actor: Actor, course: Course, values: courses.CourseValues, now: dt.datetime) -> CourseView:
    scores = may(actor, "assessment.view", course)
    doses = may(actor, "treatment_session.view_dose", course)
    ratings = tuple(values.ratings.get(course.pk, ())) if scores else ()
    baselines = values.baselines.get(course.pk, {}) if scores else {}
    sessions = tuple(values.sessions.get(course.pk, ()))
    due = courses.everything_due(course, values, now)
    clinical, sees_checks = may(actor, "course.view", course), may(actor, "safety_check.view", course)
    granted = courses.granted_to(actor, course)
    return CourseView(
        course=course,
        week=courses.week_of(course, now),
        ratings=ratings,
        baselines=baselines,
        standings=standings(ratings, baselines, course.programme.choices, judged=course.treats_an_illness),
        sessions=sessions if doses else tuple(without_dose(s) for s in sessions),
        exposure=_exposure(course, sessions) if doses else None,
        checks=tuple(values.checks.get(course.pk, ())) if sees_checks else (),
        reviews=tuple(values.reviews.get(course.pk, ())) if clinical else (),
        checks_asked=courses.checks_of(course, values, now) if sees_checks else (),
        due=tuple(d for d in due if d.seen_with(granted)),
        phase_changes=tuple(course.phase_changes.select_related("by")) if clinical else (),
        evaluation=_evaluation(course) if may(actor, "evaluation.view", course) else None,
    )


def _exposure(course: Course, sessions: tuple[SessionView, ...]) -> tuple[Exposure, ...]:
    """What was given over the course, each drug by itself."""
    day_of = course.programme.day_of
    return exposure(
        DoseGiven(s.drug, day_of(s.dosed_at) if s.dosed_at else None, s.dose_mg, treatment_session=str(s.public_id))
        for s in sessions
        if s.given
    )


def _evaluation(course: Course) -> EvaluationView | None:
    row = course.evaluations.select_related("by").prefetch_related("overrides__by").first()
    return None if row is None else evaluation_view(row)
