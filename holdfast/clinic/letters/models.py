"""Letters as they were issued: the very bytes, with what they were made of. Rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class Letter(AppendOnly):
    """One issued letter about a course. A correction is a newer letter that names the older one and says why."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="letters")
    number = models.PositiveIntegerField()  # from 1
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    why = models.TextField(blank=True)  # of a correction
    to = models.TextField()  # name and address, as written on it
    paragraph = models.TextField(blank=True)  # the clinician's own words
    drafted = models.JSONField()  # what was taken from the records
    file = models.BinaryField()  # the PDF
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    facts_digest = models.CharField(max_length=64)
    signed_as = models.CharField(max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("course", "number"), name="letters_of_a_course_are_counted"),
            models.CheckConstraint(condition=Q(corrects__isnull=True) | ~Q(why=""), name="a_corrected_letter_says_why"),
        ]

    def __str__(self) -> str:
        return f"letter {self.number}"

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
