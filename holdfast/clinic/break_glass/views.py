"""Break the glass, close it, and review who did."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.break_glass import actions, queries
from holdfast.clinic.break_glass.forms import BreakGlassForm, ReviewGlassForm
from holdfast.clinic.break_glass.middleware import KEY
from holdfast.errors import InputError

REVIEWED_SHOWN = 50
FORM = ["GET", "HEAD", "POST"]


@require_safe
def listed(request: SignedInRequest) -> HttpResponse:
    """What waits for review, then what was reviewed. The auditor sees ids of records and no names."""
    context = {
        "waiting": queries.listed(actor=request.user, waiting=True),
        "reviewed": queries.listed(actor=request.user, waiting=False)[:REVIEWED_SHOWN],
        "named": may(request.user, "patient.view"),
        "may_review": may(request.user, "break_glass.review"),
        "now": timezone.now(),
    }
    return render(request, "break_glass/list.html", context)


@require_http_methods(FORM)
def open_patient(request: SignedInRequest) -> HttpResponse:
    """Whom, and why; then the patient's page."""
    others = queries.programmes_of_others(request.user)
    form = BreakGlassForm(request.POST or None, programmes=others)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "understood"}
        given["programme"] = next(one for one in others if one.key == given["programme"])
        try:
            glass = actions.break_glass(actor=request.user, now=timezone.now(), **given)
            request.session[KEY] = sorted({*request.session.get(KEY, []), str(glass.public_id)})
            return redirect("patient", glass.patient.public_id)
        except InputError as error:
            form.refuse(error)
    context = {"form": form, "others": others, "minutes": settings.BREAK_GLASS_MIN}
    return render(request, "break_glass/open.html", context, status=422 if form.errors else 200)


@require_POST
def close(request: SignedInRequest) -> HttpResponse:
    """Done reading: this sign-in reads no further."""
    actions.close_glass(actor=request.user, glass=request.broken_glass, now=timezone.now())  # type: ignore[attr-defined]
    request.session.pop(KEY, None)
    messages.success(request, "Closed. You no longer read that patient.", extra_tags="good")
    return redirect("home")


@require_http_methods(FORM)
def review(request: SignedInRequest, break_glass_id: UUID) -> HttpResponse:
    """What the programme lead finds of one of them."""
    require(request.user, "break_glass.review")
    glass = queries.listed(actor=request.user, waiting=True).filter(public_id=break_glass_id).first()
    if glass is None:
        raise Http404
    form = ReviewGlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.review_glass(actor=request.user, glass=glass, now=timezone.now(), **form.cleaned_data)
            messages.success(request, "The review is recorded.", extra_tags="good")
            return redirect("break-glass-list")
        except InputError as error:
            form.refuse(error)
    with timezone.override(glass.programme.time_zone):
        context = {"form": form, "glass": glass, "now": timezone.now()}
        return render(request, "break_glass/review.html", context, status=422 if form.errors else 200)
