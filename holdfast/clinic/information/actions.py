"""The only writer of signatures below claims for patients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from holdfast import facts
from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.information.models import ClaimSignature
from holdfast.clinic.information.standing import published
from holdfast.clinic.plain_text import required_text
from holdfast.clinic.programmes.models import Programme
from holdfast.errors import InputError
from holdfast.evidence.claims import Claim, claim


@transaction.atomic
def sign_claims(
    *, actor: Actor, programme: Programme, claim_ids: Iterable[str], physician: str, now: dt.datetime
) -> list[ClaimSignature]:
    """A physician lets the public read claims, in the words they have today. Raises `InputError`."""
    require(actor, "information.sign", programme)
    if not isinstance(actor, User):
        raise InputError("a claim is signed by a person who signed in")
    name = required_text("physician", physician, "the name of the physician who signs is empty")
    wanted = [claim(claim_id) for claim_id in dict.fromkeys(claim_ids)]
    if not wanted:
        raise InputError("claims: tick at least one claim that you have read")
    elsewhere = [one.id for one in wanted if not {"any", programme.jurisdiction} & set(one.jurisdictions)]
    if elsewhere:
        raise InputError(f"claims: {elsewhere[0]} speaks of another jurisdiction than this programme's")
    return [_sign(actor, programme, one, name, now, stands=True) for one in wanted]


@transaction.atomic
def withdraw_claim(*, actor: Actor, programme: Programme, claim_id: str, now: dt.datetime) -> ClaimSignature:
    """Take a claim from the public page at once. Raises `InputError` where no signature stands."""
    require(actor, "information.sign", programme)
    if not isinstance(actor, User):
        raise InputError("a signature is withdrawn by a person who signed in")
    one = claim(claim_id)
    standing = next((shown.signature for shown in published(programme) if shown.claim.id == one.id), None)
    if standing is None:
        raise InputError(f"no signature stands below {one.id}; there is nothing to withdraw")
    return _sign(actor, programme, one, str(actor), now, stands=False)


def _sign(
    actor: User, programme: Programme, one: Claim, physician: str, now: dt.datetime, *, stands: bool
) -> ClaimSignature:
    signature = ClaimSignature(
        programme=programme,
        claim_id=one.id,
        claim_version=one.version,
        text_digest=one.digest,
        stands=stands,
        physician=physician,
        signed_by=actor,
        at=now,
        facts_digest=facts.load().digest,
    )
    signature.save()
    verb = "sign" if stands else "withdraw"
    details = {"claim": one.id, "version": one.version}
    audit.record(actor, f"information.{verb}", signature, at=now, details=details)
    return signature
