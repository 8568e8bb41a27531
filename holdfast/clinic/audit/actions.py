"""The only writer of the record of actions. Called by every other actions.py inside its transaction."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction

from holdfast.clinic.accounts.models import Actor, User
from holdfast.clinic.accounts.permissions import programme_of
from holdfast.clinic.audit.models import AuditEntry, AuditHead
from holdfast.clinic.config.prepared import Question, execute

_WORD = re.compile(r"[A-Za-z0-9_.:+-]{0,80}")
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# Keys whose value may be a number. A score, an age or a dose has no place here.
_COUNTS = frozenset({"number", "version", "count", "rule_version", "rows"})
_HEAD = Question(lambda: AuditHead.objects.select_for_update(no_key=True).filter(pk=1))

_MOVE_HEAD = f"UPDATE {AuditHead._meta.db_table} SET seq = %s, hash = %s WHERE id = %s"


def record(
    actor: Actor, action: str, subject: models.Model, *, at: dt.datetime, details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add one entry to the chain. Must run inside the transaction of the change it records."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action}: the audit entry must be written in the transaction of the change")
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} is not noun.verb")
    details = dict(details or {})
    _words_only(details)
    head = _HEAD.first() or AuditHead.objects.select_for_update(no_key=True).get_or_create(pk=1)[0]
    programme = programme_of(subject)
    entry = AuditEntry(
        seq=head.seq + 1,
        at=at,
        actor=actor if isinstance(actor, User) else None,
        actor_ref=str(actor.public_id) if isinstance(actor, User) else actor.username,
        actor_role=actor.role,
        action=action,
        subject_kind=str(subject._meta.model_name),
        subject_ref=str(getattr(subject, "public_id", subject.pk)),
        programme=programme,
        programme_key=programme.key if programme else "",
        details=details,
        previous_hash=head.hash,
    )
    entry.hash = entry.computed_hash()
    entry.save()
    execute(_MOVE_HEAD, [entry.seq, entry.hash, head.pk])
    return entry


@transaction.atomic
def note_read(
    reader: User, patient: models.Model | None, *, page: str, lost: int, at: dt.datetime, listed: str = "caseload.read"
) -> None:
    """Write down that a page about a patient was shown; None for a list of many, which is `listed` as.

    `lost` reads before it could not be written (the disk was full, say): their number comes first, so that the gap
    itself is on record. The view has asked for permission; what it refused was not read.
    """
    if lost:
        record(reader, "audit.reads_lost", reader, at=at, details={"count": lost})
    if patient is None:
        record(reader, listed, reader, at=at, details={"programmes": _programme_keys(reader)})
    else:
        details: dict[str, Any] = {"page": page}
        if patient.pk in reader.also_reads:
            details["break_glass"] = True
        record(reader, "patient.read", patient, at=at, details=details)


def _programme_keys(reader: User) -> list[str]:
    return list(reader.programmes.order_by("key").values_list("key", flat=True))


def _words_only(details: Mapping[str, Any]) -> None:
    """Refuse anything that could be a name, a sentence or a score."""
    for key, value in details.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and _WORD.fullmatch(item):
                continue
            if item is None or isinstance(item, bool) or (isinstance(item, int) and key in _COUNTS):
                continue
            raise ValueError(f"audit detail {key!r} is neither a word nor a count; it would put content in the record")
