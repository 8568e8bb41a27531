"""An address that a message can go to. Nothing here asks whether it is the patient's."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from holdfast.clinic.messaging.models import Channel
from holdfast.errors import InputError

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164
_SPACING = re.compile(r"[ ()./\-]")


def checked_address(channel: str, address: str, *, advice: str = "check it with the patient") -> str:
    """The address as it is kept: a telephone number without spaces. Raises `InputError`, also of an unknown channel."""
    if channel not in Channel.values:
        raise InputError(f"channel {channel!r} is not known; write one of {', '.join(Channel.values)}")
    if channel == Channel.SMS:
        number = _SPACING.sub("", address)
        if not _PHONE.fullmatch(number):
            raise InputError("address: give the number with its country, like +1 555 010 0199")
        return number
    kept = address.strip()
    try:
        validate_email(kept)
    except ValidationError:
        raise InputError(f"address: this is no e-mail address; {advice}") from None
    if len(kept) > 254:
        raise InputError("address: longer than an e-mail address can be")
    return kept
