"""Reading the record of actions, and walking its chain."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.db.models import Q, QuerySet

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit.models import FIRST_PREVIOUS, AuditEntry, AuditHead

READ = "patient.read"


@dataclass(frozen=True)
class ChainReport:
    """What walking the chain found. `faults` has every fault with the number of the entry."""

    entries: int
    head_hash: str
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """True when no entry was changed, removed, added or moved."""
        return not self.faults


def entries(*, actor: Actor, action: str = "", on: str = "", newest_first: bool = True) -> QuerySet[AuditEntry]:
    """Entries of the actor's programmes and those of no programme.

    `action` narrows to a noun or noun.verb, `on` to one record by its id.
    """
    require(actor, "audit.view")
    found = AuditEntry.objects.select_related("actor", "programme")
    if isinstance(actor, User):
        found = found.filter(Q(programme__isnull=True) | Q(programme__in=actor.programme_ids()))
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if on:
        found = found.filter(subject_ref=on)
    return found.order_by("-seq" if newest_first else "seq")


def reads_of(*, actor: Actor, patient: models.Model) -> QuerySet[AuditEntry]:
    """Who was shown a page of this patient, newest first."""
    require(actor, "audit.view_reads", patient)
    found = AuditEntry.objects.select_related("actor", "programme")
    return found.filter(action=READ, subject_ref=str(getattr(patient, "public_id", ""))).order_by("-seq")


def verify(*, actor: Actor) -> ChainReport:
    """Walk the whole chain: an edited, deleted, inserted or reordered entry is a fault."""
    require(actor, "audit.verify")
    faults: list[str] = []
    previous, expected = FIRST_PREVIOUS, 1
    try:
        for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
            if entry.seq != expected:
                faults.append(f"entries {expected} to {entry.seq - 1} are missing")
            if entry.previous_hash != previous:
                faults.append(f"entry {entry.seq} does not follow the entry before it")
            if entry.hash != entry.computed_hash():
                faults.append(f"entry {entry.seq} was changed after it was written")
            previous, expected = entry.hash, entry.seq + 1
    except (
        ValueError,
        TypeError,
        AttributeError,
    ):  # a date that is none, JSON that is none: nobody can walk past such a row
        faults.append(f"the entry after {expected - 1} was changed after it was written: it cannot be read any more")
        return ChainReport(entries=expected - 1, head_hash=previous, faults=tuple(faults))
    head = AuditHead.objects.filter(pk=1).first()
    at_head = (head.seq, head.hash) if head else (0, FIRST_PREVIOUS)
    if at_head != (expected - 1, previous):
        faults.append(f"the chain ends at entry {expected - 1}, but {at_head[0]} entries were written")
    return ChainReport(entries=expected - 1, head_hash=previous, faults=tuple(faults))
