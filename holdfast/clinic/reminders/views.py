"""Pages of the staff: what was agreed, what became of each reminder, stop, drop, an evaluation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import courses_visible_to
from holdfast.clinic.reminders import actions, queries
from holdfast.clinic.reminders.forms import EvaluationForm, ReminderForm, StopForm, before_words
from holdfast.clinic.reminders.standing import reminds
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError

SAME = ("days_before", "at_local", "channel", "address", "prepare")


@require_safe
def ledger(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The agreement, and every reminder with what happened to it."""
    return _page(request, course_or_404(request.user, course_id))


def _page(request: SignedInRequest, course: Course, **forms: Any) -> HttpResponse:
    now = timezone.now()
    rows = queries.ledger(actor=request.user, course=course, now=now)
    versions = queries.agreements(actor=request.user, course=course)
    agreement = versions[0] if versions else None
    context = {
        "course": course,
        "course_url": page_of(course),
        "rows": rows,
        "versions": versions,
        "agreement": agreement,
        "before": before_words(agreement.days_before) if agreement else "",
        "next_at": queries.next_reminder(course, agreement, now),
        "reminded": reminds(course.programme),
        "stop_form": StopForm(),
        "evaluation_form": EvaluationForm(),
        "may": permitted(request.user, course),
        **forms,
    }
    with timezone.override(course.programme.time_zone):
        return render(request, "reminders/ledger.html", context, status=422 if forms else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Agree reminders, or newer ones in their place."""
    course = course_or_404(request.user, course_id)
    require(request.user, "reminder.agree", course)
    versions = queries.agreements(actor=request.user, course=course)
    initial = {name: getattr(versions[0], name) for name in SAME} if versions else {"days_before": 1}
    form = ReminderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.agree_reminders(actor=request.user, course=course, now=timezone.now(), **form.cleaned_data)
            messages.success(request, "The reminders are agreed.", extra_tags="good")
            return redirect("reminders", course.public_id)
        except InputError as error:
            form.refuse(error)
    context = {
        "form": form,
        "course": course,
        "agreement": versions[0] if versions else None,
        "zone": course.programme.time_zone,
        "reminded": reminds(course.programme),
    }
    return render(request, "reminders/agree.html", context, status=422 if form.errors else 200)


@require_POST
def stop(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Send nothing any more, with the reason."""
    course = course_or_404(request.user, course_id)
    require(request.user, "reminder.agree", course)
    try:
        actions.stop_reminders(actor=request.user, course=course, why=request.POST.get("why", ""), now=timezone.now())
    except InputError as error:
        return _page(request, course, stop_form=StopForm(request.POST).refused_whole(error))
    messages.success(request, "Reminders are stopped; nothing is sent.", extra_tags="good")
    return redirect("reminders", course.public_id)


@require_POST
def of_evaluation(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Remind of an evaluation, which has a day nowhere else."""
    course = course_or_404(request.user, course_id)
    require(request.user, "reminder.agree", course)
    form = EvaluationForm(request.POST)
    if form.is_valid():
        try:
            actions.remind_of_evaluation(
                actor=request.user, course=course, on=form.cleaned_data["on"], now=timezone.now()
            )
            messages.success(request, "The patient will be reminded of that day.", extra_tags="good")
            return redirect("reminders", course.public_id)
        except InputError as error:
            form.refuse(error)
    return _page(request, course, evaluation_form=form)


@require_POST
def drop(request: SignedInRequest, reminder_id: UUID) -> HttpResponse:
    """Take a reminder back."""
    row = queries.reminder_by_id(actor=request.user, courses=courses_visible_to(request.user), public_id=reminder_id)
    if row is None:
        raise Http404
    require(request.user, "reminder.agree", row)
    actions.drop_reminder(actor=request.user, reminder=row, now=timezone.now())
    messages.success(request, "The reminder is taken back. What was sent before cannot be called back.")
    return redirect("reminders", row.course.public_id)
