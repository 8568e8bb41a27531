"""The page behind the link of a reminder: the day, and how to prepare in the clinician's own words.

As with a check-in the token is the only secret: no name, no cookie, and a link that is wrong or over tells nothing.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.models import PatientByLink
from holdfast.clinic.messaging.link_pages import help_now, too_many
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.reminders import actions, queries


@login_not_required
@require_safe
def reminder(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens: the day and how to prepare; after the day nothing."""
    now = timezone.now()
    link = queries.link_of(token)
    if too_many(request, link, now):
        return _sorry(request, "too-many", 429)
    if link is None:
        return _sorry(request, "no-link", 404)
    row = link.reminder
    programme = row.course.programme
    with timezone.override(programme.time_zone):
        if now >= row.over_at:
            return _sorry(request, "over", 410, programme)
        patient = PatientByLink(course_pk=row.course_id, programme_pk=programme.pk)
        if request.method == "GET":
            actions.open_reminder(actor=patient, reminder=row, now=now)
        shown = queries.shown_by_link(actor=patient, reminder=row)
        return render(request, "reminders/shown.html", {**help_now(programme), "shown": shown})


def _sorry(request: HttpRequest, why: str, status: int, programme: Programme | None = None) -> HttpResponse:
    return render(request, "reminders/sorry.html", {"why": why, **help_now(programme)}, status=status)
