"""Consent texts of programmes in every version, and what patients said to them. Rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.protocols.consent import Capacity, ConsentKind, Giver


class ConsentDocument(AppendOnly):
    """One version of the text that patients of a programme consent to. `protocol` empty = for every protocol."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="consent_documents")
    protocol = models.CharField(max_length=60, blank=True)  # a document of facts/protocols
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    text = models.TextField()
    digest = models.CharField(max_length=64)  # of title and text
    in_force_from = models.DateField()
    earlier_stand = models.BooleanField()  # consents to earlier versions stand
    witness_needed = models.BooleanField()
    why = models.TextField(blank=True)  # what changed
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("protocol", "version")
        constraints = [
            models.UniqueConstraint(
                fields=("programme", "protocol", "version"), name="versions_of_a_consent_text_are_counted"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class ConsentRecord(AppendOnly):
    """What a patient said about a course: consent to a version of the text, refusal, or withdrawal."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ConsentKind])
    document = models.ForeignKey(ConsentDocument, null=True, on_delete=models.PROTECT, related_name="consents")
    capacity = models.CharField(max_length=20, choices=[(c.value, c.value) for c in Capacity], blank=True)
    given_by = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Giver])
    representative = models.CharField(max_length=120, blank=True)  # name, and what gives them the right
    witness = models.CharField(max_length=120, blank=True)
    on = models.DateField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ConsentKind]), name="consent_kind_is_a_known_word"
            ),
            models.CheckConstraint(
                condition=~Q(kind="given") | (Q(document__isnull=False) & ~Q(capacity="")),
                name="consent_given_names_text_and_capacity",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
