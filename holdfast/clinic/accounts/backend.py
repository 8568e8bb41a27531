"""Who a session belongs to, asked by every request."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigAutoField, F

from holdfast.clinic.accounts.models import User
from holdfast.clinic.config.prepared import Given, Question

_PERSON = Question(  # once for each programme and each choice it made about two-step sign-in, the newest last
    lambda: (
        User.objects.filter(pk=Given("pk", BigAutoField()))
        .annotate(of=F("programmes"), two_step=F("programmes__two_step_choices__required"))
        .order_by("programmes__two_step_choices__pk")
    )
)


class Backend(AuthenticationBackend):
    """Signs people in as allauth does; finds them again by a prepared question."""

    def get_user(self, user_id: Any) -> User | None:
        """The person with their programmes, which every request asks for; None where the account was closed."""
        found = _PERSON(pk=user_id)
        if not found or not self.user_can_authenticate(found[0]):
            return None
        person: User = found[0]
        newest = {one.of: bool(one.two_step) for one in found if one.of is not None}
        person.belongs_to(newest)
        person.two_step_required = any(newest.values())
        return person
