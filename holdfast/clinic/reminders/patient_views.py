"""The page behind the link of a reminder: the day, and how to prepare in the clinician's own words.

As with a check-in the token is the only secret: no name, no cookie, and a link that is wrong or over tells nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.models import PatientByLink
from holdfast.clinic.checkins.actions import count_request
from holdfast.clinic.checkins.tokens import digest_of_address
from holdfast.clinic.programmes.models import Programme
from holdfast.clinic.reminders import actions, queries
from holdfast.clinic.reminders.models import ReminderLink
from holdfast.safety.crisis_lines import lines_for
from holdfast.safety.patient_text import IN_DANGER, NOT_AN_EMERGENCY_SERVICE

WINDOW = dt.timedelta(minutes=10)  # limits of the software, as for check-ins
MOST_OF_A_LINK = 200
MOST_WRONG_LINKS = 30


@login_not_required
@require_safe
def reminder(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens: the day and how to prepare; after the day nothing."""
    now = timezone.now()
    link = queries.link_of(token)
    if _too_many(request, link, now):
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
        return render(request, "reminders/shown.html", {**_help(programme), "shown": shown})


def _too_many(request: HttpRequest, link: ReminderLink | None, now: dt.datetime) -> bool:
    """Guesses are counted by address of the net, a link by itself: guessing never locks out who holds a link."""
    seconds = int(now.timestamp()) // int(WINDOW.total_seconds()) * int(WINDOW.total_seconds())
    key = link.digest if link else digest_of_address(request.META.get("REMOTE_ADDR", ""))
    most = MOST_OF_A_LINK if link else MOST_WRONG_LINKS
    return count_request(key=key, window=dt.datetime.fromtimestamp(seconds, dt.UTC), now=now) > most


def _sorry(request: HttpRequest, why: str, status: int, programme: Programme | None = None) -> HttpResponse:
    return render(request, "reminders/sorry.html", {"why": why, **_help(programme)}, status=status)


def _help(programme: Programme | None) -> dict[str, Any]:
    """Where to get help now, on every page."""
    context: dict[str, Any] = {"in_danger": IN_DANGER, "not_a_service": NOT_AN_EMERGENCY_SERVICE}
    if programme is not None:
        context["country_lines"] = lines_for(programme.country, programme.day_of(timezone.now())).lines
        context["out_of_hours"] = programme.out_of_hours_text
    return context
