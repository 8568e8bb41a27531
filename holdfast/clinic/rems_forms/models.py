"""Signed monitoring forms. A form that was wrong is followed by a newer version; sending is a row of its own."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class RemsForm(AppendOnly):
    """One signed version. `content` is the form as it was then, `answers` what a clinician added to the sheet."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", on_delete=models.PROTECT, related_name="rems_forms"
    )
    version = models.PositiveIntegerField()
    answers = models.JSONField()
    content = models.JSONField()
    why = models.TextField(blank=True)  # of a newer version, and of a form signed with something missing
    facts_digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("treatment_session", "version"), name="rems_forms_are_counted"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(why=""), name="a_newer_rems_form_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.treatment_session.course.programme


class RemsSent(AppendOnly):
    """The form went to the REMS: when, and who says so. Holdfast itself sends nothing."""

    form = models.OneToOneField(RemsForm, on_delete=models.PROTECT, related_name="sent")
    sent_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.form} sent"

    @property
    def programme(self):
        """The programme of the form."""
        return self.form.programme
