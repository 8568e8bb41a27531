"""Pages of the staff: what was agreed, what became of each check-in, pause, revoke, follow up."""

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
from holdfast.clinic.checkins import actions, queries
from holdfast.clinic.checkins.forms import AgreementForm, FollowUpForm, PauseForm, entered, every_words
from holdfast.clinic.checkins.models import CheckIn
from holdfast.clinic.checkins.standing import reminds
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.models import Course
from holdfast.clinic.courses.queries import courses_visible_to
from holdfast.clinic.ui.permitted import permitted
from holdfast.errors import InputError
from holdfast.safety.check_in_questions import REVIEWED_BY, instruments

EVERY_WEEK, A_DAY_H = 7, 24  # what the form offers first; agreed with each patient


@require_safe
def ledger(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """The agreement, and every check-in with what happened to it."""
    course = course_or_404(request.user, course_id)
    return _ledger_page(request, course)


def _ledger_page(request: SignedInRequest, course: Course, **forms: Any) -> HttpResponse:
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
        "asked": _asked_words(agreement.instruments) if agreement else "",
        "every": every_words(agreement.every_d) if agreement else "",
        "next_at": queries.next_check_in(agreement, now),
        "waiting": queries.waits_for_follow_up(rows),
        "pause_form": PauseForm(),
        "follow_up_form": FollowUpForm(),
        "reminded": reminds(course.programme),
        "may": permitted(request.user, course),
        **forms,
    }
    with timezone.override(course.programme.time_zone):
        return render(request, "checkins/ledger.html", context, status=422 if forms else 200)


def _asked_words(names: list[str]) -> str:
    known = instruments()
    return ", ".join(known[name].name for name in names)


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Agree a schedule, or a newer one in its place."""
    course = course_or_404(request.user, course_id)
    require(request.user, "check_in.agree", course)
    now = timezone.now()
    versions = queries.agreements(actor=request.user, course=course)
    first = {"starts_on": course.programme.day_of(now), "every_d": EVERY_WEEK, "open_h": A_DAY_H}
    initial = entered(versions[0]) if versions else first
    form = AgreementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.agree_check_ins(actor=request.user, course=course, now=now, **form.cleaned_data)
            messages.success(request, "The schedule is agreed.", extra_tags="good")
            return redirect("check-ins", course.public_id)
        except InputError as error:
            form.refuse(error)
    context = {
        "form": form,
        "course": course,
        "agreement": versions[0] if versions else None,
        "zone": course.programme.time_zone,
        "own_words": not REVIEWED_BY,
        "reminded": reminds(course.programme),
    }
    return render(request, "checkins/agree.html", context, status=422 if form.errors else 200)


@require_POST
def pause(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Send nothing for a while, with the reason; or send again."""
    course = course_or_404(request.user, course_id)
    require(request.user, "check_in.pause", course)
    try:
        newer = actions.pause_check_ins(
            actor=request.user, course=course, why=request.POST.get("why", ""), now=timezone.now()
        )
    except InputError as error:
        return _ledger_page(request, course, pause_form=PauseForm(request.POST).refused_whole(error))
    said = "Check-ins go out again." if newer.active else "Check-ins are paused; nothing is sent."
    messages.success(request, said, extra_tags="good")
    return redirect("check-ins", course.public_id)


@require_POST
def follow_up(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """Somebody looked after missed check-ins."""
    course = course_or_404(request.user, course_id)
    require(request.user, "check_in.follow_up", course)
    try:
        actions.follow_up(actor=request.user, course=course, note=request.POST.get("note", ""), now=timezone.now())
    except InputError as error:
        return _ledger_page(request, course, follow_up_form=FollowUpForm(request.POST).refused_whole(error))
    messages.success(request, "The follow-up is recorded.", extra_tags="good")
    return redirect("check-ins", course.public_id)


@require_POST
def revoke(request: SignedInRequest, check_in_id: UUID) -> HttpResponse:
    """Close the link of one check-in."""
    rows = CheckIn.objects.select_related("course__patient__programme")
    row = rows.filter(public_id=check_in_id, course__in=courses_visible_to(request.user)).first()
    if row is None:
        raise Http404
    require(request.user, "check_in.revoke", row)
    try:
        actions.revoke_link(actor=request.user, check_in=row, now=timezone.now())
        messages.success(request, "The link is revoked; it opens nothing any more.", extra_tags="good")
    except InputError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("check-ins", row.course.public_id)
