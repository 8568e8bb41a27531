"""Ratings. A correction is a newer version of the same chain; no row is changed."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly, AppendOnlyQuerySet
from holdfast.clinic.courses.models import Source, one_time


class AssessmentQuerySet(AppendOnlyQuerySet):
    """Ratings as they stand."""

    def current(self):
        """The newest version of each, withdrawn ones left out."""
        return self.filter(superseded_by__isnull=True, withdrawn=False)


class Assessment(AppendOnly):
    """One rating of one scale. `total` is None where the scale is triaged (C-SSRS) or the rating was withdrawn."""

    class Rater(models.TextChoices):
        """Who rated."""

        PATIENT = "patient", "patient"
        CLINICIAN = "clinician", "clinician"
        RATER = "independent_rater", "independent rater"
        UNKNOWN = "unknown", "not recorded"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chain = models.UUIDField(default=uuid.uuid4, db_index=True)  # shared by all versions of one rating
    version = models.PositiveIntegerField(default=1)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="assessments")
    scale = models.CharField(max_length=40)  # a document of facts/scales
    total = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    answers = models.JSONField(null=True)  # item scores in order, where the items were entered
    unscored = models.JSONField(null=True)  # answers to items asked and never scored, by key
    level = models.CharField(max_length=20, blank=True)  # of a triaged scale; at_least_... while a question is open
    leg = models.CharField(max_length=20, blank=True)  # of a crossover trial: what the rating follows, as published
    anchor_set = models.CharField(max_length=40, blank=True)  # MOAA/S: published anchors differ
    certified_rater = models.BooleanField(null=True)  # where the owner of the scale demands it
    rated_at = models.DateTimeField(null=True)
    study_day = models.IntegerField(null=True)
    rater = models.CharField(max_length=20, choices=Rater.choices, default=Rater.UNKNOWN)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.CLINIC)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    why = models.TextField(blank=True)  # of a correction
    withdrawn = models.BooleanField(default=False)  # entered in error, for example for another person
    facts_digest = models.CharField(max_length=64)

    objects = AssessmentQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("course", "scale"), name="assessment_course_scale")]
        constraints = [
            models.UniqueConstraint(fields=("chain", "version"), name="assessment_versions_are_counted"),
            models.CheckConstraint(condition=one_time("rated_at"), name="assessment_has_one_time"),
            models.CheckConstraint(
                condition=Q(version=1, supersedes=None) | (Q(version__gt=1, supersedes__isnull=False) & ~Q(why="")),
                name="a_corrected_assessment_says_what_and_why",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme

    @property
    def late_by_s(self) -> float | None:
        """Seconds between rating and entry; None where time is study days."""
        return None if self.rated_at is None else (self.entered_at - self.rated_at).total_seconds()
