"""Reminders: what was agreed, each one with its ledger, and its links (digests only). Every table is append-only."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from holdfast.clinic.messaging.models import Channel, Message, MessageAgreement, MessageEvent, MessageLink
from holdfast.protocols.reminders import ReminderTime


class ReminderAgreement(MessageAgreement):
    """What was agreed with the patient, in one version; the newest of a course counts."""

    class State(models.TextChoices):
        """Do reminders go out?"""

        ACTIVE = "active", "active"
        STOPPED = "stopped", "stopped"

    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="reminder_agreements")
    state = models.CharField(max_length=10, choices=State.choices)
    days_before = models.PositiveSmallIntegerField()
    prepare = models.TextField()  # how to prepare, written by the clinician; read behind the link alone

    class Meta(MessageAgreement.Meta):
        constraints = [
            models.UniqueConstraint(fields=("course", "version"), name="reminder_agreements_are_counted"),
            models.CheckConstraint(condition=Q(state__in=("active", "stopped")), name="reminder_state_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="reminder_channel_is_known"),
        ]

    @property
    def time(self) -> ReminderTime:
        """When a reminder goes out."""
        return ReminderTime(self.days_before, self.at_local, self.zone)


class ReminderOf(models.TextChoices):
    """What a reminder is of. The message itself says neither."""

    TREATMENT_SESSION = "treatment-session", "treatment session"
    EVALUATION = "evaluation", "evaluation"


class Reminder(Message):
    """One message before one day: at most one of a kind and day, however often the sender runs."""

    noun = "reminder"

    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="reminders")
    agreement = models.ForeignKey(ReminderAgreement, on_delete=models.PROTECT, related_name="reminders")
    of = models.CharField(max_length=20, choices=ReminderOf.choices)
    on = models.DateField()  # the day that is planned, in the zone of the programme
    due_at = models.DateTimeField()
    until = models.DateTimeField()  # from here on no message goes out: the day itself begins
    over_at = models.DateTimeField()  # from here on its link opens nothing

    class Meta(Message.Meta):
        constraints = [
            models.UniqueConstraint(fields=("course", "of", "on"), name="one_reminder_a_day"),
            models.CheckConstraint(condition=Q(of__in=ReminderOf.values), name="reminder_is_of_a_known_word"),
        ]

    def may_go_out(self, now: dt.datetime) -> bool:
        """Is it time, and not too late?"""
        return self.due_at <= now < self.until


class Kind(models.TextChoices):
    """What can happen to a reminder."""

    SCHEDULED = "scheduled", "scheduled"
    SENDING = "sending", "handed over for sending"
    SENT = "sent", "sent"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "not sent"
    OPENED = "opened", "opened"
    DROPPED = "dropped", "dropped"  # no longer planned, or taken back


class ReminderEvent(MessageEvent):
    """One entry of the ledger. Each kind happens once, each step of an attempt to send once an attempt."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)

    class Meta(MessageEvent.Meta):
        constraints = [
            models.UniqueConstraint(fields=("reminder", "kind", "attempt"), name="each_event_of_a_reminder_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="reminder_event_is_a_known_word"),
        ]


class ReminderLink(MessageLink):
    """A link to how to prepare. Only the digest of its token is kept: whoever reads the database can open none."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="links")

    class Meta(MessageLink.Meta):
        constraints = [models.UniqueConstraint(fields=("reminder", "attempt"), name="one_reminder_link_an_attempt")]
