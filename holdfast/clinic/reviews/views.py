"""Record a review."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.courses.lookup import course_or_404, page_of
from holdfast.clinic.courses.queries import standings_of
from holdfast.clinic.reviews import actions
from holdfast.clinic.reviews.forms import ReviewForm
from holdfast.clinic.reviews.queries import title
from holdfast.errors import InputError
from holdfast.protocols.protocol import protocol

_ROUND = re.compile("[1-9][0-9]{0,2}")


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SignedInRequest, course_id: UUID, review: str) -> HttpResponse:
    """A review that was held: judgement and decision. `review` is its key and round, such as `maintenance-2`."""
    key, _, counted = review.rpartition("-")
    course = course_or_404(request.user, course_id)
    require(request.user, "review.record", course)
    asked = next((found for found in protocol(course.protocol).reviews if found.key == key), None)
    if asked is None or not _ROUND.fullmatch(counted):
        raise Http404
    now = timezone.now()
    form = ReviewForm(request.POST or None, initial={"held_on": course.programme.day_of(now)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_review(
                actor=request.user, course=course, key=key, round_=int(counted), now=now, **form.cleaned_data
            )
            return redirect(page_of(course))
        except InputError as error:
            form.refuse(error)
    context = {
        "form": form,
        "course": course,
        "course_url": page_of(course),
        "title": title(key),
        "purpose": asked.purpose,
        "rule": asked.rule,
        "standings": standings_of(actor=request.user, course=course),
    }
    with timezone.override(course.programme.time_zone):
        return render(request, "reviews/record.html", context, status=422 if form.errors else 200)
