"""How allauth behaves here: an administrator makes accounts, and sign-ins and new passwords are on record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from holdfast.clinic.accounts import actions
from holdfast.clinic.accounts.models import User


class Adapter(DefaultAccountAdapter):
    """No sign-up, no mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Note the sign-in, second factor included: this runs after every stage was passed."""
        actions.note_sign_in(user=user, now=timezone.now())
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Save a new password through the one writer of accounts."""
        actions.change_own_password(user=user, password=password, now=timezone.now())
