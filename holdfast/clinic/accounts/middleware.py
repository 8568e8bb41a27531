"""Signs out whoever left the desk."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

_KEY = "last_request_s"
_WRITE_EVERY_S = 30  # the session is not rewritten on every request


class IdleSignOut:
    """Ends a session after `IDLE_SIGN_OUT_S` seconds without a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers, signed out first where the person was away too long."""
        if request.user.is_authenticated:
            now_s = int(time.time())
            last_s = request.session.get(_KEY, now_s)
            if now_s - last_s > settings.IDLE_SIGN_OUT_S:
                logout(request)
            elif _KEY not in request.session or now_s - last_s >= _WRITE_EVERY_S:
                request.session[_KEY] = now_s
        return self.get_response(request)
