"""How allauth behaves here: an administrator makes accounts, and sign-ins and new passwords are on record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from holdfast.clinic.accounts import actions, two_step
from holdfast.clinic.accounts.models import User
from holdfast.clinic.accounts.passkeys import default_name, relying_party


class Adapter(DefaultAccountAdapter):
    """No sign-up, no mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Note the sign-in, second factor included: this runs after every stage was passed."""
        alone = did_use_passwordless_login(request, user)
        actions.note_sign_in(user=user, by="passkey" if alone else "password", now=timezone.now())
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **details: Any) -> None:
        """What allauth would mail of a second step, as `mfa/email/totp_activated`, goes into the record of actions."""
        if template_prefix.startswith("mfa/"):
            actions.note_two_step(user=user, what=template_prefix.rpartition("/")[2], now=timezone.now())

    def set_password(self, user: User, password: str) -> None:
        """Save a new password through the one writer of accounts."""
        actions.change_own_password(user=user, password=password, now=timezone.now())


class TwoStepAdapter(DefaultMFAAdapter):
    """Changes of a second step are on record, and the last one stays where it is required."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": "Two-step sign-in is required here; set up another way first.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one where it is required."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=two_step.FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not two_step.required_of(authenticator.user)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner names it."""
        return default_name(user)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is made for: the name of this installation's address."""
        return relying_party()
