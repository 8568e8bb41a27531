"""Questions about copies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.copies.models import CopyMade

BACKUP_WITHIN, REHEARSAL_WITHIN = dt.timedelta(hours=26), dt.timedelta(days=35)  # a day and a month, with room


@dataclass(frozen=True)
class NewestCopy:
    """The newest copy of a kind, None where there was none; `late` where a newer one is due."""

    words: str
    made: CopyMade | None
    late: bool


def newest_copies(*, actor: Actor, now: dt.datetime) -> list[NewestCopy]:
    """Of each kind. An export is due never."""
    require(actor, "copy.view")
    within = {CopyMade.Kind.BACKUP: BACKUP_WITHIN, CopyMade.Kind.REHEARSAL: REHEARSAL_WITHIN}
    found = []
    for kind in CopyMade.Kind:
        made = CopyMade.objects.filter(kind=kind).order_by("-at").first()
        if made is None and kind == CopyMade.Kind.TAKEN_IN:
            continue  # these records began here
        due = within.get(kind)
        found.append(NewestCopy(kind.label, made, due is not None and (made is None or now - made.at > due)))
    return found
