"""Who looks after what. What is to be done is worked out from the records and stored nowhere."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class WorkOwner(AppendOnly):
    """One thing to do got an owner, another one, or none again. `item` is its key (courses.due.Due.key)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="work_owners")
    course = models.ForeignKey("courses.Course", null=True, on_delete=models.PROTECT, related_name="work_owners")
    item = models.CharField(max_length=160)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("programme", "course"), name="work_owner_of_a_course")]
        constraints = [
            models.UniqueConstraint(
                fields=("course", "item"), condition=Q(supersedes=None, course__isnull=False),
                name="work_of_a_course_begins_once",
            ),
            models.UniqueConstraint(
                fields=("programme", "item"), condition=Q(supersedes=None, course__isnull=True),
                name="work_of_a_programme_begins_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)
