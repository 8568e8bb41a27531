"""Record a safety check."""

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
from holdfast.clinic.safety.forms import SafetyCheckForm
from holdfast.clinic.safety.models import SafetyCheck
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
