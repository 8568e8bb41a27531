"""Asks for a sign-in, and signs out whoever left the desk."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user, logout
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.sessions import LAST_REQUEST
from holdfast.clinic.screen_lock import locking
from holdfast.clinic.screen_lock.queries import has_pin

_SINCE = "signed_in_s"
_WRITE_EVERY_S = 30  # the session is not rewritten on every request


class SignedIn(AuthenticationMiddleware):
    """Says whose request it is. At once, not when it is first asked for: every request asks, many times."""

    def process_request(self, request: HttpRequest) -> None:
        """Set `request.user`."""
        super().process_request(request)
        request.user = get_user(request)


class IdleSignOut:
    """Ends a session after `IDLE_SIGN_OUT_S` seconds without a request; who has a quick PIN finds it locked instead.

    And in any case `SESSION_COOKIE_AGE` after the sign-in: Django counts that from when a session was last written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers, signed out first where the person was away too long."""
        now_s = int(time.time())
        if isinstance(request.user, User) and (
            now_s - request.session.setdefault(_SINCE, now_s) > settings.SESSION_COOKIE_AGE
        ):
            logout(request)
        # A board on the wall renews itself. That neither counts as somebody being there, nor ends while nobody is.
        if isinstance(request.user, User) and not locking.path_is_readable(request.path_info):
            last_s = request.session.get(LAST_REQUEST, now_s)
            if last_s > now_s:  # the clock was set back: begin anew, or nobody would be away until it caught up
                request.session[LAST_REQUEST] = last_s = now_s
            if now_s - last_s > settings.IDLE_SIGN_OUT_S and not has_pin(request.user):
                logout(request)
            elif LAST_REQUEST not in request.session or (
                now_s - last_s >= _WRITE_EVERY_S and locking.BACKGROUND not in request.headers
            ):
                request.session[LAST_REQUEST] = now_s
        return self.get_response(request)


class SignInRequired(LoginRequiredMiddleware):
    """Lets nobody else near a view. Who pressed a button while signed out comes back to the page it stands on.

    An address that only takes what a button sends has no page to come back to: an alert would end in an empty one.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        """To the sign-in."""
        by_itself = request.content_type == "application/json" or locking.BACKGROUND in request.headers
        if request.method in ("GET", "HEAD") or by_itself:
            return super().handle_no_permission(request, view_func)
        said = "You were signed out. What you sent was not done: sign in, and do it again."
        messages.error(request, said, extra_tags="late")
        came_from, here = request.headers.get("Referer", ""), {request.get_host()}
        target = resolve_url(settings.LOGIN_URL)
        if url_has_allowed_host_and_scheme(came_from, allowed_hosts=here, require_https=request.is_secure()):
            page = urlsplit(came_from)
            back = f"{page.path}?{page.query}" if page.query else page.path
            target = f"{target}?{urlencode({REDIRECT_FIELD_NAME: back})}"
        return redirect(target)


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
