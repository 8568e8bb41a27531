"""Safety checks that were done, and adverse events outside a treatment session.

When a check is due is computed from the rules, never stored. Adverse events of a treatment session stand on its
flow-sheet.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.clinic.courses.models import one_time


class SafetyCheck(AppendOnly):
    """One check of one kind, with its outcome in a word."""

    class Outcome(models.TextChoices):
        """What came out."""

        NORMAL = "unremarkable", "unremarkable"
        WATCH = "watch", "to be watched"
        ACTED_ON = "acted_on", "acted on"
        NOT_DONE = "not_done", "could not be done"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="safety_checks")
    check_key = models.CharField(max_length=40)
    done_on = models.DateField(null=True)
    study_day = models.IntegerField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=one_time("done_on"), name="safety_check_has_one_time"),
            models.CheckConstraint(
                condition=Q(outcome__in=("unremarkable", "watch", "acted_on", "not_done")),
                name="safety_check_outcome_is_a_known_word",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme


class AdverseEventRecord(AppendOnly):
    """An adverse event told between treatment sessions; `given` is an `AdverseEvent` as plain values.

    The newest entry counts; a withdrawn one was of somebody else, or none.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="adverse_events")
    given = models.JSONField()
    withdrawn = models.BooleanField(default=False)
    why = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True, withdrawn=False) | (Q(supersedes__isnull=False) & ~Q(why="")),
                name="adverse_event_corrected_says_why",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
