"""Record a safety check, and an adverse event outside a treatment session."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.safety import actions
from holdfast.clinic.safety.forms import AdverseEventForm, SafetyCheckForm, initial_of
from holdfast.clinic.safety.models import AdverseEventRecord, SafetyCheck
from holdfast.clinic.safety.queries import event_of
from holdfast.errors import InputError


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """A check that was done, or could not be; `corrects` in the address names an entry that was wrong."""
    course = course_or_404(request.user, course_id)
    require(request.user, "safety_check.record", course)
    wrong = _corrected(course, request.GET.get("corrects", ""))
    names = ("check_key", "done_on", "study_day", "outcome")
    initial = {name: getattr(wrong, name) for name in names} if wrong else {
        "done_on": course.programme.day_of(timezone.now()), "check_key": request.GET.get("check", "")
    }  # fmt: skip
    form = SafetyCheckForm(request.POST or None, course=course, correcting=wrong is not None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_safety_check(
                actor=request.user, course=course, now=timezone.now(), supersedes=wrong, **form.cleaned_data
            )
            return redirect(page_of(course))
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "course": course, "course_url": page_of(course), "wrong": wrong}
    return render(request, "safety/record.html", context, status=422 if form.errors else 200)


def _corrected(course: Course, public_id: str) -> SafetyCheck | None:
    """The entry of this course that is corrected; None where none is named."""
    if not public_id:
        return None
    try:
        return course.safety_checks.get(public_id=UUID(public_id))
    except (ValueError, SafetyCheck.DoesNotExist):
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
def record_event(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """An adverse event told between treatment sessions; `corrects` in the address names an entry that was wrong."""
    course = course_or_404(request.user, course_id)
    require(request.user, "adverse_event.record", course)
    wrong = _corrected_event(course, request.GET.get("corrects", ""))
    with timezone.override(course.programme.time_zone):
        initial = initial_of(event_of(wrong)) if wrong else {"onset_at": timezone.localtime()}
        form = AdverseEventForm(request.POST or None, correcting=wrong is not None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                actions.record_adverse_event(
                    actor=request.user, course=course, given=form.given(), now=timezone.now(), supersedes=wrong,
                    why=form.cleaned_data.get("why", ""), withdraw=wrong is not None and "withdraw" in request.POST,
                )  # fmt: skip
                return redirect(page_of(course))
            except InputError as error:
                form.refuse(error)
        context = {"form": form, "course": course, "course_url": page_of(course), "wrong": wrong}
        return render(request, "safety/record_event.html", context, status=422 if form.errors else 200)


def _corrected_event(course: Course, public_id: str) -> AdverseEventRecord | None:
    """The entry of this course that is corrected; None where none is named."""
    if not public_id:
        return None
    try:
        return course.adverse_events.get(public_id=UUID(public_id), withdrawn=False)
    except (ValueError, AdverseEventRecord.DoesNotExist):
        raise Http404 from None
