"""The lock page itself: whose screen it is, and the ways to open it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from holdfast.clinic.accounts.models import User
from holdfast.clinic.screen_lock import locking, queries

LOCKED = 423


def lock_page(request: HttpRequest, *, back: str, fault: str = "", of: str = "") -> HttpResponse:
    """423. `back` is where unlocking leads, `fault` what was wrong, `of` the form it was wrong in."""
    held, user = request.session.get(locking.HELD), request.user
    has_pin = isinstance(user, User) and queries.has_pin(user)
    context = {"back": back, "fault": fault, "of": of, "held": held, "has_pin": has_pin}
    return render(request, "screen_lock/locked.html", context, status=LOCKED)
