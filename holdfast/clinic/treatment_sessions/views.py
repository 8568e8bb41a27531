"""Plan, record, correct and cancel treatment sessions; the dose arithmetic is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.patients.queries import age_now
from holdfast.clinic.programmes.queries import protocol_rules_of
from holdfast.clinic.treatment_sessions import actions
from holdfast.clinic.treatment_sessions.forms import CancelForm, CorrectionForm, DoseForm, PlanForm, SessionForm
from holdfast.clinic.treatment_sessions.lookup import treatment_session_or_404
from holdfast.clinic.treatment_sessions.models import TreatmentSession
from holdfast.clinic.treatment_sessions.queries import SessionView, session_value
from holdfast.errors import InputError, RefusedError
from holdfast.protocols.devices import device_dose
from holdfast.protocols.dose import calculated_dose
from holdfast.protocols.protocol import protocol as protocol_named
from holdfast.treatment_sessions.states import State

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
def plan(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Plan one treatment session; those planned already are listed."""
    course = course_or_404(request.user, course_id)
    require(request.user, "treatment_session.plan", course)
    form = PlanForm(request.POST or None, course=course)
    if request.method == "POST" and form.is_valid():
        try:
            wanted = actions.SessionToPlan(**form.cleaned_data)
            actions.plan_treatment_sessions(actor=request.user, course=course, sessions=[wanted], now=timezone.now())
            return redirect("session-plan", course.public_id)
        except (InputError, RefusedError) as error:
            form.refuse(error)
    context = {"form": form, "course": course, "course_url": page_of(course), "planned": _planned(course)}
    return render(request, "treatment_sessions/plan.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def record(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Write down a treatment session that took place. The dose is worked out above the form, on request."""
    course = course_or_404(request.user, course_id)
    require(request.user, "treatment_session.record", course)
    planned = _planned(course)
    protocol = protocol_named(course.protocol)
    by_weight = protocol.administration.device_mg is None
    dose_form = DoseForm(request.GET if "work_out" in request.GET else None, by_weight=by_weight)
    worked = _worked_out(course, dose_form) if dose_form.is_bound and dose_form.is_valid() else None
    with timezone.override(course.programme.time_zone):
        initial = {
            "treatment_session": request.GET.get("session", ""),
            "dose_mg": worked.dose_mg if worked else None,
            "duration_min": getattr(worked, "duration_min", None) if worked else protocol.administration.duration_min,
        }
        form = SessionForm(request.POST or None, course=course, planned=planned, initial=initial)
        if request.method == "POST" and form.is_valid() and _recorded(request, course, planned, form):
            return redirect(page_of(course))
        context = {
            "form": form, "course": course, "course_url": page_of(course), "protocol": protocol, "dose": worked,
            "dose_form": dose_form, "sees_dose": may(request.user, "treatment_session.view_dose", course),
            "session_id": request.GET.get("session", ""),
        }  # fmt: skip
        wrong = bool(form.errors) or (dose_form.is_bound and bool(dose_form.errors))
        return render(request, "treatment_sessions/record.html", context, status=422 if wrong else 200)


def _recorded(request: SignedInRequest, course: Course, planned: list[TreatmentSession], form: SessionForm) -> bool:
    """Record the treatment session, planned or not. False where it was refused."""
    given = {"actor": request.user, "now": timezone.now(), **form.cleaned_data}
    chosen = given.pop("treatment_session")
    found = next((s for s in planned if str(s.public_id) == chosen), None)
    try:
        if found is None:
            actions.record_unplanned_treatment_session(course=course, **given)
        else:
            actions.record_treatment_session(treatment_session=found, **given)
    except (InputError, RefusedError) as error:
        form.refuse(error)
        return False
    return True


@require_http_methods(FORM)
def correct(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """A newer version of the record of a treatment session, with the reason."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "treatment_session.correct", row)
    seen = session_value(row)
    if request.method != "POST" and (row.replaced_at is not None or not seen.can_be_corrected):
        return _closed(request, row, "This record was corrected before, or is not whole yet; see the newest here.")
    with timezone.override(row.programme.time_zone):
        form = CorrectionForm(request.POST or None, course=row.course, initial=_recorded_before(seen))
        if request.method == "POST" and form.is_valid():
            try:
                given = {"actor": request.user, "treatment_session": row, "now": timezone.now(), **form.cleaned_data}
                actions.correct_treatment_session(**given)
                return redirect(page_of(row.course))
            except (InputError, RefusedError) as error:
                form.refuse(error)
        context = {"form": form, "session": seen, "course": row.course, "course_url": page_of(row.course)}
        return render(request, "treatment_sessions/correct.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def cancel(request: SignedInRequest, treatment_session_id: UUID) -> HttpResponse:
    """Cancel a treatment session before any drug was given, with the reason."""
    row = treatment_session_or_404(request.user, treatment_session_id)
    require(request.user, "treatment_session.plan", row)
    seen = session_value(row)
    if request.method != "POST" and not seen.can_be_cancelled:
        return _closed(request, row, f"This treatment session is {row.state}; it can no longer be cancelled.")
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            now, why = timezone.now(), form.cleaned_data["why"]
            actions.cancel_treatment_session(actor=request.user, treatment_session=row, why=why, now=now)
            return redirect(page_of(row.course))
        except (InputError, RefusedError) as error:
            form.refuse(error)
    context = {"form": form, "session": seen, "course": row.course, "course_url": page_of(row.course)}
    return render(request, "treatment_sessions/cancel.html", context, status=422 if form.errors else 200)


def _closed(request: SignedInRequest, row: TreatmentSession, sentence: str) -> HttpResponse:
    messages.error(request, sentence, extra_tags="late")
    return redirect(page_of(row.course))


def _recorded_before(seen: SessionView) -> dict[str, Any]:
    """What the record says now, as the form shows it. Call inside the time zone of the programme."""
    moments = {"dosed_at": seen.dosed_at, "discharged_at": seen.discharged_at}
    return {
        **{name: timezone.localtime(at) if at else None for name, at in moments.items()},
        "dosed_on_day": seen.dosed_on_day, "dose_mg": seen.dose_mg, "duration_min": seen.duration_min,
    }  # fmt: skip


def _planned(course: Course) -> list[TreatmentSession]:
    return [s for s in course.treatment_sessions.current() if s.state == State.PLANNED]


def _worked_out(course: Course, form: DoseForm) -> Any:
    """The dose with its arithmetic; None, with the reason beside the field, where it cannot be worked out."""
    rules = protocol_rules_of(course.programme, protocol=course.protocol, indication=course.indication)
    plan = protocol_named(course.protocol)
    given = {name: value for name, value in form.cleaned_data.items() if value is not None}
    try:
        if plan.administration.device_mg is not None:
            return _devices(course, plan, given, rules)
        return calculated_dose(plan, rules=rules, sex=course.patient.sex or None, **given)
    except InputError as error:
        form.refuse(error)
        return None


def _devices(course: Course, plan: Any, given: dict[str, Any], rules: Any) -> Any:
    if "dose_mg" not in given:
        raise InputError("dose_mg: give the dose to be checked")
    today = course.programme.day_of(timezone.now())
    day = 1 if course.started_on is None else max((today - course.started_on).days, 0) + 1
    age_y = age_now(course.patient, today)
    return device_dose(
        plan, dose_mg=given["dose_mg"], day=day, indication=course.indication,
        age_y=None if age_y is None else float(age_y), rules=rules,
    )  # fmt: skip
