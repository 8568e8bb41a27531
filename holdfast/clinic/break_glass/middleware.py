"""Which patients this sign-in may read by broken glass. Asked only where it broke some; it ends with the sign-in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from holdfast.clinic.break_glass.queries import going_on

KEY = "break_glass"


class OpenedByBreakGlass:
    """Tells the person of the request what they may read beyond their programmes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers as the view does."""
        request.broken_glass = []  # type: ignore[attr-defined]
        ids = request.session.get(KEY)
        if ids and request.user.is_authenticated:
            glass = going_on(request.user, ids, timezone.now())
            if len(glass) < len(ids):
                request.session[KEY] = [str(one.public_id) for one in glass]
            request.broken_glass = glass  # type: ignore[attr-defined]
            request.user.may_read_also(one.patient_id for one in glass)
        return self.get_response(request)
