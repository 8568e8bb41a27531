"""Patients. Everything clinical hangs on a course; this holds who it is."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Patient(models.Model):
    """A person treated in one programme. `public_id` is what addresses and the audit carry, never the label."""

    class Sex(models.TextChoices):
        """Sex as the rules ask for it (body weight formulas, AUDIT-C cut); empty = not recorded."""

        FEMALE = "female", "female"
        MALE = "male", "male"

    class AgeBasis(models.TextChoices):
        """What `age_y` is counted at, where there is no date of birth."""

        AT_REGISTRATION = "registration", "age at registration"
        AT_BASELINE = "baseline", "age at baseline"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="patients")
    label = models.CharField(max_length=120)  # name, or the study id of a de-identified person
    record_number = models.CharField(max_length=60, blank=True)
    date_of_birth = models.DateField(null=True)
    age_y = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    age_basis = models.CharField(max_length=20, choices=AgeBasis.choices, blank=True)
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    diagnosis = models.CharField(max_length=120, blank=True)
    group = models.CharField(max_length=60, blank=True)  # group of a trial, as published
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("label",)
        constraints = [
            models.UniqueConstraint(
                fields=("programme", "record_number"),
                condition=~Q(record_number=""),
                name="one_patient_per_record_number",
            ),
            models.CheckConstraint(
                condition=Q(age_y__isnull=True) | (Q(age_y__gte=0) & Q(age_y__lte=130) & ~Q(age_basis="")),
                name="patient_age_is_possible_and_says_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)  # what a log or a traceback may show
