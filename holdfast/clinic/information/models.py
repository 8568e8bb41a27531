"""A physician's signature below a claim for patients, and its withdrawal."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.clinic.programmes.models import Programme


class ClaimSignature(AppendOnly):
    """A named physician answers for the words of a claim as they read that day; the newest row of a claim counts."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="claim_signatures")
    claim_id = models.CharField(max_length=60)
    claim_version = models.PositiveIntegerField()
    text_digest = models.CharField(max_length=64)  # of the words with their numbers: changed words need a new one
    stands = models.BooleanField(default=True)  # False: withdrawn
    physician = models.CharField(max_length=120)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    facts_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("claim_id", "pk")

    def __str__(self) -> str:
        return f"{self.claim_id} version {self.claim_version}{'' if self.stands else ', withdrawn'}"
