"""How a course ended. One row a course: what has ended stays ended."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly


class CourseEnding(AppendOnly):
    """The coded reason, the words beside it, who decided, and what follows."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.OneToOneField("courses.Course", on_delete=models.PROTECT, related_name="ending")
    reason = models.CharField(max_length=40)  # a coded answer
    note = models.TextField(blank=True)
    follow_up = models.CharField(max_length=40)  # a coded answer
    follow_up_on = models.DateField(null=True)
    on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme


class FollowUpDone(AppendOnly):
    """What was to follow the end of a course has been done."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ending = models.OneToOneField(CourseEnding, on_delete=models.PROTECT, related_name="follow_up_done")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.ending.programme
