"""What is kept of a sign-in that failed: whose name, from where and how often. Nothing of what was typed.

django-axes keeps the whole form of a failed try, and knows a password only by the name `password`. At the second
person's form that would be a password half right, amounts and reasons, in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest, QueryDict


class NothingTyped(AxesDatabaseHandler):
    """Counts failed tries without their forms."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """As axes does, shown an empty form and no query."""
        if request is None:
            return
        typed, asked = request.POST, request.GET
        request.POST, request.GET = QueryDict(), QueryDict()
        try:
            super().user_login_failed(sender, credentials, request, **kwargs)
        finally:
            request.POST, request.GET = typed, asked


def counted_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str | None:
    """The name under which tries are counted: accounts are found in whatever capitals, and so are tries."""
    name = credentials.get("username") if credentials else request and request.POST.get("login")
    return str(name).strip().upper().casefold() if name else None
