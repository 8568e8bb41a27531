"""What patients said of the registry, extracts that left, and reports that were made. Rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.protocols.consent import Giver

JOB = "registry.report"  # the kind of job that answers a request
PAGE = "page.json"  # the file of a report from which its pages are set


class Said(models.TextChoices):
    """What happened between the programme and one patient about the registry."""

    ASKED = "asked", "asked"
    GIVEN = "given", "given"
    REFUSED = "refused", "refused"
    WITHDRAWN = "withdrawn", "withdrawn"


class RegistryConsent(AppendOnly):
    """What a patient said of taking part in registries; the last row counts, and nobody who said nothing takes part."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="registry_consents")
    said = models.CharField(max_length=10, choices=Said.choices)
    given_by = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Giver])
    sheet = models.CharField(max_length=120, blank=True)  # the information that was handed over, with its version
    on = models.DateField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("patient", "id"), name="registry_consents_by_patient")]
        constraints = [
            models.CheckConstraint(condition=Q(said__in=Said.values), name="registry_consent_is_a_known_word"),
            models.CheckConstraint(
                condition=~Q(said="given") | ~Q(sheet=""), name="registry_consent_given_names_its_sheet"
            ),
        ]

    def __str__(self) -> str:
        return self.said

    @property
    def programme(self):
        """The programme of the patient."""
        return self.patient.programme


class RegistryExtract(AppendOnly):
    """One extract that left the programme: when, by whom, and the digest of its manifest. Nobody in it is named."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="registry_extracts")
    digest = models.CharField(max_length=64)  # SHA-256 of manifest.json, which has those of all other files
    courses = models.PositiveIntegerField()  # in it
    consented = models.PositiveIntegerField()  # patients whose consent stood
    without_consent = models.PositiveIntegerField()  # patients who were left out for want of it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.public_id)


class ReportRequest(AppendOnly):
    """Somebody, or the day, asked for the report of a programme."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey("programmes.Programme", on_delete=models.PROTECT, related_name="report_requests")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=("programme", "at"), name="registry_reports_by_programme")]

    def __str__(self) -> str:
        return str(self.public_id)


class ProgrammeReport(AppendOnly):
    """The outcomes and safety of a programme as they were told on one day; `refused` says why there is none.

    The same records give the same digest; where it is that of the report before, the files of that one are shown.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.OneToOneField(ReportRequest, on_delete=models.PROTECT, related_name="made")
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the report as JSON
    refused = models.TextField(blank=True)  # the sentence with which it was refused
    courses = models.PositiveIntegerField(default=0)  # told of
    told_on = models.DateField()  # the day until which courses are followed
    took_ms = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(digest="", refused=""), name="a_programme_report_is_there_or_says_why_not"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme it is of."""
        return self.request.programme


class ReportFile(models.Model):
    """One file of a report: made again from the records at any time, so that those of older reports go."""

    report = models.ForeignKey(ProgrammeReport, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    content = models.BinaryField()

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("report", "name"), name="files_of_a_report_have_names")]

    def __str__(self) -> str:
        return self.name
