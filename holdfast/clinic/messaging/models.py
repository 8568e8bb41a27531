"""What every room that sends links keeps: an agreement, a message with its ledger, links (digests only).

These models are abstract: each room has tables of its own. Only the count of requests is one table for all.
"""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from holdfast.clinic.audit.append_only import AppendOnly


class Channel(models.TextChoices):
    """How a message reaches a person."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "text message (SMS)"


class Step(StrEnum):
    """The steps of sending. The kinds of event of each room hold these words among their own."""

    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class CourseRecord(AppendOnly):
    """A record of one course that has an address. The course is the field of each table."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course: Any

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def programme(self):
        """The programme of its course."""
        return self.course.programme


class MessageAgreement(CourseRecord):
    """What was agreed with the patient, in one version; the newest of a course counts.

    `state` is a field of each table: `active`, or the room's own word for nothing being sent.
    """

    ACTIVE: ClassVar = "active"
    state: Any

    version = models.PositiveIntegerField()
    at_local = models.TimeField()  # in the zone of the programme
    zone = models.CharField(max_length=60)  # as it was when this was agreed
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    why = models.TextField(blank=True)  # of a pause or a stop
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(CourseRecord.Meta):
        abstract = True

    @classmethod
    def newest(cls, course: Any) -> Self | None:
        """What holds now; None where nothing was ever agreed."""
        rows: Any = cls.objects  # the field `course` is each table's own
        found: Self | None = rows.filter(course=course).order_by("-version").first()
        return found

    @classmethod
    def next_version(cls, course: Any) -> int:
        """The number of the next version of a course."""
        newest = cls.newest(course)
        return newest.version + 1 if newest else 1

    @property
    def active(self) -> bool:
        """Does anything go out by this version?"""
        return self.state == self.ACTIVE

    def followed_by(self, *, course: Any, state: str, why: str, by: Any, at: Any) -> Self:
        """The next version, not stored yet: all that was agreed as it is, in another state."""
        changed = {"course": course, "version": self.version + 1, "state": state, "why": why, "by": by, "at": at}
        kept = {field.name for field in self._meta.concrete_fields} - {"id", "public_id", *changed}
        return type(self)(**{name: getattr(self, name) for name in kept}, **changed)


class Message(CourseRecord):
    """What a patient is sent a link to. Each table has its `events` and its `links`."""

    noun: ClassVar[str]  # in permissions and in the record of actions

    class Meta(CourseRecord.Meta):
        abstract = True

    def locked(self) -> Self:
        """The row, locked, so that two requests for one message come one after the other."""
        rows: Any = type(self).objects.select_for_update(of=("self",), no_key=True)
        found: Self = rows.select_related("agreement", "course__patient__programme").get(pk=self.pk)
        return found


class MessageEvent(AppendOnly):
    """One entry of a ledger. Each kind happens once, each step of an attempt to send once an attempt."""

    attempt = models.PositiveSmallIntegerField(default=0)  # from 1 for what is sent; 0 otherwise
    reason = models.CharField(max_length=40, blank=True)  # one word of why: of a failure
    permanent = models.BooleanField(default=False)  # of a failure: trying again is no use
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind: Any

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.kind)


class MessageLink(AppendOnly):
    """A link of one message. Only the digest of its token is kept: whoever reads the database can open none."""

    attempt = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"link {self.attempt}"


class RequestCount(models.Model):
    """How often a link, or an address of the net that asked for links that do not exist, came in one window of time.

    `key` is a digest: neither a token nor an address of the net can be read from it. Rows are forgotten after a day.
    """

    key = models.CharField(max_length=64)
    window = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "checkins"  # the app that has the table
        constraints = [models.UniqueConstraint(fields=("key", "window"), name="one_count_a_key_and_window")]

    def __str__(self) -> str:
        return f"{self.count}"
