"""Locks the screen of whoever has not touched it, on the server: no script is needed for it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from holdfast.clinic.accounts.models import User
from holdfast.clinic.screen_lock import actions, locking, queries
from holdfast.clinic.screen_lock.page import lock_page

_WRITE_EVERY_S = 15  # the session is not rewritten on every request
_ASK_AGAIN_S = 300  # how long the minutes a programme chose are remembered
_LOCKED = 423
# What opens while locked: unlocking, signing out, and pages that show no record and ask for nobody.
_OPEN = frozenset({
    "screen-unlock", "screen-lock-now", "account_logout", "health", "theme", "about", "design", "information",
    "information-programme", "check-in",
})  # fmt: skip


class ScreenLock:
    """Answers 423 with the lock page once nobody has touched the screen for the minutes chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers; after a full sign-in the browser is known for some hours."""
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if isinstance(user, User) and locking.DEVICE not in request.session:
            self._know(request, user, response)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """The lock page; None lets the request through."""
        if not isinstance(request.user, User):
            return None
        name = (request.resolver_match.url_name or "") if request.resolver_match else ""
        request.readable_when_locked = locking.is_readable(view)  # type: ignore[attr-defined]
        now_s = int(time.time())
        last_s = request.session.get(locking.LAST_INPUT, now_s)
        if last_s > now_s:  # the clock was set back: begin anew, or the screen would stay open until it caught up
            request.session[locking.LAST_INPUT] = last_s = now_s
        request.screen_lock_s = self._after_s(request, request.user, now_s)  # type: ignore[attr-defined]
        if now_s - last_s > request.screen_lock_s:  # type: ignore[attr-defined]
            locking.lock(request)
        if locking.is_locked(request):
            return None if name in _OPEN or request.readable_when_locked else _locked(request)  # type: ignore[attr-defined]
        background = request.readable_when_locked or locking.BACKGROUND in request.headers  # type: ignore[attr-defined]
        if locking.LAST_INPUT not in request.session or (not background and now_s - last_s >= _WRITE_EVERY_S):
            request.session[locking.LAST_INPUT] = now_s
        return None

    @staticmethod
    def _after_s(request: HttpRequest, user: User, now_s: int) -> int:
        minutes, asked_s = request.session.get(locking.AFTER, (0, 0))
        if not minutes or now_s - asked_s > _ASK_AGAIN_S:
            minutes = queries.minutes_until_lock(user)
            request.session[locking.AFTER] = (minutes, now_s)
        return int(minutes) * 60

    @staticmethod
    def _know(request: HttpRequest, user: User, response: HttpResponse) -> None:
        if locking.DEVICE_COOKIE not in request.COOKIES:
            request.COOKIES[locking.DEVICE_COOKIE] = cookie = secrets.token_urlsafe(24)
            response.set_cookie(
                locking.DEVICE_COOKIE, cookie, max_age=int(queries.KNOWN_FOR.total_seconds()), httponly=True,
                samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        device = locking.device_of(request)
        actions.note_person_here(user=user, device=device, now=timezone.now())
        request.session[locking.DEVICE] = device


def _locked(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and not _asks_for_json(request):
        locking.hold(request)
    if _asks_for_json(request):
        said = {"code": "locked", "error": "The screen is locked. Unlock it; nothing that you entered is lost."}
        return JsonResponse(said, status=_LOCKED)
    return lock_page(request, back=request.get_full_path() if request.method in ("GET", "HEAD") else "")


def _asks_for_json(request: HttpRequest) -> bool:
    asked = f"{request.headers.get('Accept', '')} {request.content_type}"
    return "application/json" in asked or "text/event-stream" in asked or locking.BACKGROUND in request.headers
