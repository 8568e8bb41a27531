"""Questions about jobs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import may, require
from holdfast.clinic.jobs.kinds import kind_of
from holdfast.clinic.jobs.models import Job, State

CARRY_ON = "alerts.carry_on"


@dataclass(frozen=True)
class JobView:
    """One job as the page shows it."""

    job: Job
    words: str
    most_tries: int | None  # None: it comes again and again
    late: bool


def due_in(*, lane: str, now: dt.datetime) -> bool:
    """Is there anything to take? Asked every second, without a lock."""
    due = Q(state=State.WAITING, due_at__lte=now) | Q(state=State.RUNNING, lease_until__lte=now)
    return Job.objects.filter(due, lane=lane).exists()


def periodic_jobs(*, actor: Actor, now: dt.datetime) -> list[JobView]:
    """What comes again and again, the most frequent first."""
    require(actor, "job.view")
    return [_view(job, now) for job in Job.objects.filter(every_s__isnull=False).order_by("every_s", "key")]


def single_jobs(*, actor: Actor, state: str, now: dt.datetime, most: int) -> list[JobView]:
    """Other jobs in a state, newest first."""
    require(actor, "job.view")
    rows = Job.objects.filter(every_s__isnull=True, state=state).order_by("-pk")
    return [_view(job, now) for job in rows[:most]]


def job_by_id(*, actor: Actor, public_id: UUID) -> Job | None:
    """One job."""
    require(actor, "job.view")
    return Job.objects.filter(public_id=public_id).first()


def wanting_attention(*, actor: Actor, now: dt.datetime) -> int:
    """How many jobs failed or are late; 0 for whoever does not look after them."""
    if not may(actor, "job.view"):
        return 0
    late = sum(job.is_late(now) for job in Job.objects.filter(every_s__isnull=False))
    return late + Job.objects.filter(every_s__isnull=True, state=State.FAILED).count()


def carried_on(*, now: dt.datetime) -> bool:
    """Does something carry alerts on by itself, now?"""
    row = Job.objects.filter(key=CARRY_ON).first()
    return row is not None and not row.is_late(now)


def silent_since(*, now: dt.datetime) -> dt.datetime | None:
    """Since when nobody has carried alerts on, although somebody once did; None where all is well."""
    row = Job.objects.filter(key=CARRY_ON).first()
    return (row.done_at or row.made_at) if row is not None and row.is_late(now) else None


def _view(job: Job, now: dt.datetime) -> JobView:
    kind = kind_of(job.kind)
    words = kind.words if kind else job.kind
    return JobView(job, words, None if job.every_s is not None or kind is None else kind.most_tries, job.is_late(now))
