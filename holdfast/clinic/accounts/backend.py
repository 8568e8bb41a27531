"""Who a session belongs to, asked by every request."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigAutoField

from holdfast.clinic.accounts.models import User
from holdfast.clinic.config.prepared import Given, Question

_PERSON = Question(lambda: User.objects.filter(pk=Given("pk", BigAutoField())).order_by())


class Backend(AuthenticationBackend):
    """Signs people in as allauth does; finds them again by a prepared question."""

    def get_user(self, user_id: Any) -> User | None:
        """The person, None where the account was closed."""
        found = _PERSON.first(pk=user_id)
        return found if found is not None and self.user_can_authenticate(found) else None
