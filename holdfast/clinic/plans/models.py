"""Plans of courses. Each is a whole plan, dated and counted; the newest that has begun holds."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly


class TreatmentPlan(AppendOnly):
    """Phase, dose, interval and route from a day on, with the coded reason of the change and who made it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()  # from 1
    from_on = models.DateField()
    phase = models.CharField(max_length=20)
    protocol = models.CharField(max_length=60)
    drug = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    dose_mg = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    dose_mg_per_kg = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    intervals_d = models.JSONField()  # days between treatment sessions, taken in turn
    reason = models.CharField(max_length=40)  # a coded answer
    note = models.TextField(blank=True)
    answer = models.JSONField(default=dict)  # what the rules said to it then
    in_spite = models.TextField(blank=True)  # why the prescriber goes on against a stop of the rules
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("course", "number"), name="plans_of_a_course_are_counted"),
            models.CheckConstraint(
                condition=Q(dose_mg__isnull=False) ^ Q(dose_mg_per_kg__isnull=False), name="a_plan_has_one_dose"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.number}"

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
