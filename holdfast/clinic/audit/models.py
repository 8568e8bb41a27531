"""The record of actions: rows that are only ever added, each holding the hash of the one before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly

FIRST_PREVIOUS = "0" * 64


class AuditEntry(AppendOnly):
    """One action. Holds words, keys and counts; never a name of a patient, free text or a score."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_ref = models.CharField(max_length=40)  # public id of the person, or `command-line`
    actor_role = models.CharField(max_length=20)
    action = models.CharField(max_length=60, db_index=True)  # noun.verb
    subject_kind = models.CharField(max_length=60)
    subject_ref = models.CharField(max_length=40, db_index=True)
    programme = models.ForeignKey("programmes.Programme", null=True, on_delete=models.PROTECT, related_name="+")
    programme_key = models.CharField(max_length=60)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"

    def content(self) -> dict[str, Any]:
        """What the hash covers: every column but the row's own key and hash."""
        return {
            "seq": self.seq,
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "actor_id": self.actor_id,
            "actor_ref": self.actor_ref,
            "actor_role": self.actor_role,
            "action": self.action,
            "subject_kind": self.subject_kind,
            "subject_ref": self.subject_ref,
            "programme_id": self.programme_id,
            "programme_key": self.programme_key,
            "details": self.details,
            "previous_hash": self.previous_hash,
        }

    def computed_hash(self) -> str:
        """SHA-256 of the content as canonical JSON: sorted keys, no blanks, UTF-8."""
        canonical = json.dumps(self.content(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


class AuditHead(models.Model):
    """The end of the chain, one row: shows a cut tail, and is the lock that keeps entries in order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=FIRST_PREVIOUS)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_head_is_one_row")]
