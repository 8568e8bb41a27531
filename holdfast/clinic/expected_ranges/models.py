"""What was asked of the simulator for a treatment session, and what it answered. Both are only ever added."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


def digest_of(asked: Mapping[str, Any]) -> str:
    """The same for the same question, in whatever order it names things."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


class ExpectedRangeQuestion(AppendOnly):
    """A dose of a patient as plain values, without a name. The same question of a treatment session stands once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", on_delete=models.PROTECT, related_name="expected_range_questions"
    )
    asked = models.JSONField()  # by the names of holdfast.model.expected_range.Asked
    digest = models.CharField(max_length=64)  # SHA-256 of `asked`
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("treatment_session", "digest"), name="an_expected_range_is_asked_once")
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.treatment_session.course.programme


class ExpectedRangeAnswer(AppendOnly):
    """The ranges with what they rest on, as the simulator gave them; or why there are none."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    question = models.OneToOneField(ExpectedRangeQuestion, on_delete=models.PROTECT, related_name="answer")
    given = models.JSONField(default=dict)  # as ExpectedRange.as_dict of holdfast.model.expected_range
    refused = models.TextField(blank=True)  # a sentence, where there are no ranges
    model = models.CharField(max_length=60, blank=True)
    model_version = models.CharField(max_length=20, blank=True)
    facts_digest = models.CharField(max_length=64, blank=True)
    took_ms = models.PositiveIntegerField()  # of the other process, its start included
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(refused="") & ~Q(model="") | ~Q(refused="") & Q(model=""),
                name="an_expected_range_is_given_or_refused",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.question.programme
