"""Works out the rows of the lists in the background while the server runs, so that no look has to wait for them."""

from __future__ import annotations

import logging
import threading

from django.db import Error, connection
from django.utils import timezone

from holdfast.clinic.courses.queries import KEPT

EVERY_S = 10.0
_log = logging.getLogger("holdfast.lists")


def start(every_s: float = EVERY_S) -> threading.Event:
    """Begin in a thread of its own, at once and then every few seconds; set the event to stop."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop, every_s), name="lists", daemon=True).start()
    return stop


def _run(stop: threading.Event, every_s: float) -> None:
    while True:
        try:
            KEPT.rows(timezone.now())
        except Error:  # busy or full: a look at a list works them out by itself
            _log.error("lists could not be worked out; trying again")
        finally:
            connection.close()
        if stop.wait(every_s):
            return
