"""Patients. Everything clinical hangs on a course; this holds who it is, and every version of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly

# What a correction may change.
DETAILS = ("label", "record_number", "date_of_birth", "age_y", "age_basis", "sex", "diagnosis")


class Details(models.Model):
    """Who somebody is, as a patient and each version of it hold it."""

    class Sex(models.TextChoices):
        """Sex as the rules ask for it (body weight formulas, AUDIT-C cut); empty = not recorded."""

        FEMALE = "female", "female"
        MALE = "male", "male"

    class AgeBasis(models.TextChoices):
        """What `age_y` is counted at, where there is no date of birth."""

        AT_REGISTRATION = "registration", "age at registration"
        AT_BASELINE = "baseline", "age at baseline"

    label = models.CharField(max_length=120)  # name, or the study id of a de-identified person
    record_number = models.CharField(max_length=60, blank=True)
    date_of_birth = models.DateField(null=True)
    age_y = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    age_basis = models.CharField(max_length=20, choices=AgeBasis.choices, blank=True)
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    diagnosis = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True


class Patient(Details):
    """A person treated in one programme. `public_id` is what addresses and the audit carry, never the label.

    The details are those of the newest of its `details`, kept here for lists and rules.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="patients")
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


class PatientDetails(Details, AppendOnly):
    """One version of the details of a patient: the first at registration, one more with every correction."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="details")
    version = models.PositiveIntegerField()
    why = models.TextField(blank=True)  # of a correction
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("patient", "version"), name="versions_of_a_patient_are_counted"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(why=""), name="corrected_details_say_why"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"  # what a log or a traceback may show

    @property
    def programme(self):
        """The programme of the patient."""
        return self.patient.programme
