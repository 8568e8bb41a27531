"""Record a safety check."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.safety import actions
from holdfast.clinic.safety.forms import SafetyCheckForm
from holdfast.errors import InputError


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """A check that was done, or could not be."""
    course = course_or_404(request.user, course_id)
    require(request.user, "safety_check.record", course)
    today = course.programme.day_of(timezone.now())
    initial = {"done_on": today, "check_key": request.GET.get("check", "")}
    form = SafetyCheckForm(request.POST or None, course=course, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_safety_check(actor=request.user, course=course, now=timezone.now(), **form.cleaned_data)
            return redirect(page_of(course))
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "course": course, "course_url": page_of(course)}
    return render(request, "safety/record.html", context, status=422 if form.errors else 200)
