"""Questions about accounts."""

from __future__ import annotations

from django.db.models import QuerySet

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.errors import UnknownNameError


def users(*, actor: Actor) -> QuerySet[User]:
    """Every account with its programmes."""
    require(actor, "user.view")
    return User.objects.prefetch_related("programmes").order_by("username")


def user_by_name(*, actor: Actor, username: str) -> User:
    """One account. Raises `UnknownNameError`."""
    known = {user.username: user for user in users(actor=actor)}
    if username not in known:
        raise UnknownNameError("user", username, sorted(known))
    return known[username]
