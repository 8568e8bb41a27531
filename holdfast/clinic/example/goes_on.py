"""Lets the demo day go on: each scripted entry is made when its time comes, while the server runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from django.db import Error, connection
from django.utils import timezone

from holdfast.clinic.example.life import Event
from holdfast.errors import HoldfastError

_log = logging.getLogger("holdfast.demo_day")


def start(events: Sequence[Event]) -> threading.Event:
    """Begin in a thread of its own; set the event to stop."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(sorted(events), stop), name="demo-day", daemon=True).start()
    return stop


def _run(events: Sequence[Event], stop: threading.Event) -> None:
    for event in events:
        now = timezone.now()
        if stop.wait(max((event.at - now).total_seconds(), 0.0)):
            return
        carry_out(event)


def carry_out(event: Event) -> bool:
    """Make one entry now. False where it has no place any more: the visitor entered something else meanwhile."""
    try:
        event.do(timezone.now())
    except (HoldfastError, Error) as error:
        _log.warning("an entry of the demo day had no place (%s)", type(error).__name__)
        return False
    finally:
        connection.close()
    return True
