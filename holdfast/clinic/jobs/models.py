"""Jobs: one row each, which changes as the job goes on. No patient, no words of a person; ids and words of a list.

What a job brought about is on record where it happened: in the ledger of a check-in, in the record of an alert.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q

MOST_ROOM_S = 2 * 3600  # what comes every night is late in the morning, and not three days after


class State(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class Job(models.Model):
    """One piece of work, or with `every_s` one that comes again and again.

    `worker` and `lease_until` say who has it and for how long: where a worker was killed, the lease runs out and
    another takes the job, and the first one, should it live, may no longer say how it ended.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)  # of jobs/kinds.py
    key = models.CharField(max_length=90, unique=True)  # what is asked for once is done once
    subject = models.CharField(max_length=40, blank=True)  # public id of what it is about
    lane = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    every_s = models.PositiveIntegerField(null=True)
    tries = models.PositiveIntegerField(default=0)  # since it last ended well
    runs = models.PositiveBigIntegerField(default=0)  # times it ended well
    reason = models.CharField(max_length=40, blank=True)  # one word of why it last failed
    worker = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)  # when it last ended well

    class Meta:
        ordering = ("due_at", "pk")
        indexes = [models.Index(fields=("lane", "state", "due_at"), name="jobs_by_what_is_due")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_is_a_known_word"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False), name="a_running_job_has_a_lease"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    programme = None  # jobs are of the installation

    def is_late(self, now: dt.datetime) -> bool:
        """Has what comes again and again not ended well for its interval, two more or two hours, and a minute?"""
        if self.every_s is None:
            return False
        room_s = min(2 * self.every_s, MOST_ROOM_S) + 60
        return now > (self.done_at or self.made_at) + dt.timedelta(seconds=self.every_s + room_s)
