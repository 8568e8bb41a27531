"""Carries alerts on while the server runs: every few seconds whoever is due is told."""

from __future__ import annotations

import logging
import threading

from django.db import Error, connection
from django.utils import timezone

from holdfast.clinic.accounts.models import CommandLine
from holdfast.clinic.alerts import actions

EVERY_S = 10.0
_log = logging.getLogger("holdfast.alerts")


def start(every_s: float = EVERY_S) -> threading.Event:
    """Begin in a thread of its own; set the event to stop. Who is told is decided by the clock, not by this."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop, every_s), name="alerts", daemon=True).start()
    return stop


def _run(stop: threading.Event, every_s: float) -> None:
    while not stop.wait(every_s):
        try:
            actions.carry_on(actor=CommandLine(), now=timezone.now())
        except Error:  # busy or full: the next round tries again, and pages show the alert all the same
            _log.error("alerts could not be carried on; trying again")
        finally:
            connection.close()
