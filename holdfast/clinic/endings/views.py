"""The page that ends a course."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.endings import actions
from holdfast.clinic.endings.forms import EndForm
from holdfast.clinic.refusal import RefusedByRuleError
from holdfast.clinic.treatment_sessions.queries import sessions_by_course
from holdfast.errors import InputError, RefusedError


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Stop or complete a course, with the coded reason and what follows."""
    course = course_or_404(request.user, course_id)
    require(request.user, "course.end", course)
    now, decision = timezone.now(), None
    form = EndForm(request.POST or None, initial={"on": course.programme.day_of(now)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_course(actor=request.user, course=course, now=now, **form.cleaned_data)
            return redirect(page_of(course))
        except RefusedByRuleError as error:
            decision = error.decision
            form.add_error(None, "The course was not ended; the reasons are below.")
        except (InputError, RefusedError) as error:
            form.refuse(error)
    planned = [s for s in sessions_by_course([course.pk]).get(course.pk, []) if s.open]
    context = {
        "form": form, "course": course, "course_url": page_of(course), "decision": decision, "planned": planned,
    }  # fmt: skip
    return render(request, "endings/end.html", context, status=422 if form.errors else 200)


@require_POST
def follow_up(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """What was to follow the end of the course is done."""
    course = course_or_404(request.user, course_id)
    require(request.user, "follow_up.record", course)
    try:
        actions.record_follow_up(actor=request.user, course=course, now=timezone.now())
        messages.success(request, "The follow-up is on record as done.", extra_tags="good")
    except InputError as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.", extra_tags="late")
    return redirect(page_of(course))
