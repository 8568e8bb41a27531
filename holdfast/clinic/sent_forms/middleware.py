"""A form that arrives twice (a double click, a reload after the line broke) is carried out once.

What tells two sendings of one page from two entries alike is the token against forged forms: every page that is
opened has another one. The second sending gets the answer of the first, in the same words if it comes after a crash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from holdfast.clinic.config.middleware import RefusalPages
from holdfast.clinic.sent_forms import actions
from holdfast.clinic.sent_forms.models import SentForm

# Apps whose forms add a record each time. Elsewhere sending twice changes nothing, or the name is taken.
ADDING = tuple(
    f"holdfast.clinic.{app}." for app in (
        "patients", "courses", "assessments", "treatment_sessions", "safety", "reviews",
        "checkins", "reminders", "referrals", "consents", "plans", "endings", "letters", "forecasts", "learning_checks",
    )
)  # fmt: skip
TOKEN = "csrfmiddlewaretoken"
FOUND = 302


class SentOnce:
    """Carries out each form of a page once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers as the view does."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Carry the form out in one transaction with the note that it was; None leaves the view to Django."""
        if request.method != "POST" or not view.__module__.startswith(ADDING) or TOKEN not in request.POST:
            return None
        try:
            return self._once(request, lambda: view(request, *args, **kwargs))
        except Exception as error:  # whatever a view raises here has not passed the middleware that words it
            RefusalPages(self.get_response).process_exception(request, error)
            raise

    @transaction.atomic
    def _once(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        digest, now = digest_of(request), timezone.now()
        form = actions.take(digest, now=now)
        if form is None:
            return redirect(SentForm.objects.get(digest=digest).location)
        response = answer()
        if response.status_code == FOUND:
            actions.done(form, response.headers["Location"], now=now)
        else:
            actions.give_back(form)
        return response


def digest_of(request: HttpRequest) -> str:
    """SHA-256 over who sends what where, token included, which nobody can guess from the outside."""
    what = [request.user.pk, request.path, sorted(request.POST.lists())]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
