"""Who must sign in with two steps, and who has set it up.

Required for everybody by the installation (`HOLDFAST_TWO_STEP=required`), or for the people of a programme by its
newest `TwoStepChoice`. Who has not set it up sees the page that says so, and no other page of the clinic.
"""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from holdfast.clinic.accounts.models import TwoStepChoice, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Why somebody's second steps are taken off: the word on record, and its text.
RESET_REASONS = {
    "lost": "lost or forgotten, and no recovery code left", "stolen": "stolen", "broken": "broken or replaced",
    "refused": "a passkey was refused as a copy",
}  # fmt: skip


def required_by(programme_pk: int) -> bool:
    """Does the programme itself require it? By its newest choice; none is no."""
    newest = TwoStepChoice.objects.filter(programme=programme_pk).order_by("-pk").first()
    return newest is not None and newest.required


def required_of(user: User) -> bool:
    """Must this person? No query for whose request it is: `Backend` asked as it found the person."""
    if settings.TWO_STEP_REQUIRED:
        return True
    if user.two_step_required is None:
        user.two_step_required = any(required_by(programme) for programme in user.programme_ids())
    return user.two_step_required


def set_up(user: User) -> bool:
    """Has the person an authenticator app or a passkey? Recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()
