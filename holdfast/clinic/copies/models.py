"""Copies of the records that left the database: what was made when, and by which digest a file is known again."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class CopyMade(AppendOnly):
    """One backup, rehearsal of a backup, or export; or an export that was taken in."""

    class Kind(models.TextChoices):
        """What was made."""

        BACKUP = "backup", "backup"
        REHEARSAL = "rehearsal", "rehearsal of a backup"
        EXPORT = "export", "export"
        TAKEN_IN = "taken_in", "export taken in"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)  # SHA-256 of the backup, or of the schema file of an export
    rows = models.PositiveBigIntegerField()
    took_s = models.FloatField()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("backup", "rehearsal", "export", "taken_in")), name="copy_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    programme = None  # a copy is of every programme of the installation
