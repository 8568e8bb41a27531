"""Carries alerts on while the server runs: every few seconds whoever is due is told.

In a thread of its own, beside the queue of jobs and not in it: a queue that is full or broken must not keep an alert.
"""

from __future__ import annotations

import logging
import threading

from django.db import connection
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.alerts import actions
from holdfast.clinic.jobs.actions import Outcome, note_run

EVERY_S = 10.0
_log = logging.getLogger("holdfast.alerts")


def start(every_s: float = EVERY_S) -> threading.Event:
    """Begin in a thread of its own; set the event to stop. Who is told is decided by the clock, not by this."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop, every_s), name="alerts", daemon=True).start()
    return stop


def _run(stop: threading.Event, every_s: float) -> None:
    while not stop.wait(every_s):
        failed = ""
        try:
            actions.carry_on(actor=CommandLine(), now=timezone.now())
        except (
            Exception
        ) as error:  # busy, full or a fault of ours: the next round tries again, and pages show the alert
            failed = type(error).__name__[:30]
            _log.error("alerts could not be carried on (%s); trying again", failed)
        _note(failed)
        connection.close()


def _note(failed: str) -> None:
    """Seen on the page of jobs. It comes after the work and can neither undo nor stop it."""
    try:
        note_run(actor=CommandLine(), kind="alerts.carry_on", outcome=Outcome(failed), now=timezone.now())
    except Exception as error:
        _log.error("that alerts were carried on could not be noted (%s)", type(error).__name__)
