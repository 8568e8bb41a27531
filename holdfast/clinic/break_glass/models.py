"""Who read which patient of another programme in an emergency, why, until when, and what the lead found."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from holdfast.clinic.audit.append_only import AppendOnly


class GlassReason(models.TextChoices):
    """Why the glass is broken."""

    EMERGENCY = "emergency", "Medical emergency"
    RISK = "risk", "Risk of suicide or other danger"
    COVER = "cover", "Standing in for a colleague who cannot be reached"
    OTHER = "other", "Another reason, told below"


class GlassFinding(models.TextChoices):
    """What the review found."""

    JUSTIFIED = "justified", "Justified"
    NOT_JUSTIFIED = "not_justified", "Not justified"


class BreakGlass(AppendOnly):
    """One person may read one patient of a programme that is not theirs until `until`. Nothing more than read."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="broken_glass")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)  # of the person, then
    reason_kind = models.CharField(max_length=20, choices=GlassReason.choices)
    reason = models.TextField()
    at = models.DateTimeField(db_index=True)
    until = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="broken_glass_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(reason=""), name="broken_glass_says_why"),
            models.CheckConstraint(
                condition=Q(reason_kind__in=GlassReason.values), name="broken_glass_reason_is_a_known_word"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of the patient."""
        return self.patient.programme


class BreakGlassReview(AppendOnly):
    """What the programme lead found. One a breaking of glass; it ends the reading where it still goes on."""

    glass = models.OneToOneField(BreakGlass, on_delete=models.PROTECT, related_name="review")
    finding = models.CharField(max_length=20, choices=GlassFinding.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(finding__in=GlassFinding.values), name="glass_finding_is_a_known_word"),
            models.CheckConstraint(
                condition=Q(finding=GlassFinding.JUSTIFIED) | ~Q(note=""), name="unjustified_glass_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.glass}"
