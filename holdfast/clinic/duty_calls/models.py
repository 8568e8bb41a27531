"""Where people are reached on duty, the calls of each alert, and what became of each. Rows are only ever added."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from holdfast.clinic.audit.append_only import AppendOnly
from holdfast.clinic.messaging.models import Channel


class DutyAddress(AppendOnly):
    """An address a person gave for duty; the newest of a channel counts, and an empty one takes it back."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="duty_addresses")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=Q(channel__in=Channel.values), name="duty_channel_is_known")]

    def __str__(self) -> str:
        return str(self.public_id)

    programme = None  # a person has one, in every programme


class DutyCall(AppendOnly):
    """One message to one person by one channel, about one alert. Once each in every round."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alert = models.ForeignKey("alerts.CrisisAlert", on_delete=models.PROTECT, related_name="calls")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    round = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("alert", "person", "channel", "round"), name="one_call_a_person_channel_and_round"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of the alert."""
        return self.alert.programme


class Kind(models.TextChoices):
    """What can happen to a call."""

    SENDING = "sending", "handed over for sending"
    SENT = "sent", "sent"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "not sent"
    NOT_NEEDED = "not_needed", "taken before it was sent"


class DutyCallEvent(AppendOnly):
    """One step of a call."""

    call = models.ForeignKey(DutyCall, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    attempt = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=40, blank=True)  # one word of why: of a failure
    permanent = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("call", "kind", "attempt"), name="each_event_of_a_call_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="duty_call_event_is_a_known_word"),
        ]

    def __str__(self) -> str:
        return self.kind
