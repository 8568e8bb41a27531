"""Referrals as received, each version of them, and the steps taken on them. Rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.eligibility.referral import Step


class Referral(AppendOnly):
    """What was received, in one version. `chain` is the same in every version; a correction names the one before."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chain = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=1)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="referrals")
    referrer = models.CharField(max_length=40)  # a coded answer
    referrer_name = models.CharField(max_length=120, blank=True)
    referrer_address = models.TextField(blank=True)  # where the letter goes
    received_on = models.DateField()
    reason = models.TextField()
    documents = models.TextField(blank=True)  # named, one a line; the files stay where the clinic keeps them
    why = models.TextField(blank=True)  # of a correction
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("chain", "version"), name="versions_of_a_referral_are_counted"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(why=""), name="a_corrected_referral_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of the patient."""
        return self.patient.programme


class ReferralStep(AppendOnly):
    """One step taken on a referral: what was decided, why, by whom, on which evaluation."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chain = models.UUIDField(db_index=True)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Step])
    reasons = models.JSONField(default=list, blank=True)  # coded answers
    note = models.TextField(blank=True)
    evaluation = models.ForeignKey("courses.Evaluation", null=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(step__in=[s.value for s in Step]), name="referral_step_is_a_known_word")
        ]

    def __str__(self) -> str:
        return self.step

    @property
    def programme(self):
        """The programme of the patient."""
        return self.patient.programme
