"""Signs out whoever left the desk."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.sessions import LAST_REQUEST
from holdfast.clinic.screen_lock import locking
from holdfast.clinic.screen_lock.queries import has_pin

_WRITE_EVERY_S = 30  # the session is not rewritten on every request


class IdleSignOut:
    """Ends a session after `IDLE_SIGN_OUT_S` seconds without a request; who has a quick PIN finds it locked instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers, signed out first where the person was away too long."""
        # A board on the wall renews itself. That neither counts as somebody being there, nor ends while nobody is.
        if isinstance(request.user, User) and not locking.path_is_readable(request.path_info):
            now_s = int(time.time())
            last_s = request.session.get(LAST_REQUEST, now_s)
            if now_s - last_s > settings.IDLE_SIGN_OUT_S and not has_pin(request.user):
                logout(request)
            elif LAST_REQUEST not in request.session or (
                now_s - last_s >= _WRITE_EVERY_S and locking.BACKGROUND not in request.headers
            ):
                request.session[LAST_REQUEST] = now_s
        return self.get_response(request)


# What a person without the second step still reaches: setting it up, signing out, and pages that show no record.
_STILL = ("account_", "mfa_")
_OPEN = frozenset({"two-step-needed", "health", "theme", "about", "design", "information", "information-programme"})


class TwoStepRequired:
    """Leads whoever must sign in with two steps and has not set that up to the page that says how."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers as the view does."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """The page that says how; None lets the person through."""
        match = request.resolver_match
        name = (match.url_name or "") if match else ""
        if not request.user.is_authenticated or name in _OPEN or name.startswith(_STILL):
            return None
        if not two_step.required_of(request.user) or two_step.set_up(request.user):
            return None
        return redirect("two-step-needed")
