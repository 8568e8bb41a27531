"""A programme and the rules its physicians signed."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly


class ProgrammeKind(models.TextChoices):
    """Whose data these are; every page of the programme says so."""

    LIVE = "live", "live"
    SIMULATED = "simulated", "simulated: generated, no real person"
    DEIDENTIFIED = "real-deidentified", "real, de-identified"


class Programme(models.Model):
    """Where patients are treated: jurisdiction, time zone, and the keys chosen where definitions are disputed."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=ProgrammeKind.choices)
    jurisdiction = models.CharField(max_length=10, default="none")  # a row of facts/jurisdictions.csv
    country = models.CharField(max_length=2, blank=True)  # a row of facts/crisis_lines.csv, or empty
    time_zone = models.CharField(max_length=60, default="UTC")
    choices = models.JSONField(default=dict, blank=True)  # setting -> key, rows of facts/settings.csv
    out_of_hours_text = models.TextField(blank=True)  # whom to turn to when the clinic is closed
    source_note = models.TextField(blank=True)  # where an imported data set comes from
    licence = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ProgrammeKind.values), name="programme_kind_is_a_known_word"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def programme(self) -> Programme:
        """Itself, so that permissions and audit treat every subject alike."""
        return self

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The day it is then where the programme is; late in the evening UTC has often another one."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def end_of_day(self, moment: dt.datetime) -> dt.datetime:
        """The midnight that ends that day where the programme is."""
        return dt.datetime.combine(self.day_of(moment) + dt.timedelta(days=1), dt.time(), ZoneInfo(self.time_zone))


class RuleSignature(AppendOnly):
    """A named physician takes responsibility for a house or unverified rule, in one version."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="signatures")
    rule_id = models.CharField(max_length=60)
    rule_version = models.PositiveIntegerField()
    physician = models.CharField(max_length=120)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    facts_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("rule_id", "rule_version")
        constraints = [
            models.UniqueConstraint(
                fields=("programme", "rule_id", "rule_version"), name="one_signature_per_rule_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.rule_version}"
