"""The token of a link: random, for one purpose, kept by the patient alone. The clinic keeps its digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

TOKEN_BYTES = 24  # 192 bits: nobody guesses one
LONGEST = 64


def new_token() -> str:
    """A token for a link, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """SHA-256 of a token. A token is random and long, so its digest needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def digest_of_address(address: str) -> str:
    """Stands for an address of the net in a count of requests; without the clinic's secret it says nothing."""
    return hmac.new(settings.SECRET_KEY.encode(), b"check-in " + address.encode(), hashlib.sha256).hexdigest()
