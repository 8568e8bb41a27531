"""When a session is locked, which pages may still be read then, and what was being sent.

A view that shows a running board wears `@readable_when_locked`: it opens while the screen is locked, for the person
whose session it is, and asking for it is no sign that somebody is there.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.urls import Resolver404, resolve

LOCKED_AT, LAST_INPUT, AFTER, HELD, DEVICE = (
    "screen_locked_at", "screen_last_input_s", "screen_lock_after", "screen_held_form", "screen_device",
)  # fmt: skip
BACKGROUND = "X-Holdfast-Background"  # of a page that asks by itself while nobody touches it
DEVICE_COOKIE = "holdfast_device"
LONGEST_HELD = 100_000  # signs of a form kept while locked
_SECRET = re.compile("password|code|pin$|csrf")  # never kept; the form is then asked for them again

View = TypeVar("View", bound=Callable[..., Any])


def readable_when_locked(view: View) -> View:
    """Marks a view that stays readable while the screen is locked. It must change nothing and show no record."""
    view.readable_when_locked = True  # type: ignore[attr-defined]
    return view


def is_readable(view: object) -> bool:
    """Does the view wear the mark?"""
    return bool(getattr(view, "readable_when_locked", False))


def path_is_readable(path: str) -> bool:
    """The same for an address, asked before Django looks for its view."""
    try:
        return is_readable(resolve(path).func)
    except Resolver404:
        return False


def is_locked(request: HttpRequest) -> bool:
    """Is the session of this request locked?"""
    return LOCKED_AT in request.session


def lock(request: HttpRequest) -> None:
    """From now on only the PIN or a full sign-in opens."""
    request.session.setdefault(LOCKED_AT, int(time.time()))


def unlock(request: HttpRequest) -> dict[str, Any] | None:
    """Open again; the form that was being sent when it locked, where there is one."""
    request.session.pop(LOCKED_AT, None)
    request.session[LAST_INPUT] = int(time.time())
    held: dict[str, Any] | None = request.session.pop(HELD, None)
    return held


def hold(request: HttpRequest) -> None:
    """Keep what a form without a script sent to the locked screen, for whoever sent it. Files are not kept."""
    fields = [[name, value] for name, values in request.POST.lists() for value in values]
    fields = [field for field in fields if not _SECRET.search(field[0])]
    own = request.path.startswith("/accounts/")
    if (
        fields
        and not own
        and not request.FILES
        and sum(len(name) + len(value) for name, value in fields) <= LONGEST_HELD
    ):
        request.session[HELD] = {"path": request.get_full_path(), "fields": fields}


def device_of(request: HttpRequest) -> str:
    """What the browser is known by here: the digest of its cookie, empty where it has none."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")
    return hashlib.sha256(cookie.encode()).hexdigest() if cookie else ""
