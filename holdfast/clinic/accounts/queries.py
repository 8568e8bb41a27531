"""Questions about accounts."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.accounts.roles import Role
from holdfast.errors import InputError, UnknownNameError


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


def active_users(*, actor: Actor, usernames: Sequence[str] | None = None) -> list[User]:
    """Those of the names, which must all be active accounts; without names everyone who works with patients.

    Raises `InputError` naming those that are none.
    """
    active = users(actor=actor).filter(is_active=True)
    if usernames is None:
        return list(active.exclude(role__in=(Role.ADMINISTRATOR, Role.AUDITOR)))
    found = {user.username: user for user in active.filter(username__in=usernames)}
    if unknown := [name for name in usernames if name not in found]:
        raise InputError(f"no active account is called {', '.join(unknown)}; see holdfast user list")
    return list(found.values())
