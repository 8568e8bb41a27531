"""Error pages. They say what to do and hold no identifier; the 500 page needs neither database nor session."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

_PAGES = {
    400: ("Not understood", "The request could not be read. Go back and try again."),
    403: ("Not permitted", "Your role or your programmes do not include this. Ask an administrator if they should."),
    404: ("Not found", "There is no such page, or it belongs to another programme."),
    500: (
        "Something went wrong",
        "Nothing was half-saved. Try again; if it happens again, tell whoever keeps this installation.",
    ),
}


def _page(status: int) -> HttpResponse:
    title, sentence = _PAGES[status]
    return HttpResponse(render_to_string("ui/error.html", {"title": title, "sentence": sentence}), status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
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
    """500."""
    return _page(500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or sent from elsewhere."""
    return _page(403)
