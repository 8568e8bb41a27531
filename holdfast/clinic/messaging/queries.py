"""The link that a token opens."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import QuerySet

from holdfast.clinic.messaging.models import MessageLink
from holdfast.clinic.messaging.tokens import LONGEST, digest_of

L = TypeVar("L", bound=MessageLink)


def link_among(links: QuerySet[L], token: str) -> L | None:
    """The link whose token this is; None where there is none. Says nothing of whether it still opens."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    return links.filter(digest=digest_of(token)).first()
