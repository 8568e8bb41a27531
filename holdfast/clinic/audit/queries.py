"""Reading the record of actions, and walking its chain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.db.models import Q, QuerySet

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import anchors
from holdfast.clinic.audit.models import FIRST_PREVIOUS, AuditEntry, AuditHead
from holdfast.errors import RefusedError

_AT_ONCE = 500  # values in one question; SQLite has a limit
READ = "patient.read"


@dataclass(frozen=True)
class ChainReport:
    """What walking the chain found. `faults` has every fault with the number of the entry."""

    entries: int
    head_hash: str
    faults: tuple[str, ...]
    anchors: int = 0  # lines kept elsewhere that were held against it

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


def verify(*, actor: Actor, anchor_lines: Sequence[str] = (), key: str = "") -> ChainReport:
    """Walk the whole chain: an edited, deleted, inserted or reordered entry is a fault.

    Whoever owns the database can rewrite all of it so that it holds together; `anchor_lines`, kept elsewhere and signed
    by `key`, show that too: each names an entry and the hash it had.
    """
    require(actor, "audit.verify")
    report = _walked()
    if not anchor_lines:
        return report
    found, faults = anchors.line_faults(anchor_lines, key)
    faults += anchors.record_faults(found, _hashes({anchor.seq for _, anchor in found}), report.entries)
    return replace(report, faults=(*report.faults, *faults), anchors=len(anchor_lines))


def new_anchor(*, actor: Actor, now: dt.datetime, kept: Sequence[str] = ()) -> anchors.Anchor:
    """The newest entry as a signed line, to follow the lines `kept` so far.

    Raises `RefusedError` where the record no longer agrees with those lines: a new line would cover that up.
    """
    require(actor, "audit.verify")
    head = AuditHead.objects.filter(pk=1).first() or AuditHead(seq=0, hash=FIRST_PREVIOUS)
    if kept:
        found, faults = anchors.line_faults(kept, anchors.installation_key())
        faults += anchors.record_faults(found, _hashes({anchor.seq for _, anchor in found}), head.seq)
        if faults:
            raise RefusedError("not anchored, the record does not agree with the lines kept:\n" + "\n".join(faults))
    return anchors.signed(head.seq, head.hash, now, anchors.digest(kept[-1]) if kept else anchors.ALONE)


def _hashes(numbers: Iterable[int]) -> dict[int, str]:
    """Hashes of the entries with these numbers, as they stand in the database."""
    found: dict[int, str] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = AuditEntry.objects.filter(seq__in=wanted[start : start + _AT_ONCE])
        found |= dict(rows.values_list("seq", "hash"))
    return found


def _walked() -> ChainReport:
    faults: list[str] = []
    previous, expected = FIRST_PREVIOUS, 1
    begun = _head()
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
    ended, last = _head(), expected - 1
    # The clinic writes on meanwhile: the end that was walked to is one between the heads before and after.
    at_a_head = all(last != seq or previous == hash_ for seq, hash_ in (begun, ended))
    if not (begun[0] <= last <= ended[0] and at_a_head):
        faults.append(f"the chain ends at entry {last}, but {ended[0]} entries were written")
    if not last and User.objects.exists():
        faults.append("the record is empty, although people were given accounts: all of it was removed")
    return ChainReport(entries=last, head_hash=previous, faults=tuple(faults))


def _head() -> tuple[int, str]:
    """Number and hash of the newest entry, as the head says."""
    head = AuditHead.objects.filter(pk=1).first()
    return (head.seq, head.hash) if head else (0, FIRST_PREVIOUS)


def newest_number() -> tuple[int, str]:
    """Number and hash of the newest entry; (0, "") before the first. One query."""
    return AuditHead.objects.values_list("seq", "hash").filter(pk=1).first() or (0, "")


def changes_since(seq: int) -> list[AuditEntry]:
    """The entry of that number and every later one, with what tells which records changed."""
    rows = AuditEntry.objects.filter(seq__gte=seq).order_by("seq")
    return list(rows.only("seq", "hash", "action", "subject_kind", "subject_ref", "details"))
