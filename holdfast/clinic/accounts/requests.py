"""The request of a view that only somebody who signed in can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from holdfast.clinic.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request by a person: SignInRequired lets nobody else near a view. For annotations only."""

    user: User
