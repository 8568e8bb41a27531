"""Who must sign in with two steps, and who has set it up.

Required for everybody by the installation (`HOLDFAST_TWO_STEP=required`), or for the people of a programme by its
newest `TwoStepChoice`. Who has not set it up sees the page that says so, and no other page of the clinic.
"""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import BigAutoField

from holdfast.clinic.accounts.models import TwoStepChoice, User
from holdfast.clinic.config.prepared import Given, Question

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Why somebody's second steps are taken off: the word on record, and its text.
RESET_REASONS = {
    "lost": "lost or forgotten, and no recovery code left", "stolen": "stolen", "broken": "broken or replaced",
    "refused": "a passkey was refused as a copy",
}  # fmt: skip
_PROGRAMMES = Question(  # of one person, with every choice of theirs, the newest last
    lambda: (
        User.programmes.through.objects.filter(user=Given("user", BigAutoField()))
        .order_by("programme__two_step_choices__pk")
        .values_list("programme_id", "programme__two_step_choices__required")
    )
)


def required_by(programme_pk: int) -> bool:
    """Does the programme itself require it? By its newest choice; none is no."""
    newest = TwoStepChoice.objects.filter(programme=programme_pk).order_by("-pk").first()
    return newest is not None and newest.required


def required_of(user: User) -> bool:
    """Must this person? One query where the installation does not require it of everybody."""
    if settings.TWO_STEP_REQUIRED:
        return True
    newest: dict[int, bool] = {}
    for programme, required in _PROGRAMMES(user=user.pk):
        newest[programme] = bool(required)
    user.belongs_to(newest)  # answered on the way: every request asks for both
    return any(newest.values())


def set_up(user: User) -> bool:
    """Has the person an authenticator app or a passkey? Recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()
