"""Error pages. They say what to do and hold no identifier; the 500 page needs neither database nor session."""

from __future__ import annotations

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

# What SQLite and PostgreSQL say of a disk without room.
_FULL = ("is full", "No space")
_PAGES: dict[int | str, tuple[str, str]] = {
    400: ("Not understood", "The request could not be read. Go back and try again."),
    "form": (
        "Not saved",
        "The page was open too long, you signed in anew since, or it was sent from elsewhere. "
        "Go back, reload the page and enter it again.",
    ),
    403: ("Not permitted", "Your role or your programmes do not include this. Ask an administrator if they should."),
    404: ("Not found", "There is no such page, or it belongs to another programme."),
    413: (
        "Too long",
        "What was sent is longer than any form here, and nothing of it was kept. Go back and shorten it.",
    ),
    429: (
        "Too many tries",
        "Signing in with this user name is closed for {minutes} minutes. Wait, or ask an administrator of your clinic.",
    ),
    "full": (
        "Nothing can be saved",
        "The disk of this installation is full. What you just sent was not saved; everything saved before is kept. "
        "Tell whoever keeps this installation, then send it again.",
    ),
    "busy": (
        "Not saved",
        "The database is busy or cannot be written just now. What you just sent was not saved; everything saved before "
        "is kept. Send it again; if it happens again, tell whoever keeps this installation.",
    ),
    500: (
        "Something went wrong",
        "Nothing was half-saved. Try again; if it happens again, tell whoever keeps this installation.",
    ),
}


def _page(status: int, page: str = "", **values: object) -> HttpResponse:
    title, sentence = _PAGES[page or status]
    context = {"title": title, "sentence": sentence.format(**values)}
    return HttpResponse(render_to_string("ui/error.html", context), status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; whoever was signed out while it was answered is led to sign in, and may send it again then."""
    if isinstance(exception, SessionInterrupted):
        return redirect(settings.LOGIN_URL)
    return _page(400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500; where the database could not be written, 503 and what to do."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        return _page(503, "full" if unwritable(error)[0] else "busy")
    return _page(500)


def too_long() -> HttpResponse:
    """413, before anybody knows who asks."""
    return _page(413)


def unwritable(error: OperationalError) -> tuple[bool, str]:
    """Whether the disk is full, and the sentence for whoever just sent something."""
    full = any(word in str(error) for word in _FULL)
    return full, _PAGES["full" if full else "busy"][1]


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or sent from elsewhere."""
    return _page(403, "form")


@login_not_required
def locked_out(request: HttpRequest, original: object = None, credentials: object = None) -> HttpResponse:
    """After too many wrong passwords: for how long, and whom to ask."""
    return _page(429, minutes=round(settings.AXES_COOLOFF_TIME * 60))
