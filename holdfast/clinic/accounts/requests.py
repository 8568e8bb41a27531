"""Who makes a request, as views need it."""

from __future__ import annotations

from django.http import HttpRequest

from holdfast.clinic.accounts.models import User
from holdfast.errors import PermissionRefusedError


def signed_in(request: HttpRequest) -> User:
    """The person who signed in. Nobody gets this far without (LoginRequiredMiddleware); this says so to the types."""
    if not isinstance(request.user, User):
        raise PermissionRefusedError("nobody is signed in")
    return request.user
