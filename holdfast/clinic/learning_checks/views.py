"""The page of the learning check, for whoever leads or treats: how good forecasts were; ask for a new check."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.learning_checks import actions, queries
from holdfast.clinic.programmes.queries import programme_by_key
from holdfast.errors import RefusedError


@require_safe
def of_programme(request: SignedInRequest, key: str) -> HttpResponse:
    """The newest check of a programme, or why there is none."""
    programme = programme_by_key(actor=request.user, key=key)
    found = queries.of_programme(actor=request.user, programme=programme, now=timezone.now())
    with timezone.override(programme.time_zone):
        return render(request, "learning_checks/check.html", {"programme": programme, "found": found})


@require_POST
def ask(request: SignedInRequest, key: str) -> HttpResponse:
    """Ask for a check now."""
    programme = programme_by_key(actor=request.user, key=key)
    try:
        actions.ask_learning_check(actor=request.user, programme=programme, now=timezone.now())
        messages.success(request, "Asked for: it is made within minutes. Open this page again then.", extra_tags="good")
    except RefusedError as error:
        messages.error(request, str(error), extra_tags="late")
    return redirect("learning-check", programme.key)
