"""Who asks: the request of a view that only who signed in can reach, and the name that tries are counted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request by a person: LoginRequiredMiddleware lets nobody else near a view. For annotations only."""

    user: User


def counted_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The user name as failed sign-ins are counted: accounts are found in capitals or not, so tries are too."""
    name = credentials.get("username") if credentials else request.POST.get("login")
    return str(name or "").strip().upper().casefold()
