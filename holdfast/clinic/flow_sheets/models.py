"""Entries of flow-sheets. They are only ever added; a correction is a newer entry that names the older one."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.treatment_sessions.entries import Kind
from holdfast.treatment_sessions.flow_sheet import late_min


class FlowSheetEntry(AppendOnly):
    """What one person did, saw or was told at the chair, at one time. `key` is given by who enters it, once."""

    key = models.UUIDField(unique=True)
    treatment_session = models.ForeignKey(
        "treatment_sessions.TreatmentSession", on_delete=models.PROTECT, related_name="flow_sheet_entries"
    )
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    given = models.JSONField()  # by kind, read by holdfast.treatment_sessions.entries
    made_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_role = models.CharField(max_length=20)  # as it was then
    answer = models.JSONField(default=dict)  # what the rules answered then: decision, arithmetic, drive-free time
    assessment = models.ForeignKey("assessments.Assessment", null=True, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    withdrawn = models.BooleanField(default=False)  # the superseded entry was made in error; this one counts nowhere
    why = models.TextField(blank=True)  # of a correction, and of whatever is added after the signature
    amends = models.BooleanField(default=False)  # added after the signature
    digest = models.CharField(max_length=64)  # SHA-256 of what was sent, to tell a repetition from another entry

    class Meta:
        ordering = ("made_at", "pk")
        indexes = [models.Index(fields=("treatment_session", "made_at"), name="flow_sheet_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in Kind]), name="flow_sheet_kind_is_a_known_word"
            ),
            models.CheckConstraint(condition=Q(received_at__gte=F("made_at")), name="an_entry_is_made_before_it_comes"),
            models.CheckConstraint(
                condition=Q(supersedes=None, amends=False) | ~Q(why=""), name="a_corrected_entry_says_why"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False) | Q(supersedes__isnull=False), name="a_withdrawal_names_its_entry"
            ),
            models.UniqueConstraint(
                fields=("treatment_session",), condition=Q(kind=Kind.SIGN.value), name="a_flow_sheet_is_signed_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def programme(self):
        """The programme of its course."""
        return self.treatment_session.course.programme

    @property
    def public_id(self):
        """How the record of actions names it."""
        return self.key

    @property
    def late_by(self) -> dt.timedelta | None:
        """How long after it was made it arrived, where that is late."""
        return dt.timedelta(minutes=late_min(self.made_at, self.received_at)) or None
