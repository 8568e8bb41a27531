"""Check-ins: what was agreed, what was asked when, the ledger of each, its links (digests only), and the answers.

Every table is append-only: an agreement is changed by a newer version, an answer by a later one, and what became of a
check-in is the sum of its events.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.clinic.messaging.models import Message, MessageAgreement, MessageEvent, MessageLink
from holdfast.protocols.check_ins import CheckInSchedule


class Agreement(MessageAgreement):
    """What was agreed with the patient, in one version; the newest of a course counts."""

    class State(models.TextChoices):
        """Do check-ins go out?"""

        ACTIVE = "active", "active"
        PAUSED = "paused", "paused"

    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="check_in_agreements")
    state = models.CharField(max_length=10, choices=State.choices)
    instruments = models.JSONField()  # ids of safety.check_in_questions
    every_d = models.PositiveSmallIntegerField()
    open_h = models.PositiveSmallIntegerField()
    remind_after_h = models.PositiveSmallIntegerField(null=True)  # null: never asked for once more
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    plan = models.TextField(blank=True)  # written by the clinician for the patient to read

    class Meta(MessageAgreement.Meta):
        constraints = [
            models.UniqueConstraint(fields=("course", "version"), name="check_in_agreements_are_counted"),
            models.CheckConstraint(condition=Q(state__in=("active", "paused")), name="agreement_state_is_known"),
            models.CheckConstraint(condition=Q(channel__in=("email", "sms")), name="agreement_channel_is_known"),
        ]

    @property
    def schedule(self) -> CheckInSchedule:
        """When it asks."""
        return CheckInSchedule(
            self.every_d, self.at_local, self.zone, self.open_h, self.starts_on, self.ends_on, self.remind_after_h
        )


class CheckIn(Message):
    """One check-in of a course: at most one a day, so that a sender that runs twice asks once."""

    noun = "check_in"

    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="check_ins")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="check_ins")
    on = models.DateField()  # its day in the zone of the programme
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta(Message.Meta):
        constraints = [models.UniqueConstraint(fields=("course", "on"), name="one_check_in_a_day")]

    def is_open(self, now: dt.datetime) -> bool:
        """Can it still be answered, as far as time goes?"""
        return self.opens_at <= now < self.closes_at


class Kind(models.TextChoices):
    """What can happen to a check-in."""

    SCHEDULED = "scheduled", "scheduled"
    SENDING = "sending", "handed over for sending"
    SENT = "sent", "sent"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "not sent"
    REMINDER = "reminder", "reminder due"  # what is sent from here on is the second message
    OPENED = "opened", "opened"
    CRISIS_SHOWN = "crisis_shown", "crisis text shown"
    CRISIS_READ = "crisis_read", "crisis text read"
    ANSWERED = "answered", "answered"
    MISSED = "missed", "missed"
    REVOKED = "revoked", "link revoked"
    FOLLOWED_UP = "followed_up", "followed up"


class CheckInEvent(MessageEvent):
    """One entry of the ledger. Each kind happens once, each step of an attempt to send once an attempt."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    note = models.TextField(blank=True)

    class Meta(MessageEvent.Meta):
        constraints = [
            models.UniqueConstraint(fields=("check_in", "kind", "attempt"), name="each_event_of_a_check_in_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="check_in_event_is_a_known_word"),
        ]


class CheckInLink(MessageLink):
    """A link to one check-in. Only the digest of its token is kept: whoever reads the database can open none."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="links")
    expires_at = models.DateTimeField()

    class Meta(MessageLink.Meta):
        constraints = [models.UniqueConstraint(fields=("check_in", "attempt"), name="one_link_an_attempt")]


class CheckInAnswer(AppendOnly):
    """One answer, stored when it was given. A later answer to the same question counts instead."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="answers")
    instrument = models.CharField(max_length=20)
    question = models.CharField(max_length=20)
    value = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.instrument} {self.question}"


class CheckInRating(AppendOnly):
    """The rating that a finished scale of a check-in became; once."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="ratings")
    scale = models.CharField(max_length=40)
    assessment = models.OneToOneField("assessments.Assessment", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=("check_in", "scale"), name="one_rating_a_scale_of_a_check_in")]

    def __str__(self) -> str:
        return self.scale
