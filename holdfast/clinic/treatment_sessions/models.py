"""Records of treatment sessions. The timed flow-sheet comes later; this holds plan, dose and end."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.courses.models import Source
from holdfast.treatment_sessions.states import State


class TreatmentSessionQuerySet(models.QuerySet):
    """Treatment sessions as they stand."""

    def current(self):
        """Without the rows that a correction replaced."""
        return self.filter(replaced_at__isnull=True)

    def given(self):
        """Those in which a dose was started."""
        return self.current().filter(Q(dosed_at__isnull=False) | Q(dosed_on_day__isnull=False))


class TreatmentSession(models.Model):
    """One supervised dose with its observation. What was wrong is replaced by a newer row, not edited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="treatment_sessions")
    number = models.PositiveIntegerField()  # from 1, in the order planned
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.PLANNED.value)
    planned_on = models.DateField(null=True)
    planned_day = models.IntegerField(null=True)  # where time is study days
    earliest_on = models.DateField(null=True)
    latest_on = models.DateField(null=True)
    planned_dose_mg = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    dosed_at = models.DateTimeField(null=True)  # start of the first device or of the infusion
    dosed_on_day = models.IntegerField(null=True)
    drug = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    dose_mg = models.DecimalField(max_digits=8, decimal_places=3, null=True)  # null = not known
    duration_min = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    discharged_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True)  # of a cancellation, an abort or a correction
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.CLINIC)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    replaced_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TreatmentSessionQuerySet.as_manager()

    class Meta:
        ordering = ("course", "number")
        constraints = [
            models.UniqueConstraint(
                fields=("course", "number"), condition=Q(replaced_at=None), name="one_treatment_session_per_number"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in State]), name="treatment_session_state_is_a_known_word"
            ),
            models.CheckConstraint(
                condition=Q(dosed_at=None) | Q(dosed_on_day=None), name="treatment_session_has_one_time"
            ),
            models.CheckConstraint(
                condition=Q(dose_mg=None) | Q(dose_mg__gt=0), name="a_known_dose_is_more_than_nothing"
            ),
            models.CheckConstraint(
                condition=Q(discharged_at=None) | Q(dosed_at=None) | Q(discharged_at__gte=models.F("dosed_at")),
                name="discharge_follows_the_dose",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme
