"""The only writer of the list of copies."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.copies.models import CopyMade


@transaction.atomic
def record_copy(
    *,
    actor: Actor,
    kind: str,
    digest: str,
    rows: int,
    took_s: float,
    now: dt.datetime,
) -> CopyMade:
    """Put down that a copy was made. Called before the copy gets its name: none leaves that is not on record."""
    require(actor, "copy.make")
    made = CopyMade(kind=kind, digest=digest, rows=rows, took_s=took_s, at=now)
    made.save()
    audit.record(actor, f"copy.{kind}", made, at=now, details={"rows": rows, "digest": digest})
    return made
