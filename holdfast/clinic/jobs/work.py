"""Workers: threads of `holdfast serve` and of `holdfast jobs run`, one a lane, any number of processes at once."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from uuid import uuid4

from django.db import Error, connection
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.jobs import actions, queries
from holdfast.clinic.jobs.actions import Outcome
from holdfast.clinic.jobs.kinds import FORECASTS, LANES, STEADY, URGENT, Clock, JobFailedError, kind_of
from holdfast.clinic.jobs.models import Job

LOOK_EVERY_S = {URGENT: 1.0, STEADY: 5.0, FORECASTS: 5.0}
_log = logging.getLogger("holdfast.jobs")


@dataclass(frozen=True)
class Worked:
    """What one round did, as counts."""

    done: int = 0
    failed: int = 0


def start() -> threading.Event:
    """Begin a worker for each lane, each in a thread of its own; set the event to stop."""
    stop = threading.Event()
    for lane in LANES:
        threading.Thread(target=_run, args=(lane, stop), name=f"jobs-{lane}", daemon=True).start()
    return stop


def work_off(*, lane: str, clock: Clock = timezone.now, stop: threading.Event | None = None) -> Worked:
    """Do every job of a lane that is due. Raises the database's errors where the queue itself cannot be read."""
    actor, worker, done, failed = CommandLine(), str(uuid4()), 0, 0
    while not (stop and stop.is_set()) and queries.due_in(lane=lane, now=clock()):
        job = actions.take_job(actor=actor, lane=lane, worker=worker, now=clock())
        if job is None:
            break
        outcome = _outcome(job, clock)
        if actions.end_job(actor=actor, job=job, outcome=outcome, now=clock()):
            done, failed = done + (not outcome.reason), failed + bool(outcome.reason)
    return Worked(done, failed)


def _outcome(job: Job, clock: Clock) -> Outcome:
    """Do the work. Whatever goes wrong becomes one word: an error's own text can hold a name or an address."""
    kind = kind_of(job.kind)
    assert kind is not None  # take_job gives no other
    try:
        kind.function()(subject=job.subject, clock=clock)
    except JobFailedError as error:
        return Outcome(error.reason, permanent=error.permanent)
    except Error:
        connection.close()
        return Outcome("database-error")
    except Exception as error:  # a fault of ours: seen on the page, and tried again like any other
        _log.exception("job %s", job.kind)
        return Outcome(f"error-{type(error).__name__}"[:40])
    return Outcome()


def _run(lane: str, stop: threading.Event) -> None:
    planned = False
    while not stop.is_set():
        try:
            if not planned:
                actions.plan_periodic(actor=CommandLine(), now=timezone.now())
                planned = True
            work_off(lane=lane, stop=stop)
        except Exception as error:  # busy, full, gone: the next round tries again, whatever it was
            _log.error("jobs of lane %s could not be looked at (%s); trying again", lane, type(error).__name__)
            connection.close()
        stop.wait(LOOK_EVERY_S[lane])
    connection.close()


def forget(*, subject: str, clock: Clock) -> None:
    """The job that forgets old jobs."""
    actions.forget_jobs(actor=CommandLine(), now=clock())
