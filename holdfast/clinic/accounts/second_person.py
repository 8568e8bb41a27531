"""A second person confirms at the same screen, with what they sign in with; nothing of it is kept or shown again.

Failed tries, of a password or of a code, count towards the lock of that sign-in, as at the door. Why at the same
screen: docs/adr.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from holdfast.clinic.accounts import two_step
from holdfast.clinic.accounts.models import User
from holdfast.errors import InputError


@dataclass(frozen=True)
class ConfirmedPerson:
    """A person who has just proved to be there. Made by `confirm_second_person` only."""

    user: User


def confirm_second_person(request: HttpRequest, *, username: str, password: str, code: str = "") -> ConfirmedPerson:
    """The person these belong to. Raises `InputError` led by `witness_password` or `witness_code`.

    Must not run inside a transaction that may be undone: a failed try would not be counted.
    """
    found = authenticate(request, username=username.strip(), password=password)
    if not isinstance(found, User) or not found.is_active:
        raise InputError("witness_password: user name and password of the second person do not belong together")
    second_factor = Authenticator.objects.filter(user=found, type=Authenticator.Type.TOTP).first()
    if second_factor is not None:
        if not second_factor.wrap().validate_code(code.strip()):
            if code.strip():
                user_login_failed.send(sender=__name__, credentials={"username": found.username}, request=request)
            raise InputError("witness_code: give the code that the second person's authenticator shows now")
    elif two_step.set_up(found) or two_step.required_of(found):
        raise InputError(
            "witness_code: this person signs in in two steps, and confirms here with an authenticator app only; they "
            "add one to their account, or another person confirms"
        )
    return ConfirmedPerson(found)
