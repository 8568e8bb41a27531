"""Passkeys: what allauth asks in our words, its gaps closed.

allauth checks origin, challenge, signature and whether the person was verified (fido2). Added here: a count of
signatures that does not rise is refused, the last second step stays where one is required, of what a browser sends
only what is needed is kept, and an answer that is no answer of a passkey is a sentence and never an error.
Why a passkey may open the door alone: docs/adr/0014.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn import views as allauth_views
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from holdfast.clinic.accounts import actions
from holdfast.clinic.accounts.models import User

LONGEST_NAME = 60
NO_PASSKEY = "That was no answer of a passkey of yours. Try again, or use another way."
COPY = "This passkey was refused: it has signed fewer times than before, as a copy would. Use another way, and tell your administrator."  # noqa: E501
_KEPT = {"id", "rawId", "type", "authenticatorAttachment"}
_KEPT_OF_RESPONSE = {"clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"}
# What fido2 and cbor raise on bytes that are none of theirs.
_UNREADABLE = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, struct.error)


def relying_party() -> dict[str, str]:
    """Whom a passkey is made for: the host of `HOLDFAST_URL`, or of the request where it is this machine."""
    host = urlsplit(settings.PUBLIC_URL).hostname if settings.HTTPS else context.request.get_host().partition(":")[0]
    return {"id": host or "localhost", "name": "Holdfast"}


def default_name(user: User) -> str:
    """What a new passkey is called until its owner names it."""
    return f"Passkey {Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() + 1}"


def needed_of(credential: Any) -> dict[str, Any]:
    """What is read of the browser's answer. Raises `ValidationError` where it has not the shape of one."""
    response = credential.get("response") if isinstance(credential, dict) else None
    if not isinstance(response, dict):
        raise ValidationError(NO_PASSKEY)
    kept: dict[str, Any] = {name: credential[name] for name in _KEPT & credential.keys()}
    kept["response"] = {name: response[name] for name in _KEPT_OF_RESPONSE & response.keys()}
    values = [*[kept[name] for name in kept if name != "response"], *kept["response"].values()]
    if not all(
        value is None or (isinstance(value, str) and value.isascii() and value.isprintable()) for value in values
    ):
        raise ValidationError(NO_PASSKEY)
    results = credential.get("clientExtensionResults")
    properties = results.get("credProps") if isinstance(results, dict) else None
    rk = properties.get("rk") if isinstance(properties, dict) else None
    kept["clientExtensionResults"] = {"credProps": {"rk": rk}} if isinstance(rk, bool) else {}
    return kept


def _readable(read: Callable[[], Any]) -> Any:
    """What `read` gives; whatever cannot be read is one sentence."""
    try:
        return read()
    except ValidationError:
        raise
    except _UNREADABLE:
        raise ValidationError(NO_PASSKEY) from None


class _NamedForm(forms.Form):
    """The name its owner gives a passkey."""

    def clean_name(self) -> str:
        """As a record can keep it."""
        name = str(self.cleaned_data.get("name") or "").strip()
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise ValidationError(f"Give a name of at most {LONGEST_NAME} signs that can be printed.")
        return name


class AddPasskeyForm(_NamedForm, allauth_forms.AddWebAuthnForm):
    """A new passkey: its name, whether it opens the door alone, and what the browser answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        self.fields["name"].help_text = "To tell it from others, such as “phone” or “key on my ring”."
        self.fields["name"].widget.attrs["maxlength"] = LONGEST_NAME
        if "passwordless" in self.fields:
            self.fields["passwordless"].label = "Sign in with it alone"
            self.fields[
                "passwordless"
            ].help_text = "Without user name and password. It asks for its PIN, finger or face each time."

    def clean_name(self) -> str:
        """The name, or one made for it."""
        return super().clean_name() or default_name(self.user)

    def clean_credential(self) -> dict[str, Any]:
        """Only what is needed of it."""
        return needed_of(self.cleaned_data["credential"])

    def clean(self) -> dict[str, Any]:
        """Checked by allauth and fido2."""
        found: dict[str, Any] = _readable(super().clean)
        return found


class RenamePasskeyForm(_NamedForm, allauth_forms.EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = LONGEST_NAME

    def save(self) -> Authenticator:
        """Renamed, and on record without the name."""
        renamed: Authenticator = super().save()
        actions.note_two_step(user=renamed.user, what="webauthn_renamed", now=timezone.now())
        return renamed


class _AnswerForm(allauth_forms.AuthenticateWebAuthnForm):
    """An answer of a passkey to a challenge."""

    # Does it open alone? Then the answer itself says that the person was verified: a challenge that did not ask for it,
    # as one's own second step, must not serve to open another's account.
    alone = False

    def clean_credential(self) -> Authenticator:
        """The passkey that gave it. Raises `ValidationError` where it is none, or one that counts backwards."""
        given = needed_of(self.cleaned_data["credential"])
        self.cleaned_data["credential"] = given
        passkey: Authenticator = _readable(super().clean_credential)
        said = _readable(lambda: auth.parse_authentication_response(given).response.authenticator_data)
        if self.alone and not said.is_user_verified():
            raise ValidationError(NO_PASSKEY)
        if not actions.take_sign_count(user=passkey.user, passkey=passkey, count=said.counter, now=timezone.now()):
            raise ValidationError(COPY)
        return passkey


class SecondStepForm(_AnswerForm):
    """After the password."""


class PasskeySignInForm(_AnswerForm, allauth_forms.LoginWebAuthnForm):
    """Alone, the person verified by the device."""

    alone = True


class ConfirmByPasskeyForm(_AnswerForm, allauth_forms.ReauthenticateWebAuthnForm):
    """Before a change of one's own sign-in."""


class RemovePasskey(allauth_views.RemoveWebAuthnView):
    """As allauth's, but the last second step stays where one is required."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Removed, or told why not."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, get_adapter().error_messages["cannot_delete_authenticator"], extra_tags="late")
            return redirect("mfa_index")
        removed: HttpResponse = super().form_valid(form)
        return removed


remove_passkey = RemovePasskey.as_view()
