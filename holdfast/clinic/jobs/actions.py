"""The only writer of jobs. A job is taken in a transaction of its own, worked on in none, and ended in another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from holdfast.clinic.accounts.models import Actor
from holdfast.clinic.accounts.permissions import require
from holdfast.clinic.audit import actions as audit
from holdfast.clinic.jobs.kinds import KINDS, kind_of, periodic, wait_s
from holdfast.clinic.jobs.models import Job, State
from holdfast.errors import InputError

KEPT = dt.timedelta(days=28)  # a job that ended is shown as long
INTERRUPTED, UNKNOWN = "interrupted", "unknown-kind"


@dataclass(frozen=True)
class Outcome:
    """How a try ended: well where `reason` is empty."""

    reason: str = ""
    permanent: bool = False


def add_job(kind: str, *, subject: str, now: dt.datetime, after_s: int = 0) -> Job:
    """Ask for a piece of work, in the transaction of what asks for it: both or neither. Asked twice is once."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind}: a job must be added in the transaction of what asks for it")
    defaults = {"kind": kind, "subject": subject, "lane": KINDS[kind].lane, "made_at": now}
    defaults["due_at"] = now + dt.timedelta(seconds=after_s)
    job, _ = Job.objects.get_or_create(key=f"{kind}:{subject}", defaults=defaults)
    return job


@transaction.atomic
def plan_periodic(*, actor: Actor, now: dt.datetime) -> None:
    """A row for each job that comes again and again; those no version of ours knows any more go."""
    require(actor, "job.run")
    known = periodic()
    for name, kind in known.items():
        given = {"kind": name, "lane": kind.lane, "every_s": kind.every_s, "due_at": now, "made_at": now}
        row, is_new = Job.objects.get_or_create(key=name, defaults=given)
        if not is_new and (row.every_s, row.lane) != (kind.every_s, kind.lane):
            Job.objects.filter(pk=row.pk).update(every_s=kind.every_s, lane=kind.lane)
    Job.objects.filter(every_s__isnull=False).exclude(key__in=known).delete()


@transaction.atomic
def take_job(*, actor: Actor, lane: str, worker: str, now: dt.datetime) -> Job | None:
    """The next job of a lane that is due, or whose worker went silent; None where there is none.

    Two workers never take the same: PostgreSQL passes over a locked row, SQLite lets one writer in at a time.
    """
    require(actor, "job.run")
    while True:
        due = Q(state=State.WAITING, due_at__lte=now) | Q(state=State.RUNNING, lease_until__lte=now)
        rows = Job.objects.select_for_update(skip_locked=True, no_key=True).filter(due, lane=lane)
        job = rows.order_by("due_at", "pk").first()
        if job is None:
            return None
        kind = kind_of(job.kind)
        if kind is None:
            _end(actor, job, Outcome(UNKNOWN, permanent=True), now)
            continue
        if job.state == State.RUNNING:
            job.reason = INTERRUPTED
            if job.every_s is None and job.tries >= kind.most_tries:  # it may be what kills them
                _end(actor, job, Outcome(INTERRUPTED, permanent=True), now)
                continue
        job.state, job.worker, job.began_at = State.RUNNING, worker, now
        job.tries += 1
        job.lease_until = now + dt.timedelta(seconds=kind.lease_s)
        job.save()
        return job


@transaction.atomic
def end_job(*, actor: Actor, job: Job, outcome: Outcome, now: dt.datetime) -> bool:
    """How a try ended. False, and nothing is noted, where the lease ran out and another worker has the job."""
    require(actor, "job.run")
    held = Job.objects.select_for_update(no_key=True).filter(
        pk=job.pk, state=State.RUNNING, worker=job.worker, began_at=job.began_at, tries=job.tries
    )
    row = held.first()
    if row is None:
        return False
    _end(actor, row, outcome, now)
    return True


@transaction.atomic
def note_run(*, actor: Actor, kind: str, outcome: Outcome, now: dt.datetime) -> None:
    """How a round of something ended that comes again and again and that no worker of this queue runs."""
    require(actor, "job.run")
    given = {"kind": kind, "lane": KINDS[kind].lane, "every_s": KINDS[kind].every_s, "due_at": now, "made_at": now}
    Job.objects.get_or_create(key=kind, defaults=given)
    row = Job.objects.select_for_update(no_key=True).get(key=kind)
    row.tries, row.began_at = row.tries + 1, now
    _end(actor, row, outcome, now)


@transaction.atomic
def retry_job(*, actor: Actor, job: Job, now: dt.datetime) -> None:
    """Try a failed job again, from the first try. Raises `InputError` where it has not failed."""
    require(actor, "job.retry")
    row = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if row.state != State.FAILED:
        raise InputError("this job has not failed; its line says how it stands")
    row.state, row.tries, row.due_at = State.WAITING, 0, now
    row.save()
    audit.record(actor, "job.retry", row, at=now, details={"kind": row.kind})


@transaction.atomic
def forget_jobs(*, actor: Actor, now: dt.datetime) -> int:
    """Remove jobs that ended weeks ago; how many. What they brought about stays on record where it happened."""
    require(actor, "job.run")
    old = Job.objects.filter(every_s__isnull=True, state__in=(State.DONE, State.FAILED), ended_at__lt=now - KEPT)
    return old.delete()[0]


def _end(actor: Actor, job: Job, outcome: Outcome, now: dt.datetime) -> None:
    kind = kind_of(job.kind)
    wait = wait_s(kind, job.tries) if kind else None
    job.ended_at, job.lease_until, job.reason = now, None, outcome.reason
    if not outcome.reason:
        job.state, job.tries, job.runs, job.done_at = State.DONE, 0, job.runs + 1, now
    elif job.every_s is None and (outcome.permanent or wait is None):
        job.state = State.FAILED
        audit.record(actor, "job.fail", job, at=now, details={"kind": job.kind, "reason": outcome.reason})
    else:
        job.state, job.due_at = State.WAITING, now + dt.timedelta(seconds=wait or 0)
    if job.every_s is not None:
        job.state = State.WAITING
        if not outcome.reason:
            job.due_at = now + dt.timedelta(seconds=job.every_s)
    job.save()
