"""How each claim stands in a programme: public, waiting, or signed in words it no longer has."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.clinic.information.models import ClaimSignature
from holdfast.clinic.programmes.models import Programme
from holdfast.evidence.claims import VERIFIED, Claim, claims_for


@dataclass(frozen=True)
class ClaimShown:
    """A claim with the signature that stands below its present words, if one does.

    `void` is a signature below older words or an older version: it counts no longer, and says who gave it.
    """

    claim: Claim
    signature: ClaimSignature | None
    void: ClaimSignature | None

    @property
    def is_public(self) -> bool:
        """Signed by a physician, or verified with everything it rests on."""
        return self.signature is not None or self.claim.status == VERIFIED


def shown(programme: Programme) -> list[ClaimShown]:
    """Every claim of the programme's jurisdiction. One query."""
    newest = {row.claim_id: row for row in ClaimSignature.objects.filter(programme=programme).order_by("pk")}
    return [_shown(one, newest.get(one.id)) for one in claims_for(programme.jurisdiction)]


def _shown(one: Claim, newest: ClaimSignature | None) -> ClaimShown:
    if newest is None or not newest.stands:
        return ClaimShown(one, None, None)
    holds = (newest.claim_version, newest.text_digest) == (one.version, one.digest)
    return ClaimShown(one, newest, None) if holds else ClaimShown(one, None, newest)


def published(programme: Programme) -> list[ClaimShown]:
    """What the public may read."""
    return [one for one in shown(programme) if one.is_public]
